"""What each side can do with an answer, and what becomes of the seats."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from entraide import Answers, database
from entraide.answers import service
from entraide.answers.models import AnswerStep, OfferAnswer
from entraide.directory.listing.models import Listing
from entraide.directory.models import Offer
from entraide.errors import BadInput, Forbidden, IllegalTransition, Refused, TooManyRequests
from entraide.testing import add_offer

from .conftest import WEEKLY


def states():
    with database.reading() as session:
        rows = session.scalars(select(OfferAnswer).order_by(OfferAnswer.created_at))
        return [answer.state for answer in rows]


def left(offer_id):
    with database.reading() as session:
        return session.scalars(
            select(Listing.seats).where(Listing.uid.contains(str(offer_id)))
        ).one()


def act(function, who, answer_id, **options):
    with database.writing() as session:
        answer = service.find_answer(session, answer_id=answer_id)
        function(session, answer=answer, actor=who, **options)


def test_a_free_seat_is_taken_at_once_and_lists_show_what_is_left(offer_of, give):
    offer = offer_of(seats=4)
    assert give("parent0", offer, seats=3)[1] == "agreed"
    assert left(offer) == 1
    assert give("parent1", offer, seats=2)[1] == "waiting"
    assert give("parent2", offer)[1] == "agreed"
    assert left(offer) == 0


def test_a_seat_that_is_let_go_is_kept_for_the_first_whom_it_suffices(offer_of, give, people):
    offer = offer_of(seats=2)
    first, _state = give("parent0", offer)
    give("parent1", offer)
    give("parent2", offer, seats=2)
    give("parent3", offer)
    act(service.withdraw, people["parent0"], first)
    # Who needs two keeps the rank and blocks nobody.
    assert states() == ["cancelled", "agreed", "waiting", "offered"]
    assert left(offer) == 0


def test_whoever_cancelled_answers_again_with_the_same_row_at_the_end_of_the_line(
    offer_of, give, people, later
):
    offer = offer_of(seats=1)
    first, _state = give("parent0", offer)
    give("parent1", offer)
    later(seconds=1)
    act(service.withdraw, people["parent0"], first)
    again, state = give("parent0", offer)
    assert (again, state) == (first, "waiting")
    with database.reading() as session:
        steps = session.scalars(
            select(AnswerStep.step)
            .where(AnswerStep.answer_id == first)
            .order_by(AnswerStep.happened_at, AnswerStep.id)
        )
        assert list(steps) == ["take", "cancel", "queue"]


def test_a_kept_seat_is_taken_or_goes_on(offer_of, give, people, later):
    offer = offer_of(seats=1)
    first, _state = give("parent0", offer)
    second, _state = give("parent1", offer)
    third, _state = give("parent2", offer)
    act(service.withdraw, people["parent0"], first)
    with database.writing() as session:
        answer = service.find_answer(session, answer_id=second)
        service.refuse_seat(session, answer=answer, actor_id=people["parent1"].id)
    assert states() == ["cancelled", "withdrawn", "offered"]
    with database.writing() as session:
        answer = service.find_answer(session, answer_id=third)
        service.accept_seat(session, answer=answer, actor_id=people["parent2"].id)
    assert states() == ["cancelled", "withdrawn", "agreed"]


@pytest.mark.parametrize("decide", [service.accept_seat, service.refuse_seat])
def test_a_kept_seat_that_ran_out_is_neither_taken_nor_refused(
    offer_of, give, people, later, decide
):
    offer = offer_of(seats=1)
    first, _state = give("parent0", offer)
    second, _state = give("parent1", offer)
    act(service.withdraw, people["parent0"], first)
    later(hours=3)
    with database.writing() as session:
        answer = service.find_answer(session, answer_id=second)
        with pytest.raises(IllegalTransition):
            decide(session, answer=answer, actor_id=people["parent1"].id)


def test_where_both_agree_the_author_says_yes_or_no(offer_of, give, people):
    offer = offer_of("talk", seats=1, schedule=None)
    first, state = give("parent0", offer)
    second, _state = give("parent1", offer)
    assert state == "sent"
    act(service.agree, people["author"], first)
    with pytest.raises(Refused):
        act(service.agree, people["author"], second)
    act(service.decline, people["author"], second)
    assert states() == ["agreed", "declined"]
    act(service.decline, people["author"], first)
    assert states() == ["cancelled", "declined"]


def test_without_a_waiting_list_a_full_offer_says_so(offer_of, give):
    offer = offer_of("gift", seats=1, schedule=None)
    give("parent0", offer)
    with pytest.raises(Refused, match="place"):
        give("parent1", offer)


def test_more_seats_than_there_are_is_a_mistake_of_that_field(offer_of, give):
    offer = offer_of(seats=2)
    with pytest.raises(BadInput) as refusal:
        give("parent0", offer, seats=3)
    assert "places" in refusal.value.errors


def test_a_second_answer_to_the_same_day_is_refused_and_another_day_is_not(offer_of, give):
    offer = offer_of(seats=1, schedule=WEEKLY)
    assert give("parent0", offer, occurrence="2026-11-28")[1] == "agreed"
    with pytest.raises(Refused):
        give("parent0", offer, occurrence="2026-11-28")
    assert give("parent0", offer, occurrence="2026-12-05")[1] == "agreed"
    assert give("parent1", offer, occurrence="2026-12-05")[1] == "waiting"
    with pytest.raises(BadInput):
        give("parent1", offer, occurrence="2026-12-06")
    # Each day of a series has all the seats: lists show how many.
    assert left(offer) == 1


def test_after_the_start_nobody_answers(offer_of, give, later):
    offer = offer_of()
    later(days=3, hours=5)
    with pytest.raises(Refused):
        give("parent0", offer)


@pytest.mark.parametrize(
    ("who", "kind"), [("author", "walk"), ("parent0", "sign"), ("coordinator", "walk")]
)
def test_who_offers_and_what_is_not_answered(offer_of, give, association, who, kind):
    values = {"organisation_id": association} if who == "coordinator" else {}
    offer = offer_of(kind, **values)
    with pytest.raises(Forbidden):
        give(who, offer)


@pytest.mark.parametrize(
    ("who", "function"),
    [
        ("parent1", service.withdraw),
        ("parent1", service.agree),
        ("parent0", service.agree),
        ("parent0", service.decline),
        ("moderator", service.decline),
        ("author", service.withdraw),
    ],
)
def test_each_side_has_its_own_steps(offer_of, give, people, who, function):
    answer, _state = give("parent0", offer_of("talk", schedule=None))
    with pytest.raises(Forbidden):
        act(function, people[who], answer)


def test_the_team_decides_where_nobody_else_can(offer_of, give, people, association):
    offer_id = offer_of("talk", schedule=None, organisation_id=None)
    answer, _state = give("parent0", offer_id)
    act(service.agree, people["moderator"], answer)
    assert states() == ["agreed"]


def test_twenty_answers_a_day(offer_of, give, later):
    offers = [offer_of("gift", seats=None, schedule=None) for _number in range(21)]
    for offer in offers[:20]:
        give("parent0", offer)
    with pytest.raises(TooManyRequests):
        give("parent0", offers[20])
    later(days=1, seconds=1)
    give("parent0", offers[20])


def test_seats_of_an_offer_are_counted_in_its_row(offer_of, give, people):
    offer = offer_of(seats=4)
    answer, _state = give("parent0", offer, seats=3)
    with database.reading() as session:
        assert session.get_one(Offer, offer).seats_taken == 3
    act(service.withdraw, people["parent0"], answer)
    with database.reading() as session:
        assert session.get_one(Offer, offer).seats_taken == 0


def test_whoever_answers_a_whole_series_chooses_no_day(offer_of, give, later):
    offer = offer_of("gift", seats=2, schedule=WEEKLY)
    assert give("parent0", offer)[1] == "agreed"
    assert left(offer) == 1
    with pytest.raises(BadInput):
        give("parent1", offer, occurrence="2026-12-05")
    later(days=30)
    assert give("parent1", offer)[1] == "agreed"


def test_a_yes_without_a_free_seat_is_no_answer_of_the_author(site, offer_of, give, people, later):
    site.kinds["talk"] = replace(site.kinds["talk"], answers=Answers(waiting_list=True))
    for _number in range(3):
        offer = offer_of("talk", seats=1, schedule=None)
        for number in range(8):
            answer, _state = give(f"parent{number}", offer)
            act(service.agree, people["author"], answer)
    with database.writing() as session:
        theirs = add_offer(session, kind="talk").id
    assert give("author", theirs)[1] == "sent"


def test_nobody_of_the_team_says_yes_to_their_own_answer(offer_of, give, people):
    answer, _state = give("moderator", offer_of("talk", schedule=None, organisation_id=None))
    with pytest.raises(Forbidden):
        act(service.agree, people["moderator"], answer)
