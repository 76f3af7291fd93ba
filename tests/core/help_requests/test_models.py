"""The states of requests and answers are plain strings wherever they go."""

import json

import orjson
import pytest
from sqlalchemy import select, text

from entraide import database, events, ids
from entraide.help_requests import words
from entraide.help_requests.models import Answer, AnswerState, HelpRequest, RequestState
from entraide.help_requests.steps import WORKFLOW

REQUEST_STATES = ["open", "answered", "matched", "done", "closed", "expired"]
ANSWER_STATES = [
    *("sent", "agreed", "ended", "withdrawn"),
    *("declined", "other_chosen", "closed", "expired"),
]
SETS = {
    "SEEKING": {"open", "answered"},
    "UNDER_WAY": {"open", "answered", "matched"},
    "REOPENABLE": {"matched", "closed", "expired"},
    "STOPPED": {"closed", "expired"},
    "OVER": {"done", "closed", "expired"},
}


def test_the_values_are_those_that_were_always_stored():
    assert [state.value for state in RequestState] == REQUEST_STATES
    assert [state.value for state in AnswerState] == ANSWER_STATES
    assert {name: set(getattr(RequestState, name)) for name in SETS} == SETS
    assert set(AnswerState.IN_FORCE) == {"sent", "agreed"}


def test_the_workflow_and_the_words_know_each_state_and_no_other():
    assert set(RequestState) == WORKFLOW.names == words.STATES.keys()
    for state in RequestState:
        assert ("reopen" in WORKFLOW.steps(state)) is (state in RequestState.REOPENABLE)
        assert ("close" in WORKFLOW.steps(state)) is (state in RequestState.UNDER_WAY)
        assert WORKFLOW.is_listed(state) is (state in RequestState.SEEKING)
    assert set(RequestState) <= words.ASKER.keys()
    assert set(AnswerState) <= words.ANSWER_STATES.keys()
    # Nobody reads a next step of an answer that they took back.
    assert set(AnswerState) - {AnswerState.WITHDRAWN} <= words.HELPER.keys()


@pytest.mark.parametrize("state", [*RequestState, *AnswerState])
def test_json_and_events_take_a_state_as_its_value(state):
    value = str.__str__(state.value)
    assert orjson.dumps({"state": state}) == b'{"state":"' + value.encode() + b'"}'
    assert json.dumps({"state": state}) == '{"state": "' + value + '"}'
    members = events.HelpRequestClosed(ids.new_id(), state).as_json()
    assert type(members["reason"]) is str
    assert members["reason"] == f"{state}" == value


@pytest.mark.parametrize("state", list(RequestState))
def test_a_request_is_stored_with_the_plain_value(asked, state):
    with database.writing() as session:
        session.get_one(HelpRequest, asked.id).state = state
    with database.reading() as session:
        stored = session.scalar(text("SELECT state FROM help_requests_request"))
        assert (type(stored), stored) == (str, state.value)
        row = session.scalars(select(HelpRequest).where(HelpRequest.state == state)).one()
        assert (row.state, type(row.state)) == (state, str)
        for name in SETS:
            is_in = HelpRequest.state.in_(getattr(RequestState, name))
            assert bool(session.scalar(select(HelpRequest.id).where(is_in))) is (
                row.state in getattr(RequestState, name)
            )


@pytest.mark.parametrize("state", list(AnswerState))
def test_an_answer_is_stored_with_the_plain_value(answered, state):
    with database.writing() as session:
        session.get_one(Answer, answered.id).state = state
    with database.reading() as session:
        stored = session.scalar(text("SELECT state FROM help_requests_answer"))
        assert (type(stored), stored) == (str, state.value)
        row = session.scalars(select(Answer).where(Answer.state == state)).one()
        assert (row.state, type(row.state)) == (state, str)
        is_in = Answer.state.in_(AnswerState.IN_FORCE)
        assert bool(session.scalar(select(Answer.id).where(is_in))) is (
            row.state in AnswerState.IN_FORCE
        )
