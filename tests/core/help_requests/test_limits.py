"""How much one member may ask and answer."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from entraide import database, runtime
from entraide.errors import Refused, TooManyRequests
from entraide.help_requests import service
from entraide.help_requests.limits import (
    ANSWERS,
    ANSWERS_OF_COORDINATORS,
    OPEN_REQUESTS,
    WAITING_ANSWERS,
    is_full,
)
from entraide.help_requests.models import Answer, HelpRequest, Step
from entraide.testing import add_answer, add_member, add_request, in_days


@pytest.fixture
def requests(people):
    """Give more requests of other families than a helper may answer in a day."""
    with database.writing() as session:
        authors = [add_member(session, 100 + number, "parent") for number in range(ANSWERS + 1)]
        return [add_request(session, kind="loan", actor=one).id for one in authors]


def answer(requests, numbers, helper):
    with database.writing() as session:
        for number in numbers:
            request = session.get_one(HelpRequest, requests[number])
            add_answer(session, request=request, actor=helper)


@pytest.mark.parametrize("name", ["volunteer", "moderator", "administrator"])
def test_a_helper_answers_five_families_a_day(people, requests, name):
    clock = runtime.current().clock
    answer(requests, range(ANSWERS), people[name])
    clock.advance(timedelta(days=1) - timedelta(seconds=1))
    with pytest.raises(TooManyRequests) as refused:
        answer(requests, [ANSWERS], people[name])
    assert refused.value.members["retry_after"] in (1, 2)
    clock.advance(timedelta(seconds=1))
    answer(requests, [ANSWERS], people[name])


@pytest.mark.parametrize("ahead", [timedelta(days=2), timedelta(days=3660)])
def test_answers_given_while_the_clock_was_ahead_stop_nobody_for_years(people, ahead):
    clock, parent = runtime.current().clock, people["parent"]
    clock.advance(ahead)
    with database.writing() as session:
        requests = [add_request(session, n, kind="loan", actor=parent).id for n in range(ANSWERS)]
    answer(requests, range(ANSWERS), people["volunteer"])
    clock.advance(-ahead)
    with database.writing() as session:
        requests = [add_request(session, n, kind="loan", actor=parent).id for n in range(ANSWERS)]
        other = add_request(session, kind="loan", actor=add_member(session, 99, "parent")).id
    answer(requests, range(ANSWERS), people["volunteer"])
    with pytest.raises(TooManyRequests):
        answer([other], [0], people["volunteer"])


def test_a_coordinator_answers_for_an_association_thirty_times_a_day(people, requests):
    answer(requests, range(ANSWERS + 1), people["coordinator"])
    with database.writing() as session:
        assert session.scalar(select(func.count()).select_from(Answer)) == ANSWERS + 1
        now = runtime.current().clock.now()
        for _number in range(ANSWERS_OF_COORDINATORS - ANSWERS - 1):
            session.add(
                Step(
                    request_id=requests[0],
                    member_id=people["coordinator"].id,
                    step="answer",
                    source="open",
                    target="answered",
                    happened_at=now,
                )
            )
    with database.writing() as session:
        fresh = add_request(session, 99, kind="loan", actor=people["parent"])
        with pytest.raises(TooManyRequests, match="30"):
            add_answer(session, request=fresh, actor=people["coordinator"])
    runtime.current().clock.advance(timedelta(days=1, seconds=1))
    with database.writing() as session:
        request = session.get_one(HelpRequest, fresh.id)
        add_answer(session, request=request, actor=people["coordinator"])


def test_ten_answers_wait_for_a_parent_at_a_time(people, asked):
    with database.writing() as session:
        request = session.get_one(HelpRequest, asked.id)
        helpers = [
            add_member(session, 200 + number, "volunteer") for number in range(WAITING_ANSWERS + 1)
        ]
        for helper in helpers[:-1]:
            add_answer(session, request=request, actor=helper)
        assert is_full(request)
        with pytest.raises(Refused, match="10"):
            add_answer(session, request=request, actor=helpers[-1])
        service.decline_answer(session, answer=request.answers[0], actor=people["author"])
        add_answer(session, request=request, actor=helpers[-1])


def test_a_member_has_ten_open_requests(people):
    with database.writing() as session:
        opened = [
            add_request(session, number, kind="loan", actor=people["author"])
            for number in range(OPEN_REQUESTS)
        ]
        with pytest.raises(TooManyRequests):
            add_request(session, kind="loan", actor=people["author"])
        service.close_request(session, request=opened[0], actor=people["author"], reason="closed")
        add_request(session, kind="loan", actor=people["author"])
        with pytest.raises(TooManyRequests):
            service.reopen_request(
                session, request=opened[0], actor=people["author"], verify_by=in_days(5)
            )


def test_an_answer_that_is_taken_back_counts_too(people, requests):
    for _ in range(ANSWERS):
        answer(requests, [0], people["volunteer"])
        with database.writing() as session:
            given = session.get_one(HelpRequest, requests[0]).answers[0]
            service.withdraw_answer(session, answer=given, actor=people["volunteer"])
    with pytest.raises(TooManyRequests):
        answer(requests, [0], people["volunteer"])
