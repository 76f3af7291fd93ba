"""Lists of a plugin's rows: filters from a schema, pages from a position, the same order always."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from uuid import UUID

import pytest
from flask import render_template_string
from marshmallow import Schema
from sqlalchemy import select

from entraide import app as apps
from entraide import clock, database, fields, pages, public, runtime
from entraide.errors import BadInput
from entraide.testing import add_member, browser, log_in

COUNT = 57


@pytest.fixture
def shelf(toys_installed, make_site, database_url):
    """A site with 57 toys, many of one age and of one moment; toys reached through `request`."""
    site = make_site(url=database_url, plugins=("toys",))
    with runtime.activate(site):
        toy = import_module("entraide_toys.models").Toy
        with database.writing() as session:
            owner = add_member(session, 0, "parent")
            session.add_all(
                toy(
                    owner_id=owner.id,
                    name=f"Jouet {number}",
                    least_age=number % 5,
                    added_at=clock.now() + timedelta(seconds=number % 4),
                )
                for number in range(COUNT)
            )
        yield SimpleNamespace(site=site, app=apps.create_app(site), toy=toy)


def _page(shelf, url, **options):
    base_url = shelf.site.settings.site.base_url
    with shelf.app.test_request_context(url, base_url=base_url):
        shelf.app.preprocess_request()
        return pages.read_list(select(shelf.toy), **options)


ORDERS = {
    "ascending": lambda toy: [toy.added_at],
    "descending": lambda toy: [toy.added_at.desc()],
    "mixed": lambda toy: [toy.least_age, toy.added_at.desc()],
    "by key": lambda toy: [toy.id.desc()],
    "nothing": lambda _toy: [],
}


@pytest.mark.parametrize("size", [1, 10, 19, 57, 58])
@pytest.mark.parametrize("order", ORDERS)
def test_each_row_stands_on_one_page_there_and_back(shelf, order, size):
    columns = ORDERS[order](shelf.toy)
    with database.reading() as session:
        every = list(session.scalars(select(shelf.toy.id).order_by(*columns, shelf.toy.id)))
    url, seen, addresses = "/toys/", [], []
    while url:
        page = _page(shelf, url, order=columns, size=size)
        addresses.append(page.previous_url)
        seen += [toy.id for toy in page.rows]
        assert len(seen) <= COUNT
        url = page.next_url
    assert seen == every
    assert addresses[0] == ""
    back = list(page.rows)
    url = page.previous_url
    while url:
        page = _page(shelf, url, order=columns, size=size)
        # Whoever went back can go on again.
        assert page.next_url
        back = [*page.rows, *back]
        assert len(back) <= COUNT
        url = page.previous_url
    assert [toy.id for toy in back] == every


@pytest.mark.parametrize("cursor", ["", "x", "%00", "W10=", "WzEsMl0=", "['a']", "é", "bnVsbA=="])
@pytest.mark.parametrize("side", ["after", "before"])
def test_a_position_that_is_none_is_a_clear_mistake(shelf, side, cursor):
    with pytest.raises(BadInput, match="ne désigne aucun endroit"):
        _page(shelf, f"/toys/?{side}={cursor}", order=[shelf.toy.added_at])


@pytest.mark.parametrize(
    "values",
    [
        f'["2027-01-01T00:00:00","{UUID(int=1)}"]',
        '["0001-01-01T00:00:00+23:00","x"]',
        '["2027", 4]',
        "[true,1]",
    ],
)
def test_a_position_of_another_list_is_one_too(shelf, values):
    cursor = base64.urlsafe_b64encode(values.encode()).decode()
    with pytest.raises(BadInput, match="ne désigne aucun endroit"):
        _page(shelf, f"/toys/?after={cursor}", order=[shelf.toy.added_at])


@pytest.mark.parametrize(
    ("order", "size", "words"),
    [
        (lambda toy: [toy.name], 20, "Toy.name is encrypted"),
        (lambda toy: ["added_at"], 20, "added_at is not a column"),
        (lambda toy: [toy.owner], 20, "is not a column"),
        (lambda toy: [import_module("entraide").Member.id], 20, "is not a column of Toy"),
        (lambda toy: [toy.added_at], 0, "size=0"),
        (lambda toy: [toy.added_at], 201, "size=201"),
    ],
)
def test_an_order_that_cannot_be_kept_is_refused(shelf, order, size, words):
    with pytest.raises(ValueError, match=words):
        _page(shelf, "/toys/", order=order(shelf.toy), size=size)


def test_a_column_that_may_be_empty_cannot_order(shelf):
    loan = import_module("entraide_toys.models").Loan
    with (
        shelf.app.test_request_context("/toys/"),
        pytest.raises(ValueError, match=r"Loan.offer_id may be empty"),
    ):
        pages.read_list(select(loan), order=[loan.offer_id])


def test_the_page_filters_keeps_its_filter_and_says_what_is_wrong(shelf):
    client = log_in(browser(shelf.app), "parent0@example.org")
    first = client.get("/toys/?age=1&utm=x")
    assert first.status_code == 200
    assert 'name="age" value="1"' in first.text
    assert "si vous voulez" not in first.text
    assert first.text.count('<li class="card">') == 20
    assert "Jouet 2<" not in first.text
    following = (
        first.text.partition('href="/toys/?age=1')[2].partition('"')[0].replace("&amp;", "&")
    )
    rest = client.get(f"/toys/?age=1{following}")
    assert rest.text.count('<li class="card">') == 4
    wrong = client.get("/toys/?age=99")
    assert wrong.status_code == 422
    assert "de 0 à 17" in wrong.text
    assert '<li class="card">' not in wrong.text
    assert client.get("/toys/?after=x").status_code == 422


def test_a_filter_by_a_choice_begins_with_all_of_it(shelf):
    sizes = fields.one_of([("s", "Petit"), ("l", "Grand")])
    unsure = fields.one_of([("a", "A")])
    filters = Schema.from_dict(
        {"size": public(sizes, label="Taille"), "a": public(unsure, label="A", unset="Peu importe")}
    )
    form = _page(shelf, "/toys/", order=[], filters=filters()).form
    with shelf.app.test_request_context("/toys/", base_url=shelf.site.settings.site.base_url):
        macro = "{% from 'components/lists.html' import filter_form %}{{ filter_form(rows, 'Filtrer') }}"
        shown = render_template_string(macro, rows=SimpleNamespace(form=form))
    assert re.findall(r"<span>([^<]+)</span>", shown)[:4] == [
        "Tout",
        "Petit",
        "Grand",
        "Peu importe",
    ]
    assert "si vous voulez" not in shown
