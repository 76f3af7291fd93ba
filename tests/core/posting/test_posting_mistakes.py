"""Mistakes while posting: each is answered in words, nothing sent is lost, nothing breaks."""

from __future__ import annotations

import html
import re
from datetime import datetime, time

import pytest
from sqlalchemy import func, select

from entraide import clock, database, runtime
from entraide.app import create_app
from entraide.directory.models import Offer
from entraide.testing import add_member, browser, csrf_of, log_in

PLUGIN = '''
"""Nursery equipment that families lend each other."""
from marshmallow import Schema, validate
from entraide import Kind, fields, hookimpl, parties, public

class EquipmentSchema(Schema):
    item = public(fields.String(required=True, validate=validate.Length(max=80)), label="Objet")
    age_months = public(fields.Integer(validate=validate.Range(0, 36)), label="Âge en mois")
    pickup = parties(fields.String(validate=validate.Length(max=200)), label="Adresse de retrait", category="location")
    parts = public(fields.some_of([("wheel", "Roue"), ("belt", "Sangle")]), label="Parties")

class MeetingSchema(Schema):
    title = public(fields.String(required=True), label="Nom du lieu")

@hookimpl
def register_kinds():
    yield Kind("equipment", "Prêt de matériel", EquipmentSchema)
    yield Kind("meeting", "Rencontre", MeetingSchema, schedule="required", has_seats=False)
    yield Kind("talk", "Écoute", Schema, schedule="none")
'''
WHEN = {"mode": "any"}
WHERE = {"commune": "Clamecy (58)"}
WHO = {"title": "Lit de bébé", "details-item": "Lit pliant"}
LONG = "x" * 2001
DATE = {"mode": "date", "day": "2026-12-05"}


@pytest.fixture
def site(make_site):
    made = make_site(plugins=("equipment",), files={"plugins/equipment.py": PLUGIN})
    with runtime.activate(made) as opened:
        yield opened


@pytest.fixture
def client(site):
    return browser(create_app(site))


def send(client, path, values):
    page = client.get(path)
    assert page.status_code == 200, (path, page.status_code)
    return client.post(path, data={"csrf_token": csrf_of(page.text), **values})


def open_step(client, step, kind="equipment"):
    draft = send(client, "/post/offer", {"kind": kind}).headers["Location"].removesuffix("/when")
    answers = {"when": DATE if kind == "meeting" else WHEN, "where": WHERE, "who": WHO}
    for name, values in answers.items():
        if name == step:
            break
        assert send(client, f"{draft}/{name}", values).status_code == 303
    return draft


def stored_offers():
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Offer))


@pytest.mark.parametrize("kind", ["", "nonsense", "<script>alert(1)</script>", "\x00", "é" * 500])
def test_no_kind_no_draft(client, kind):
    answer = send(client, "/post/offer", {"kind": kind})
    assert answer.status_code == 422
    assert 'id="errors"' in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"mode": "nonsense"}, "mode"),
        ({"mode": "weekly"}, "days"),
        ({"mode": "weekly", "days": ["XX"]}, "days"),
        ({"mode": "weekly", "days": ["MO", "FREQ=DAILY;COUNT=9"]}, "days"),
        ({"mode": "date"}, "day"),
        ({"mode": "date", "day": "2026-11-21"}, "day"),
        ({"mode": "date", "day": "2027-11-23"}, "day"),
        ({"mode": "date", "day": "some day"}, "day"),
        ({"mode": "date", "day": "2026-02-30"}, "day"),
        ({"mode": "date", "day": "9999999999-01-01"}, "day"),
        (DATE | {"start": "25:99"}, "start"),
        (DATE | {"start": "14:07"}, "start"),
        (DATE | {"start": "14:00", "minutes": "-60"}, "minutes"),
        (DATE | {"minutes": "1e9"}, "minutes"),
        (DATE | {"minutes": "30"}, "start"),
        ({"mode": "weekly", "days": ["MO"], "minutes": "240"}, "start"),
        ({"mode": "any", "verify_by": "2026-11-21"}, "verify_by"),
        ({"mode": "any", "verify_by": "2027-11-23"}, "verify_by"),
        ({"mode": "any", "verify_by": "\u202e2027"}, "verify_by"),
        ({"mode": "any", "verify_by": "<b>"}, "verify_by"),
    ],
)
def test_when_says_what_to_correct(client, values, field):
    draft = open_step(client, "when")
    answer = send(client, f"{draft}/when", values)
    assert answer.status_code == 422, answer.headers.get("Location")
    assert f'href="#field-{field}"' in answer.text
    assert f'id="error-{field}"' in answer.text
    assert client.get(f"{draft}/where").headers["Location"] == f"{draft}/when"


