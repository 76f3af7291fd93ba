"""No seat is sold twice or left empty while somebody whom it suffices waits."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import select

from entraide import database, runtime
from entraide.answers import service
from entraide.answers.ending import end_overdue
from entraide.answers.models import OfferAnswer, OfferAnswerState
from entraide.answers.seats import hold_until
from entraide.answers.service import AnswerInput
from entraide.directory.models import Offer
from entraide.errors import Busy, IllegalTransition, Refused
from entraide.kinds import JobRun
from entraide.members.models import Member
from entraide.members.suspending import suspend
from entraide.testing import add_member

THREADS, TRIES = 64, 40
INTERLEAVINGS = 500


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "starts", "until"),
    [
        # In winter French clocks are one hour ahead of UTC.
        ("2026-11-25T09:00", None, "2026-11-25T11:00"),
        ("2026-11-25T09:00", "2026-11-28T13:00", "2026-11-25T11:00"),
        ("2026-11-28T09:00", "2026-11-28T13:00", "2026-11-28T09:15"),
        ("2026-11-25T18:59", None, "2026-11-25T20:59"),
        ("2026-11-25T19:00", None, "2026-11-26T07:00"),
        ("2026-11-25T23:30", None, "2026-11-26T07:00"),
        ("2026-11-26T03:00", None, "2026-11-26T07:00"),
        ("2026-11-26T04:59", None, "2026-11-26T07:00"),
        ("2026-11-26T05:00", None, "2026-11-26T07:00"),
        ("2026-11-26T05:01", None, "2026-11-26T07:01"),
        # Never after the start, be it before eight.
        ("2026-11-25T22:00", "2026-11-26T05:30", "2026-11-26T05:30"),
        ("2026-11-28T12:50", "2026-11-28T13:00", "2026-11-28T13:00"),
        # Through the change of clocks, on 28 March 2027.
        ("2027-03-27T22:30", None, "2027-03-28T06:00"),
    ],
)
def test_until_when_a_seat_is_kept(now, starts, until):
    starts_at = moment(starts) if starts else None
    assert hold_until(moment(now), starts_at).astimezone(UTC) == moment(until)


def test_of_64_people_on_the_last_seat_one_has_it_and_the_line_is_their_order(site, offer_of):
    offer_id = offer_of(seats=1)
    with database.writing() as session:
        members = [add_member(session, 100 + number).id for number in range(THREADS)]
    start = Barrier(THREADS)

    def take(number):
        with runtime.activate(site):
            start.wait()
            for _try in range(TRIES):
                try:
                    with database.writing() as session:
                        answered = service.answer_offer(
                            session,
                            offer=session.get_one(Offer, offer_id),
                            actor=session.get_one(Member, members[number]),
                            given=AnswerInput("", {"places": 1}),
                        )
                        state = answered.state
                except Busy:
                    continue
                return state
            return "Busy"

    with ThreadPoolExecutor(THREADS) as pool:
        states = list(pool.map(take, range(THREADS)))
    assert sorted(states) == ["agreed", *["waiting"] * (THREADS - 1)]
    with database.reading() as session:
        numbers = session.scalars(select(OfferAnswer.number).order_by(OfferAnswer.number)).all()
    assert numbers == list(range(1, THREADS + 1))


class Interleaving:
    """One offer, eight families, and whatever they and the clock do."""

    def __init__(self, site, people, offer_id, chance):
        self.site, self.people, self.offer_id, self.chance = site, people, offer_id, chance
        self.families = [people[f"parent{number}"] for number in range(8)]

    def step(self, later):
        act = self.chance.choice([self.answer, self.answer, self.leave, self.hear, self.remove])
        later(minutes=self.chance.choice([0, 1, 40]))
        try:
            with database.writing() as session:
                act(session)
        except (Refused, IllegalTransition):
            pass
        if self.chance.random() < 0.3:
            end_overdue(JobRun(self.site.clock.now(), lambda: False))

    def answer(self, session):
        given = AnswerInput("", {"places": self.chance.choice([1, 1, 1, 2, 3])})
        offer = session.get_one(Offer, self.offer_id)
        actor = session.get_one(Member, self.chance.choice(self.families).id)
        service.answer_offer(session, offer=offer, actor=actor, given=given)

    def leave(self, session):
        answer = self._one(session)
        service.withdraw(session, answer=answer, actor=session.get_one(Member, answer.member_id))

    def hear(self, session):
        answer = self._one(session, OfferAnswerState.OFFERED)
        decide = self.chance.choice([service.accept_seat, service.refuse_seat])
        decide(session, answer=answer, actor_id=answer.member_id)

    def remove(self, session):
        answer = self._one(session)
        service.decline(session, answer=answer, actor=self.people["author"])

    def _one(self, session, state=None):
        answers = select(OfferAnswer).order_by(OfferAnswer.number)
        if state is not None:
            answers = answers.where(OfferAnswer.state == state)
        rows = session.scalars(answers).all()
        if not rows:
            raise Refused("nobody")
        return self.chance.choice(rows)

    def check(self):
        with database.reading() as session:
            offer = session.get_one(Offer, self.offer_id)
            rows = session.scalars(select(OfferAnswer).order_by(OfferAnswer.number)).all()
            taken = sum(row.seats for row in rows if row.state in OfferAnswerState.SEATED)
            assert taken == offer.seats_taken <= offer.seats
            fitting = [
                row
                for row in rows
                if row.state == OfferAnswerState.WAITING and row.seats <= offer.seats - taken
            ]
            assert not fitting
            kept = [row for row in rows if row.state == OfferAnswerState.OFFERED]
            assert all(row.offered_until is not None for row in kept)


def test_in_500_random_steps_no_seat_is_sold_twice_or_left_empty(site, people, offer_of, later):
    chance = random.Random(20261129)  # noqa: S311 - repeatable on purpose
    steps = INTERLEAVINGS if site.database.is_sqlite else INTERLEAVINGS // 4
    site.clock.advance(moment("2026-11-01T00:00") - site.clock.now())
    walk = None
    for number in range(steps):
        if number % 25 == 0:
            with database.writing() as session:
                session.execute(OfferAnswer.__table__.delete())
            site.clock.advance(moment("2026-11-01T00:00") - site.clock.now())
            walk = Interleaving(site, people, offer_of(seats=3), chance)
        walk.step(later)
        walk.check()


def test_a_stopped_account_is_passed_over_and_its_seat_goes_on(site, people, offer_of, give):
    offer = offer_of(seats=1)
    give("parent0", offer)
    give("parent1", offer)
    give("parent2", offer)
    for name in ("parent1", "parent0"):
        with database.writing() as session:
            suspend(session, member=session.get_one(Member, people[name].id), actor=None)
    with database.reading() as session:
        rows = session.scalars(select(OfferAnswer).order_by(OfferAnswer.number))
        assert [row.state for row in rows] == ["cancelled", "withdrawn", "offered"]
