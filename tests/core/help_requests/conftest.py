"""A site with two kinds of help and everyone who may come across a request."""

import pytest

from entraide import database, runtime
from entraide.database import sessions
from entraide.testing import add_answer, add_member, add_organisation, add_request

KINDS = '''"""Two kinds of help: one for everyone, one with children."""

from collections.abc import Iterable

from entraide import Kind, fields, hookimpl, parties, public, staff
from marshmallow import Schema


class LoanSchema(Schema):
    item = public(fields.String(), label="Objet")
    floor = fields.members(fields.String(), label="Étage")
    street = parties(fields.String(), label="Rue", category="location")
    note = staff(fields.String(), label="Remarque")


@hookimpl
def register_kinds() -> Iterable[Kind]:
    """Declare the kinds."""
    yield Kind("loan", "Prêt", LoanSchema)
    yield Kind("care", "Garde", LoanSchema)
    yield Kind("course", "Cours", LoanSchema, sides=("offer",))
'''
PAYLOAD = {
    "item": "canari-objet",
    "floor": "canari-étage",
    "street": "canari-rue",
    "note": "canari-remarque",
}
ACTORS = ("author", "parent", "volunteer", "coordinator", "moderator", "administrator")
HELPERS = ("volunteer", "coordinator", "moderator", "administrator")


@pytest.fixture
def site(make_site, database_url):
    files = {"plugins/lending.py": KINDS}
    with runtime.activate(make_site(url=database_url, plugins=("lending",), files=files)) as opened:
        yield opened


@pytest.fixture
def people(site):
    """Give one member of each sort by name; all are committed."""
    with database.writing() as session:
        found = {
            "author": add_member(session, 1, "parent"),
            "parent": add_member(session, 2, "parent"),
            "coordinator": add_member(session, 3),
            **{
                role: add_member(session, 4, role)
                for role in ("volunteer", "moderator", "administrator")
            },
        }
        add_organisation(session, 1, found["coordinator"])
        return found


@pytest.fixture
def asked(people):
    """Give a committed request of the author, with a payload for each audience."""
    with database.writing() as session:
        return add_request(
            session, kind="loan", actor=people["author"], payload=PAYLOAD, title="Demande canari"
        )


@pytest.fixture
def answered(people, asked):
    """Give the volunteer's committed answer to that request."""
    with database.writing() as session:
        request = session.get_one(type(asked), asked.id)
        return add_answer(session, request=request, actor=people["volunteer"])


@pytest.fixture
def session(site):
    with sessions.open_for_writing() as opened:
        yield opened
