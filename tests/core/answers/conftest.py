"""A site with three kinds of help: seats taken at once, both sides agree, and one nobody answers."""

from datetime import UTC, datetime, timedelta

import pytest

from entraide import clock, database, runtime
from entraide.answers import service
from entraide.answers.service import AnswerInput
from entraide.directory.models import Offer
from entraide.testing import add_member, add_offer, add_organisation

KINDS = '''"""Three kinds of help."""

from collections.abc import Iterable

from entraide import Answers, Kind, fields, hookimpl, parties, public
from marshmallow import Schema, validate


class WalkSchema(Schema):
    bring = public(fields.String(), label="À apporter")
    corner = parties(fields.String(), label="Lieu exact", category="location", purpose="se trouver")


class PartySchema(Schema):
    places = parties(
        fields.Integer(required=True, validate=validate.Range(1, 10)), label="Combien êtes-vous ?"
    )
    to_know = parties(
        fields.String(), label="À savoir", category="health", purpose="préparer la sortie"
    )


@hookimpl
def register_kinds() -> Iterable[Kind]:
    """Declare the kinds."""
    yield Kind(
        "walk",
        "Balade",
        WalkSchema,
        answers=Answers(
            "automatic", PartySchema, counts="person", waiting_list=True, occurrences="each"
        ),
    )
    yield Kind("talk", "Écoute", WalkSchema)
    yield Kind("gift", "Don", WalkSchema, answers=Answers("automatic"))
    yield Kind("sign", "Panneau", WalkSchema, answers=None)
'''
START = datetime(2026, 11, 25, 9, tzinfo=UTC)
DATED = {
    "starts": "2026-11-28T14:00",
    "ends": "2026-11-28T17:00",
    "timezone": "Europe/Paris",
}
WEEKLY = {
    "starts": "2026-11-28T14:00",
    "rrule": "FREQ=WEEKLY;BYDAY=SA",
    "timezone": "Europe/Paris",
}


@pytest.fixture
def site(make_site, database_url):
    files = {"plugins/meeting.py": KINDS}
    opened = make_site(url=database_url, plugins=("meeting",), files=files)
    opened.clock = clock.FakeClock(START)
    with runtime.activate(opened):
        yield opened


@pytest.fixture
def people(site):
    """Give the author of the offers, a coordinator, a moderator and eight parents."""
    with database.writing() as session:
        return {
            "author": add_member(session, 1, "parent"),
            "coordinator": add_member(session, 2),
            "moderator": add_member(session, 3, "moderator"),
            **{f"parent{number}": add_member(session, 10 + number) for number in range(8)},
        }


@pytest.fixture
def offer_of(people):
    """Give a function that publishes an offer of the author's; returns its id."""

    def publish(kind="walk", seats=4, schedule=DATED, **values):
        with database.writing() as session:
            offer = add_offer(session, kind=kind, seats=seats, schedule=schedule, **values)
            if "organisation_id" not in values:
                offer.member_id = people["author"].id
            return offer.id

    return publish


@pytest.fixture
def association(people):
    with database.writing() as session:
        return add_organisation(session, coordinator=people["coordinator"]).id


@pytest.fixture
def give(people, later):
    """Give a function with which somebody answers an offer; returns the answer's id and state."""

    def answer(who, offer_id, seats=1, occurrence="", message="Bonjour", **details):
        later(seconds=1)
        with database.writing() as session:
            offer = session.get_one(Offer, offer_id)
            if offer.kind == "walk" and seats is not None:
                details["places"] = seats
            given = AnswerInput(occurrence, details, message)
            answered = service.answer_offer(session, offer=offer, actor=people[who], given=given)
            return answered.id, answered.state

    return answer


@pytest.fixture
def later(site):
    """Give a function that moves the clock on."""
    return lambda **step: site.clock.advance(timedelta(**step))
