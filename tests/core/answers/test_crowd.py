"""Everybody at once, in threads of their own: families, who offers, the clock's job, the offer's end."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from entraide import database, runtime
from entraide.answers import service
from entraide.answers.ending import end_overdue, end_with_offer
from entraide.answers.models import AnswerStep, OfferAnswer, OfferAnswerState
from entraide.answers.service import AnswerInput
from entraide.directory.models import Offer
from entraide.directory.offers.service import withdraw_offer
from entraide.errors import Busy, EntraideError
from entraide.kinds import JobRun
from entraide.members.models import Member

SEATS, STEPS, THREADS = 3, 25, 8


class Crowd:
    """One offer and what people do with it, each in a transaction of their own."""

    def __init__(self, site, people, offer_id):
        self.site, self.people, self.offer_id = site, people, offer_id

    def act(self, number):
        """Do some steps as one of eight families, or to their answers."""
        chance = random.Random(number)  # noqa: S311 - repeatable on purpose
        mistakes = []
        with runtime.activate(self.site):
            for _step in range(STEPS):
                step = chance.choice(
                    [self.answer, self.answer, self.leave, self.accept, self.decline, self.sweep]
                )
                try:
                    step(number, chance)
                except EntraideError:
                    continue
                except Exception as error:  # noqa: BLE001 - told by the test
                    mistakes.append(repr(error))
        return mistakes

    def answer(self, number, chance):
        given = AnswerInput("", {"places": chance.choice([1, 1, 2])})
        with database.writing() as session:
            actor = session.get_one(Member, self.people[f"parent{number}"].id)
            offer = session.get_one(Offer, self.offer_id)
            service.answer_offer(session, offer=offer, actor=actor, given=given)

    def leave(self, number, _chance):
        self._with(
            number,
            lambda session, answer, owner: service.withdraw(session, answer=answer, actor=owner),
        )

    def accept(self, number, _chance):
        self._with(
            number,
            lambda session, answer, owner: service.accept_seat(
                session, answer=answer, actor_id=owner.id
            ),
        )

    def decline(self, number, _chance):
        author = self.people["author"]
        self._with(
            number,
            lambda session, answer, _owner: service.decline(session, answer=answer, actor=author),
        )

    def sweep(self, _number, _chance):
        end_overdue(JobRun(self.site.clock.now(), lambda: False))

    def _with(self, number, step):
        with database.writing() as session:
            owner = session.get_one(Member, self.people[f"parent{number}"].id)
            query = select(OfferAnswer).where(OfferAnswer.member_id == owner.id)
            if answer := session.scalars(query).one_or_none():
                step(session, answer, owner)


@pytest.fixture
def crowd(site, people, offer_of):
    return Crowd(site, people, offer_of(seats=SEATS))


def check(offer_id):
    """Hold what is there to what has to be, whatever came first."""
    with database.reading() as session:
        offer = session.get_one(Offer, offer_id)
        rows = session.scalars(select(OfferAnswer)).all()
        taken = sum(row.seats for row in rows if row.state in OfferAnswerState.SEATED)
        assert taken == offer.seats_taken <= SEATS
        left = SEATS - taken
        if offer.publication == "public":
            waiting = [row for row in rows if row.state == OfferAnswerState.WAITING]
            assert not [row for row in waiting if row.seats <= left]
        # Each step begins where the one before has ended.
        for row in rows:
            steps = session.scalars(select(AnswerStep).where(AnswerStep.answer_id == row.id)).all()
            links = sorted((step.source, step.target) for step in steps)
            ends = [target for _source, target in links] + [""]
            starts = [source for source, _target in links] + [row.state]
            assert sorted(ends) == sorted(starts)


def test_whatever_eight_families_do_at_once_the_seats_are_right(crowd):
    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(crowd.act, range(THREADS))) == [[]] * THREADS
    crowd.sweep(0, None)
    check(crowd.offer_id)


def test_an_offer_taken_down_in_the_middle_leaves_nobody_standing(crowd, people):
    def take_down():
        with runtime.activate(crowd.site):
            for _try in range(40):
                try:
                    with database.writing() as session:
                        offer = session.get_one(Offer, crowd.offer_id)
                        withdraw_offer(session, offer=offer, actor=people["author"])
                except Busy:
                    continue
                return

    with ThreadPoolExecutor(THREADS + 1) as pool:
        acts = [pool.submit(crowd.act, number) for number in range(THREADS)]
        pool.submit(take_down).result()
        assert [act.result() for act in acts] == [[]] * THREADS
    with database.writing() as session:
        end_with_offer(session, crowd.offer_id)
    check(crowd.offer_id)
    with database.reading() as session:
        assert not session.scalars(
            select(OfferAnswer).where(OfferAnswer.state.in_(OfferAnswerState.STANDING))
        ).all()
