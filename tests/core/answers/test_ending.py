"""What ends answers by itself, and who is told."""

import pytest
from sqlalchemy import select

from entraide import database
from entraide.answers import service
from entraide.answers.ending import end_overdue, end_with_offer
from entraide.answers.models import OfferAnswer
from entraide.directory.models import Offer
from entraide.directory.offers.service import withdraw_offer
from entraide.kinds import JobRun

from .conftest import WEEKLY


def states():
    with database.reading() as session:
        return list(session.scalars(select(OfferAnswer.state).order_by(OfferAnswer.number)))


@pytest.fixture
def sweep(site):
    return lambda: end_overdue(JobRun(site.clock.now(), lambda: False))


def leave(people, who, answer_id):
    with database.writing() as session:
        answer = service.find_answer(session, answer_id=answer_id)
        service.withdraw(session, answer=answer, actor=people[who])


def test_a_kept_seat_goes_on_and_on_until_somebody_takes_it(offer_of, give, people, later, sweep):
    offer = offer_of(seats=1)
    first, _state = give("parent0", offer)
    for number in (1, 2, 3):
        give(f"parent{number}", offer)
    leave(people, "parent0", first)
    later(hours=2, seconds=1)
    sweep()
    assert states() == ["cancelled", "expired", "offered", "waiting"]
    later(hours=2, seconds=1)
    sweep()
    sweep()
    assert states() == ["cancelled", "expired", "expired", "offered"]


def test_when_it_begins_nobody_waits_any_more(offer_of, give, later, sweep):
    offer = offer_of(seats=1)
    give("parent0", offer)
    give("parent1", offer)
    later(days=3, hours=5)
    sweep()
    assert states() == ["agreed", "expired"]


def test_of_a_series_only_the_day_that_begins_is_over(offer_of, give, later, sweep):
    offer = offer_of(seats=1, schedule=WEEKLY)
    for who in ("parent0", "parent1"):
        for day in ("2026-11-28", "2026-12-05"):
            give(who, offer, occurrence=day)
    later(days=3, hours=5)
    sweep()
    assert states() == ["agreed", "agreed", "expired", "waiting"]


def test_what_ends_with_an_offer_that_is_taken_down(offer_of, give, people):
    offer_id = offer_of(seats=1)
    give("parent0", offer_id)
    give("parent1", offer_id)
    for _twice in range(2):
        with database.writing() as session:
            offer = session.get_one(Offer, offer_id)
            withdraw_offer(session, offer=offer, actor=people["author"])
        with database.writing() as session:
            end_with_offer(session, offer_id)
    assert states() == ["cancelled", "expired"]


def test_what_has_begun_took_place_whatever_becomes_of_the_offer(offer_of, give, people, later):
    offer_id = offer_of(seats=1)
    give("parent0", offer_id)
    later(days=3, hours=5)
    with database.writing() as session:
        withdraw_offer(session, offer=session.get_one(Offer, offer_id), actor=people["author"])
    with database.writing() as session:
        end_with_offer(session, offer_id)
    assert states() == ["agreed"]


def test_a_public_offer_ends_nothing(offer_of, give):
    offer_id = offer_of()
    give("parent0", offer_id)
    with database.writing() as session:
        end_with_offer(session, offer_id)
    assert states() == ["agreed"]