@pytest.mark.parametrize("values", [{}, {"mode": "any"}])
def test_when_is_demanded_by_kinds_with_a_date(client, values):
    draft = open_step(client, "when", kind="meeting")
    page = client.get(f"{draft}/when").text
    assert 'value="any"' not in page
    assert send(client, f"{draft}/when", values).status_code == 422


def test_a_group_of_choices_is_never_a_field_to_fill_in(client):
    draft = open_step(client, "when", kind="meeting")
    answer = send(client, f"{draft}/when", {})
    groups = re.findall(r"<fieldset.*?</fieldset>", answer.text, re.DOTALL)
    assert "Choisissez une des réponses." in groups[0]
    assert not [group for group in groups if "Remplissez" in group]


def test_the_whole_day_needs_no_hour(client):
    draft = open_step(client, "when")
    assert send(client, f"{draft}/when", DATE | {"minutes": "480"}).status_code == 303


def test_hours_that_nobody_typed_are_explained_when_they_are_over(client, site):
    evening = datetime.combine(clock.today(), time(20), clock.PARIS)
    site.clock.advance(evening - site.clock.now())
    draft = open_step(client, "when")
    answer = send(client, f"{draft}/when", {"mode": "date", "day": clock.today().isoformat()})
    assert 'href="#field-start"' in answer.text
    assert "Sans heure, nous écrivons" in answer.text


def test_kinds_without_a_date_ask_only_until_when(client):
    draft = open_step(client, "when", kind="talk")
    page = client.get(f"{draft}/when").text
    assert 'name="mode"' not in page
    assert 'name="day"' not in page
    assert send(client, f"{draft}/when", {}).status_code == 303


@pytest.mark.parametrize(
    "commune",
    [
        "",
        "   ",
        "Nullepartville",
        "99999",
        "x" * 101,
        "<img src=x onerror=alert(1)>",
        "\x00",
        "Cla\u202emecy",
        '"*()',
        "🏠",
    ],
)
def test_where_says_what_to_correct(client, commune):
    draft = open_step(client, "where")
    answer = send(client, f"{draft}/where", {"commune": commune})
    assert answer.status_code == 422
    assert 'href="#field-commune"' in answer.text
    assert "<img src" not in answer.text
    assert client.get(f"{draft}/who").headers["Location"] == f"{draft}/where"


def test_several_communes_of_one_postal_code_are_proposed(client):
    draft = open_step(client, "where")
    answer = send(client, f"{draft}/where", {"commune": "58500"})
    assert answer.status_code == 422
    assert 'name="commune_code" value="58079" checked' in answer.text
    assert answer.text.count(" checked") == 1
    assert 'role="alert"' not in answer.text
    assert "aria-invalid" not in answer.text
    assert 'name="commune_asked" value="58500"' in answer.text
    pick = {"commune": "58500", "commune_asked": "58500", "commune_code": "58079"}
    assert send(client, f"{draft}/where", pick).status_code == 303
    assert 'value="Clamecy (58500)"' in client.get(f"{draft}/where").text


