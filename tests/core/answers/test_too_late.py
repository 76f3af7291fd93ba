"""What comes too late: after the start, after the last day, once the offer is gone."""

import pytest
from sqlalchemy import select

from entraide import clock, database
from entraide.answers import one_click, service
from entraide.answers.ending import end_overdue, end_with_offer
from entraide.answers.models import OfferAnswer
from entraide.app import create_app
from entraide.directory.models import Offer
from entraide.directory.offers.service import hide_offer, publish_offer, show_again, withdraw_offer
from entraide.errors import IllegalTransition, NotFound
from entraide.kinds import JobRun
from entraide.members.models import Member
from entraide.members.suspending import suspend
from entraide.testing import browser, log_in


def states():
    with database.reading() as session:
        return list(session.scalars(select(OfferAnswer.state).order_by(OfferAnswer.number)))


def act(function, actor, answer_id):
    with database.writing() as session:
        answer = service.find_answer(session, answer_id=answer_id)
        function(session, answer=answer, actor=actor)


def refuse(function, actor, answer_id):
    before = states()
    with pytest.raises(IllegalTransition):
        act(function, actor, answer_id)
    assert states() == before


def accept(session, answer, actor):
    service.accept_seat(session, answer=answer, actor_id=actor.id)


@pytest.fixture
def held(offer_of, give, people):
    """Give a function that keeps a freed seat of an offer for parent1; returns offer and answer."""

    def keep(**values):
        offer = offer_of(seats=1, **values)
        first, _state = give("parent0", offer)
        second, _state = give("parent1", offer)
        act(service.withdraw, people["parent0"], first)
        return offer, second

    return keep


def test_what_took_place_is_cancelled_by_nobody(offer_of, give, people, later):
    answer, _state = give("parent0", offer_of())
    later(days=3, hours=5)
    refuse(service.withdraw, people["parent0"], answer)
    refuse(service.decline, people["author"], answer)
    with database.writing() as session:
        suspend(session, member=session.get_one(Member, people["parent0"].id), actor=None)
    assert states() == ["agreed"]


def test_nobody_says_yes_after_the_start(offer_of, give, people, later):
    answer, _state = give("parent0", offer_of("talk"))
    later(days=3, hours=5)
    refuse(service.agree, people["author"], answer)


def test_nobody_says_yes_to_an_answer_once_the_offer_is_gone(offer_of, give, people):
    offer_id = offer_of("talk", schedule=None)
    answer, _state = give("parent0", offer_id)
    with database.writing() as session:
        withdraw_offer(session, offer=session.get_one(Offer, offer_id), actor=people["author"])
    # The answer ends a moment later, with the event.
    refuse(service.agree, people["author"], answer)


def test_a_kept_seat_of_an_offer_that_is_gone_is_not_taken(held, people):
    offer_id, answer_id = held()
    with database.writing() as session:
        link = one_click.path_of(session.get_one(OfferAnswer, answer_id)).rpartition("/")[2]
        assert one_click.find_held(session, link).id == answer_id
        withdraw_offer(session, offer=session.get_one(Offer, offer_id), actor=people["author"])
    refuse(accept, people["parent1"], answer_id)
    with database.reading() as session, pytest.raises(NotFound):
        one_click.find_held(session, link)


def test_no_seat_is_kept_longer_than_the_offer_stands(site, held, later):
    later(hours=12)
    _offer, answer_id = held(schedule=None, verify_by=clock.today())
    with database.reading() as session:
        until = session.get_one(OfferAnswer, answer_id).offered_until
    assert clock.rfc3339(until) == "2026-11-25T23:00:00Z"


def test_a_link_is_good_for_one_hold_even_when_the_next_ends_at_the_same_hour(
    offer_of, give, people, later
):
    later(hours=12)
    offer = offer_of(seats=1)
    first, _state = give("parent0", offer)
    second, _state = give("parent1", offer)
    links = []
    for _round in range(2):
        act(service.withdraw, people["parent0"], first)
        with database.reading() as session:
            links.append(one_click.path_of(session.get_one(OfferAnswer, second)))
        act(service.withdraw, people["parent1"], second)
        give("parent0", offer)
        give("parent1", offer)
    assert links[0] != links[1]


def test_an_offer_that_was_hidden_and_is_shown_again_has_its_seats(offer_of, give, people):
    offer_id = offer_of(seats=1)
    give("parent0", offer_id)
    give("parent1", offer_id)
    with database.writing() as session:
        hide_offer(session, offer=session.get_one(Offer, offer_id))
    with database.writing() as session:
        end_with_offer(session, offer_id)
    assert states() == ["cancelled", "expired"]
    with database.writing() as session:
        show_again(session, offer=session.get_one(Offer, offer_id))
    with database.writing() as session:
        publish_offer(session, offer=session.get_one(Offer, offer_id), actor=None)
    with database.reading() as session:
        assert session.get_one(Offer, offer_id).seats_taken == 0
    assert give("parent2", offer_id)[1] == "agreed"


def test_what_the_clock_does_leaves_no_seat_kept_for_ever(site, offer_of, give, people, later):
    offer = offer_of(seats=1, schedule=None)
    first, _state = give("parent0", offer)
    for number in (1, 2):
        give(f"parent{number}", offer)
    later(days=2)
    act(service.withdraw, people["parent0"], first)
    later(days=-2)
    end_overdue(JobRun(site.clock.now(), lambda: False))
    assert states() == ["cancelled", "offered", "waiting"]
    later(days=3)
    end_overdue(JobRun(site.clock.now(), lambda: False))
    assert states() == ["cancelled", "expired", "offered"]


def test_a_form_is_shown_until_the_start_and_asked_pages_end_there(
    site, offer_of, give, people, later
):
    offer = offer_of()
    answer, _state = give("parent0", offer)
    app = create_app(site)
    enter = {who: log_in(browser(app), people[who].email) for who in ("parent0", "parent1")}
    author = log_in(browser(app), people["author"].email)
    assert "<form" in enter["parent1"].get(f"/answers/offers/{offer}").text.partition("<main")[2]
    later(days=3, hours=5)
    enter = {who: log_in(browser(app), people[who].email) for who in ("parent0", "parent1")}
    author = log_in(browser(app), people["author"].email)
    assert enter["parent1"].get(f"/answers/offers/{offer}").status_code == 404
    assert enter["parent0"].get(f"/answers/offers/{offer}").status_code == 200
    assert enter["parent0"].get(f"/answers/{answer}/withdraw").status_code == 409
    assert author.get(f"/answers/{answer}/decline").status_code == 409
