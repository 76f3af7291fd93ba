"""The page of an export: in French words, whole, and with nothing that a browser would run."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from entraide.privacy.page import CATEGORIES, render
from entraide.privacy.redaction import SEALED, Notice

MEMBER = "00000000-0000-0000-0000-000000000001"


def mark(kind="personal", category="identity", **more):
    return {"kind": kind, "category": category, "role": "", "purpose": ""} | more


def manifest_of(columns, *, table="members_member", kinds=None, **more):
    about = {"file": f"data/{table}.json", "rows": 1, "columns": columns}
    return {
        "format": "entraide-export/1",
        "site": {"name": "Site Exemple", "base_url": "https://site.example", "email": None},
        "member": MEMBER,
        "created_at": "2026-11-22T09:00:00Z",
        "tables": {table: about},
        "kinds": kinds or {},
        "not_searchable": [],
    } | more


def page_of(row, columns=None, **options):
    columns = columns or {name: mark() for name in row}
    manifest = manifest_of(columns, **options)
    (table,) = manifest["tables"]
    return render(manifest, {table: [row]})


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "oui"),
        (False, "non"),
        (0, "0"),
        (1.5, "1.5"),
        ("Parent Exemple 1", "Parent Exemple 1"),
        (date(2026, 11, 22), "22 novembre 2026"),
        (datetime(2026, 11, 22, 9, tzinfo=UTC), "22 novembre 2026"),
        (datetime(2026, 11, 22, 23, 30, tzinfo=UTC), "23 novembre 2026"),
    ],
)
def test_values_are_worded_as_people_say_them(value, shown):
    assert shown in page_of({"display_name": value})


@pytest.mark.parametrize(
    "value",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        {"<b>": "<i>"},
        ["<u>", {"a": "<s>"}],
        Notice(role="<em>"),
    ],
)
def test_what_somebody_wrote_is_text(value):
    page = page_of({"display_name": value})
    for tag in ("<script", "<img", "<b>", "<i>", "<u>", "<s>", "<em>"):
        assert tag not in page


def test_names_of_a_plugin_are_text_too():
    hostile = "<script>x</script>"
    kinds = {"loan": {"label": hostile, "plugin": hostile, "fields": {"item": {"label": hostile}}}}
    page = page_of(
        {"kind": "loan", hostile: "a", "payload": {"item": "b"}},
        kinds=kinds,
        table="box_<script>",
        not_searchable=[hostile],
        site={"name": hostile, "base_url": hostile, "email": hostile},
    )
    assert "<script" not in page


def test_the_page_needs_no_other_file_and_no_program():
    page = page_of({"display_name": "Parent Exemple 1"})
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert 'lang="fr"' in page
    for needs in ("<script", "<link", "<iframe", "url(", "@import", "src="):
        assert needs not in page


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_each_category_is_said_in_french(category):
    page = page_of({"note": "x"}, {"note": mark(category=category)})
    assert CATEGORIES[category] in page


def test_a_category_of_a_plugin_that_is_gone_keeps_its_own_name():
    assert "shoe_size" in page_of({"note": "x"}, {"note": mark(category="shoe_size")})


@pytest.mark.parametrize(
    ("retention", "words"),
    [
        ("P1D after updated_at", "effacé 1 jour après"),
        ("P2D after updated_at", "effacé 2 jours après"),
        ("P1M after updated_at", "effacé 1 mois après"),
        ("P6M after updated_at", "effacé 6 mois après"),
        ("P1Y after updated_at", "effacé 1 an après"),
        ("P10Y after updated_at", "effacé 10 ans après"),
    ],
)
def test_a_term_is_said_in_words(retention, words):
    page = page_of({"note": "x"}, {"note": mark(retention=retention)})
    assert words in page
    assert retention not in page


def test_without_a_term_none_is_said():
    page = page_of({"note": "x"}, {"note": mark(purpose="the help itself")})
    assert "effacé" not in page
    assert "the help itself" not in page


def test_what_says_nothing_of_a_person_has_no_category():
    page = page_of({"id": 7}, {"id": mark("neutral", "health")})
    assert "santé" not in page


@pytest.mark.parametrize(
    ("notice", "key"), [(SEALED, "sealed"), (Notice(withheld="person"), "withheld")]
)
def test_a_notice_is_no_table_of_what_was_stored(notice, key):
    assert key not in re.sub(r"<style.*?</style>", "", page_of({"note": notice}), flags=re.DOTALL)