@pytest.mark.parametrize(
    ("asked", "code"), [("Lyon", "58079"), ("58500", "75056"), ("58500", "' OR 1=1")]
)
def test_a_pick_counts_only_for_the_words_it_answers(client, asked, code):
    draft = open_step(client, "where")
    values = {"commune": "58500", "commune_asked": asked, "commune_code": code}
    assert send(client, f"{draft}/where", values).status_code == 422


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 151}, "title"),
        ({"title": "deux\nlignes"}, "title"),
        ({"title": "ca\u202eché"}, "title"),
        ({"summary": LONG}, "summary"),
        ({"summary": "bell \x07"}, "summary"),
        ({"places": "0"}, "places"),
        ({"places": "many"}, "places"),
        ({"places": "1.5"}, "places"),
        ({"places": "٣"}, "places"),
        ({"places": "99999999999999999999"}, "places"),
        ({"details-item": ""}, "details-item"),
        ({"details-item": "x" * 81}, "details-item"),
        ({"details-age_months": "37"}, "details-age_months"),
        ({"details-age_months": "-1"}, "details-age_months"),
        ({"details-parts": "engine"}, "details-parts"),
        ({"details-pickup": "x" * 201}, "details-pickup"),
    ],
)
def test_who_says_what_to_correct_and_keeps_the_rest(client, values, field):
    draft = open_step(client, "who")
    kept = {"title": "Titre gardé", "details-item": "Objet gardé", "summary": "Texte gardé"}
    answer = send(client, f"{draft}/who", kept | values)
    assert answer.status_code == 422
    assert f'href="#field-{field}"' in answer.text
    assert f'id="error-{field}"' in answer.text
    for name, words in kept.items():
        assert name in values or words in answer.text
    assert client.get(f"{draft}/review").headers["Location"] == f"{draft}/who"


def test_unknown_answers_are_ignored(client):
    draft = open_step(client, "who")
    extra = {"details-state": "lent", "publication": "public", "organisation": "1", "details-": "x"}
    assert send(client, f"{draft}/who", WHO | extra).status_code == 303


def test_a_field_may_be_called_like_one_of_ours(client):
    draft = open_step(client, "who", kind="meeting")
    values = {"title": "Café des parents", "details-title": "Maison de quartier"}
    assert send(client, f"{draft}/who", values).status_code == 303
    review = client.get(f"{draft}/review").text
    assert "Café des parents" in review
    assert "Maison de quartier" in review


def test_a_wrong_answer_leaves_the_saved_one(client):
    draft = open_step(client, "review")
    assert send(client, f"{draft}/who", {"title": ""}).status_code == 422
    assert "Lit de bébé" in client.get(f"{draft}/review").text


def test_scripts_are_shown_as_text(client, site):
    attack = "<script>alert('1')</script>"
    draft = open_step(client, "who")
    values = {
        "title": attack,
        "summary": attack,
        "details-item": attack,
        "details-pickup": attack,
    }
    assert send(client, f"{draft}/who", values).status_code == 303
    with database.writing() as session:
        add_member(session, 1, "volunteer")
    log_in(client, "volunteer1@example.org")
    sent = send(client, f"{draft}/review", {}).headers["Location"]
    for path in (f"{draft}/review", sent):
        page = client.get(path, follow_redirects=True).text
        assert "<script>alert" not in page
        assert html.escape(attack) in page.replace("&#x27;", "&#39;").replace("&#39;", "&#x27;")
    assert stored_offers() == 1


@pytest.mark.parametrize("path", ["when", "where", "who", "review", "what"])
def test_an_unknown_draft_takes_no_answers(client, path):
    token = csrf_of(client.get("/post/offer").text)
    unknown = "/post/01890000-0000-7000-8000-000000000000"
    answer = client.post(f"{unknown}/{path}", data={"csrf_token": token})
    assert answer.status_code == 404
    assert stored_offers() == 0


def test_holidays_that_begin_after_the_last_day_are_pointed_out(client):
    draft = open_step(client, "when")
    for last, status in (("2026-12-18", 422), ("2026-12-19", 303)):
        sent = {"mode": "holidays", "verify_by": last}
        assert send(client, f"{draft}/when", sent).status_code == 303
        answer = send(client, f"{draft}/where", WHERE)
        assert answer.status_code == status
        assert ("le samedi 19 décembre 2026" in answer.text) is (status == 422)
