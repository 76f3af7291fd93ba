"""Sixty-four people press the same button at once: the database lets exactly one through."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from entraide import clock, database, runtime
from entraide.errors import Busy, Refused, TooManyRequests
from entraide.help_requests import service
from entraide.help_requests.limits import ANSWERS, WAITING_ANSWERS
from entraide.help_requests.models import Answer, HelpRequest, Step
from entraide.testing import add_answer, add_member, add_request

THREADS, TRIES = 64, 20


def at_once(site, work):
    """Run `work(number)` in 64 threads that start together; return how each one ended."""
    start = Barrier(THREADS)

    def run(number):
        with runtime.activate(site):
            start.wait()
            for _try in range(TRIES):
                try:
                    with database.writing() as session:
                        work(session, number)
                except Busy:
                    continue
                except (Refused, TooManyRequests) as refused:
                    return type(refused).__name__
                return "done"
            return "Busy"

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


@pytest.fixture
def helpers(people):
    with database.writing() as session:
        return [add_member(session, 100 + number, "volunteer") for number in range(THREADS)]


@pytest.fixture
def chosen(people, asked, helpers):
    """Give 64 answers, all of which the asker agreed to: many more than may wait at a time."""
    with database.writing() as session:
        request = session.get_one(HelpRequest, asked.id)
        now = clock.now()
        answers = [
            Answer(
                member_id=one.id,
                message="Je peux aider.",
                state="sent",
                asker_agreed_at=now,
                created_at=now,
                updated_at=now,
            )
            for one in helpers
        ]
        request.answers.extend(answers)
        request.state = "answered"
        session.flush()
        return [answer.id for answer in answers]


def agreed():
    with database.reading() as session:
        states = session.scalars(select(Answer.state)).all()
        matches = session.scalar(select(func.count()).where(Step.step == "match"))
        request = session.scalars(select(HelpRequest)).one()
        return states.count("agreed"), states.count("other_chosen"), matches, request.state


def test_of_64_helpers_who_confirm_at_once_one_is_matched(site, helpers, chosen):
    def confirm(session, number):
        answer = session.get_one(Answer, chosen[number])
        service.agree(session, answer=answer, actor=helpers[number])

    ends = at_once(site, confirm)
    assert (ends.count("done"), ends.count("IllegalTransition")) == (1, THREADS - 1)
    assert agreed() == (1, THREADS - 1, 1, "matched")


def test_pressing_64_times_counts_once(site, helpers, chosen):
    def confirm(session, _number):
        service.agree(session, answer=session.get_one(Answer, chosen[0]), actor=helpers[0])

    assert at_once(site, confirm).count("done") == 1
    assert agreed() == (1, THREADS - 1, 1, "matched")


def test_of_64_helpers_who_answer_at_once_ten_wait_for_the_parent(site, asked, helpers):
    def answer(session, number):
        request = session.get_one(HelpRequest, asked.id)
        add_answer(session, request=request, actor=helpers[number])

    ends = at_once(site, answer)
    full = (WAITING_ANSWERS, THREADS - WAITING_ANSWERS)
    assert (ends.count("done"), ends.count("Refused")) == full


def test_64_answers_of_one_helper_stop_at_the_limit(site, people):
    with database.writing() as session:
        authors = [add_member(session, 100 + number, "parent") for number in range(THREADS)]
        requests = [add_request(session, kind="loan", actor=one).id for one in authors]

    def answer(session, number):
        request = session.get_one(HelpRequest, requests[number])
        add_answer(session, request=request, actor=people["volunteer"])

    ends = at_once(site, answer)
    assert (ends.count("done"), ends.count("TooManyRequests")) == (ANSWERS, THREADS - ANSWERS)
