"""A kind with a list that has no choices: written line by line, kept as a list, read as one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from entraide import database, runtime
from entraide.app import create_app
from entraide.directory.models import Offer
from entraide.testing import add_member, browser, csrf_of, log_in

BUS = '''"""Walking to school together."""
from marshmallow import Schema
from entraide import Kind, fields, hookimpl, parties, public

class BusSchema(Schema):
    stops = public(fields.List(fields.String(), required=True), label="Arrêts")
    hours = parties(fields.List(fields.Time()), label="Passages", hint="Le matin.")

@hookimpl
def register_kinds():
    yield Kind("bus", "Pédibus", BusSchema)
'''
WHO = {
    "title": "Ligne bleue",
    "details-stops": "Mairie\r\n\r\n  Gare  ",
    "details-hours": "8 h 15\n8:30",
}


@pytest.fixture
def client(make_site, database_url):
    site = make_site(url=database_url, plugins=("bus",), files={"plugins/bus.py": BUS})
    with runtime.activate(site):
        with database.writing() as session:
            add_member(session)
        yield log_in(browser(create_app(site)), "member1@example.org")


def send(client, path, **values):
    page = client.get(path)
    return client.post(path, data={"csrf_token": csrf_of(page.text), **values})


def test_lines_are_asked_kept_and_shown(client):
    draft = send(client, "/post/offer", kind="bus").headers["Location"].rpartition("/")[0]
    asked = {"commune": "58500", "commune_asked": "58500", "commune_code": "58079"}
    send(client, f"{draft}/when", mode="wednesday")
    send(client, f"{draft}/where", **asked)
    page = client.get(f"{draft}/who").text
    assert "Le matin. Une réponse par ligne." in page
    empty = send(client, f"{draft}/who", **WHO | {"details-stops": " \n"})
    assert "Écrivez au moins une réponse." in empty.text
    phone = send(client, f"{draft}/who", **WHO | {"details-stops": "Mairie\n06 12 34 56 78"})
    assert "numéro de téléphone" in phone.text
    assert send(client, f"{draft}/who", **WHO).status_code == 303
    assert "Mairie\nGare</textarea>" in client.get(f"{draft}/who").text
    review = client.get(f"{draft}/review").text
    assert "Mairie, Gare" in review
    assert "8\u00a0h\u00a015, 8\u00a0h\u00a030" in review
    assert send(client, f"{draft}/review").status_code == 303
    with database.reading() as session:
        offer = session.scalars(select(Offer)).one()
        assert offer.payload["stops"] == ["Mairie", "Gare"]
        assert offer.details["hours"] == ["08:15:00", "08:30:00"]
