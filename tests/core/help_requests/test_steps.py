"""The state machine: every legal step with its traces, every illegal one refused without any."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from entraide import database, runtime
from entraide.audit import AuditEntry
from entraide.errors import BadInput, EntraideError, IllegalTransition
from entraide.help_requests import service
from entraide.help_requests.models import Answer, HelpRequest, Step
from entraide.outbox.models import OutboxEvent, OutboxMessage
from entraide.testing import add_answer, in_days

ACTIONS = {
    "answer": lambda session, request, people: add_answer(
        session, request=request, actor=people["volunteer"]
    ),
    "helper_agrees": lambda session, request, people: service.agree(
        session, answer=request.answers[0], actor=people["volunteer"]
    ),
    "asker_agrees": lambda session, request, people: service.agree(
        session, answer=request.answers[0], actor=people["author"]
    ),
    "decline": lambda session, request, people: service.decline_answer(
        session, answer=request.answers[0], actor=people["author"]
    ),
    "withdraw": lambda session, request, people: service.withdraw_answer(
        session, answer=request.answers[0], actor=people["volunteer"]
    ),
    "done": lambda session, request, people: service.close_request(
        session, request=request, actor=people["author"], reason="done"
    ),
    "close": lambda session, request, people: service.close_request(
        session, request=request, actor=people["author"], reason="closed"
    ),
    "reopen": lambda session, request, people: service.reopen_request(
        session, request=request, actor=people["author"], verify_by=in_days(20)
    ),
}
MATCH = ("answer", "helper_agrees", "asker_agrees")
LEGAL = [
    ((), "answer", "answered", "answer", {"author"}),
    (("answer",), "helper_agrees", "answered", "agree", {"author"}),
    (("answer",), "asker_agrees", "answered", "agree", {"volunteer"}),
    (("answer", "asker_agrees"), "helper_agrees", "matched", "match", {"author"}),
    (("answer", "helper_agrees"), "asker_agrees", "matched", "match", {"volunteer"}),
    (("answer",), "decline", "open", "decline_last", {"volunteer"}),
    (("answer",), "withdraw", "open", "withdraw_last", {"author"}),
    (("answer", "withdraw"), "answer", "answered", "answer", {"author"}),
    (MATCH, "withdraw", "open", "give_back", {"author"}),
    (MATCH, "done", "done", "done", {"volunteer"}),
    (MATCH, "close", "closed", "close", {"volunteer"}),
    (MATCH, "reopen", "open", "reopen", {"volunteer"}),
    ((), "close", "closed", "close", set()),
    (("answer",), "close", "closed", "close", {"volunteer"}),
    (("close",), "reopen", "open", "reopen", set()),
    ((*MATCH, "reopen"), "answer", "answered", "answer", {"author"}),
    ((*MATCH, "withdraw"), "answer", "answered", "answer", {"author"}),
]
ILLEGAL = [
    ((), "done"),
    ((), "reopen"),
    (("answer",), "answer"),
    (("answer",), "done"),
    (("answer",), "reopen"),
    (("answer", "asker_agrees"), "asker_agrees"),
    (("answer", "helper_agrees"), "helper_agrees"),
    (("answer", "decline"), "asker_agrees"),
    (("answer", "decline"), "decline"),
    (("answer", "decline"), "withdraw"),
    (("answer", "decline"), "answer"),
    (("answer", "withdraw"), "withdraw"),
    (("answer", "withdraw"), "helper_agrees"),
    (MATCH, "answer"),
    (MATCH, "asker_agrees"),
    (MATCH, "helper_agrees"),
    (MATCH, "decline"),
    (("close",), "close"),
    (("close",), "done"),
    ((*MATCH, "done"), "done"),
    ((*MATCH, "done"), "close"),
    ((*MATCH, "done"), "reopen"),
    ((*MATCH, "done"), "withdraw"),
    ((*MATCH, "close"), "withdraw"),
]
EVENTS = {
    "answer": "HelpRequestAnswered",
    "match": "HelpRequestMatched",
    "reopen": "HelpRequestOpened",
    "give_back": "HelpRequestOpened",
    "done": "HelpRequestClosed",
    "close": "HelpRequestClosed",
}


def take(people, asked, action):
    runtime.current().clock.advance(timedelta(minutes=1))
    with database.writing() as session:
        ACTIONS[action](session, session.get_one(HelpRequest, asked.id), people)


def reach(people, asked, steps):
    for action in steps:
        take(people, asked, action)


def traces():
    """Return everything that a step may leave, with the states."""
    with database.reading() as session:
        counts = [
            session.scalar(select(func.count()).select_from(table))
            for table in (Step, OutboxEvent, AuditEntry, OutboxMessage)
        ]
        states = session.execute(select(HelpRequest.state, HelpRequest.updated_at)).all()
        answers = session.execute(
            select(Answer.state, Answer.asker_agreed_at, Answer.helper_agreed_at)
        ).all()
    return counts, states, answers


@pytest.mark.parametrize("case", LEGAL)
def test_a_legal_step_leaves_a_step_an_event_an_audit_row_and_a_mail(people, asked, case):
    before, action, state, step, told = case
    reach(people, asked, before)
    counts, _states, _answers = traces()
    take(people, asked, action)
    after, _states, _answers = traces()
    assert after == [counts[0] + 1, counts[1] + 1, counts[2] + 1, counts[3] + len(told)]
    with database.reading() as session:
        request = session.get_one(HelpRequest, asked.id)
        last = session.scalars(select(Step).order_by(Step.id.desc())).first()
        event = session.scalars(select(OutboxEvent).order_by(OutboxEvent.id.desc())).first()
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        mails = session.scalars(
            select(OutboxMessage).where(OutboxMessage.key.contains(last.id.hex))
        )
        assert (request.state, last.step, last.target) == (state, step, state)
        assert event.name == EVENTS.get(step, "HelpRequestAnswerChanged")
        assert (entry.action, entry.subject) == (f"help_requests.{step}", str(asked.id))
        assert {mail.address for mail in mails} == {people[name].email for name in told}


@pytest.mark.parametrize(("before", "action"), ILLEGAL)
def test_an_illegal_step_is_refused_without_a_trace(people, asked, before, action):
    reach(people, asked, before)
    untouched = traces()
    with pytest.raises(EntraideError) as refused:
        take(people, asked, action)
    if action != "answer":
        assert isinstance(refused.value, IllegalTransition)
    assert refused.value.status in (404, 409)
    assert traces() == untouched


def test_opening_leaves_its_traces(people, asked):
    counts, states, _answers = traces()
    assert states[0].state == "open"
    assert counts[0] == 1
    with database.reading() as session:
        assert session.scalars(select(OutboxEvent.name)).all()[-1] == "HelpRequestOpened"


@pytest.mark.parametrize("reason", ["", "expired", "because"])
def test_a_reason_is_one_of_two(people, asked, reason):
    with database.writing() as session, pytest.raises(BadInput):
        service.close_request(
            session,
            request=session.get_one(HelpRequest, asked.id),
            actor=people["author"],
            reason=reason,
        )


def test_a_match_declines_the_other_answers_with_thanks(people, asked, answered):
    with database.writing() as session:
        request = session.get_one(HelpRequest, asked.id)
        other = add_answer(session, request=request, actor=people["moderator"])
        chosen = next(one for one in request.answers if one.id == answered.id)
        service.agree(session, answer=chosen, actor=people["author"])
        service.agree(session, answer=chosen, actor=people["volunteer"])
        assert (chosen.state, other.state, request.state) == ("agreed", "other_chosen", "matched")
        told = session.scalars(select(OutboxMessage.address)).all()
        assert people["moderator"].email in told


def test_a_request_closed_by_a_moderator_tells_its_author(people, asked):
    with database.writing() as session:
        request = session.get_one(HelpRequest, asked.id)
        service.close_request(session, request=request, actor=people["moderator"], reason="closed")
        assert session.scalars(select(OutboxMessage.address)).all() == [people["author"].email]
