"""Another release of a plugin asks for something else, or is gone for a while: nobody loses by it."""

from dataclasses import replace

import pytest
from marshmallow import Schema
from sqlalchemy import select

from entraide import Answers, database, fields, parties
from entraide.answers import service
from entraide.answers.ending import end_overdue
from entraide.answers.models import OfferAnswer
from entraide.directory.models import Offer
from entraide.errors import BadInput, IllegalTransition
from entraide.kinds import JobRun

from .conftest import WEEKLY


class AnyNumberSchema(Schema):
    places = parties(fields.Integer(), label="Combien")


@pytest.fixture
def change(site):
    """Give a function with which a release of the plugin declares a kind's answers anew."""

    def declare(name, answers):
        site.kinds[name] = replace(site.kinds[name], answers=answers)

    return declare


@pytest.fixture
def sweep(site):
    return lambda: end_overdue(JobRun(site.clock.now(), lambda: False))


def states():
    with database.reading() as session:
        return list(session.scalars(select(OfferAnswer.state).order_by(OfferAnswer.number)))


def act(function, actor, answer_id):
    with database.writing() as session:
        answer = service.find_answer(session, answer_id=answer_id)
        function(session, answer=answer, actor=actor)


def change_offer(offer_id, **values):
    with database.writing() as session:
        offer = session.get_one(Offer, offer_id)
        for name, value in values.items():
            setattr(offer, name, value)


def taken(offer_id):
    with database.reading() as session:
        return session.get_one(Offer, offer_id).seats_taken


@pytest.mark.parametrize("places", [-3, 0, 1001, 10**30, None])
def test_no_answer_takes_less_than_one_seat_or_more_than_there_can_be(
    offer_of, give, change, places
):
    change("walk", Answers("automatic", AnyNumberSchema, counts="person"))
    for seats in (2, None):
        with pytest.raises(BadInput) as refusal:
            give("parent0", offer_of(seats=seats), seats=places)
        assert "places" in refusal.value.errors
    assert states() == []


@pytest.mark.parametrize("counts", ["answer", "person"])
def test_who_asks_for_more_seats_than_there_are_waits_for_no_yes(offer_of, give, change, counts):
    change("walk", Answers("agreement", AnyNumberSchema, counts=counts, waiting_list=True))
    offer = offer_of(seats=2)
    if counts == "person":
        with pytest.raises(BadInput):
            give("parent0", offer, seats=3)
    assert give("parent0", offer, seats=2)[1] == "sent"


def test_who_came_for_the_whole_series_counts_on_each_day(offer_of, give, change):
    every, each = (
        Answers("automatic", AnyNumberSchema, "person", waiting_list=True, occurrences=name)
        for name in ("all", "each")
    )
    change("walk", every)
    offer = offer_of(seats=3, schedule=WEEKLY)
    give("parent0", offer, seats=2)
    change("walk", each)
    assert give("parent1", offer, seats=2, occurrence="2026-12-05")[1] == "waiting"
    assert give("parent2", offer, occurrence="2026-12-05")[1] == "agreed"
    # Each day has its own seats again: the one number of the lists says nothing of them.
    assert taken(offer) == 0
    change("walk", every)
    assert give("parent3", offer)[1] == "waiting"


def test_a_seat_freed_while_the_plugin_is_off_is_passed_on_once_it_is_back(
    site, offer_of, give, people, later, sweep
):
    offer = offer_of(seats=1)
    first, _state = give("parent0", offer)
    give("parent1", offer)
    give("parent2", offer)
    act(service.withdraw, people["parent0"], first)
    kind = site.kinds.pop("walk")
    later(hours=3)
    sweep()
    assert states() == ["cancelled", "expired", "waiting"]
    site.kinds["walk"] = kind
    sweep()
    sweep()
    assert states() == ["cancelled", "expired", "offered"]


@pytest.mark.parametrize(("seats", "expected"), [(2, "offered"), (None, "offered"), (1, "waiting")])
def test_more_seats_than_before_are_offered_to_who_waits(offer_of, give, sweep, seats, expected):
    offer = offer_of(seats=1)
    give("parent0", offer)
    give("parent1", offer)
    change_offer(offer, seats=seats)
    sweep()
    assert states() == ["agreed", expected]


def test_fewer_seats_than_before_take_nobodys_and_a_line_that_no_seat_suffices_is_refused(
    offer_of, give, people, change, sweep
):
    change("walk", Answers("agreement", AnyNumberSchema, "person", waiting_list=True))
    offer = offer_of(seats=3)
    ids = [give(f"parent{number}", offer, seats=2)[0] for number in range(2)]
    act(service.agree, people["author"], ids[0])
    change_offer(offer, seats=1)
    with pytest.raises(service.Refused):
        act(service.agree, people["author"], ids[1])
    sweep()
    assert states() == ["agreed", "sent"]


@pytest.mark.parametrize("admission", ["automatic", "agreement"])
def test_an_offer_of_no_seat_takes_no_answer(offer_of, give, change, admission):
    change("gift", Answers(admission, waiting_list=True))
    with pytest.raises(service.Refused, match="place"):
        give("parent0", offer_of("gift", seats=0, schedule=None))


def test_what_is_not_answered_any_more_is_left_and_nobody_is_seated(
    offer_of, give, people, change, sweep
):
    offer = offer_of(seats=1)
    first, _state = give("parent0", offer)
    second, _state = give("parent1", offer)
    change("walk", None)
    act(service.withdraw, people["parent0"], first)
    sweep()
    assert states() == ["cancelled", "waiting"]
    assert taken(offer) == 0
    act(service.withdraw, people["parent1"], second)
    with pytest.raises(IllegalTransition):
        act(service.withdraw, people["parent1"], second)


def test_whoever_may_not_answer_any_more_is_passed_over(site, plug, offer_of, give, people):
    offer = offer_of(seats=1)
    first, _state = give("parent0", offer)
    give("parent1", offer)
    give("parent2", offer)
    refused = people["parent1"].id

    def may(member, action, subject):
        is_refused = member is not None and member.id == refused and action == "answers.give"
        return False if is_refused and subject is not None else None

    plug(site, "meeting", may)
    act(service.withdraw, people["parent0"], first)
    assert states() == ["cancelled", "waiting", "offered"]
