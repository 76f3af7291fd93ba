"""Workflows of kinds: their steps, what they list, where they end."""

from __future__ import annotations

import pytest

from entraide.kinds import Workflow

STEPS = {
    "open": {"reserve": "reserved", "withdraw": "closed"},
    "reserved": {"hand_over": "lent", "cancel": "open"},
    "lent": {"give_back": "closed"},
}


def test_workflow():
    lending = Workflow("open", STEPS)
    assert lending.names == {"open", "reserved", "lent", "closed"}
    assert lending.steps("reserved") == {"hand_over": "lent", "cancel": "open"}
    assert lending.steps("closed") == {}
    assert [lending.is_listed(state) for state in ("open", "reserved", "closed")] == [
        True,
        False,
        False,
    ]
    assert [lending.is_final(state) for state in ("open", "lent", "closed")] == [False, False, True]


def test_listed_states():
    lending = Workflow("open", STEPS, listed=("open", "reserved"))
    assert lending.is_listed("reserved")
    assert not lending.is_listed("lent")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"initial": "opne"}, "initial state 'opne' has no transitions"),
        ({"initial": "open", "listed": ("open", "lentt")}, r"do not exist: \['lentt'\]"),
    ],
)
def test_workflow_that_contradicts_itself(values, words):
    with pytest.raises(ValueError, match=words):
        Workflow(transitions=STEPS, **values)
