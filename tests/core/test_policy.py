"""Who may do what: deny by default, plugins first, then the table."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from entraide import hooks, policy
from entraide.errors import Forbidden, LoginRequired
from entraide.policy import POLICY, Policy, Rule


@dataclass
class Person:
    id: UUID
    roles: frozenset[str] = frozenset()


PARENT, MODERATOR = Person(uuid4()), Person(uuid4(), frozenset({"moderator"}))
RULES = (
    Rule("tea.read", "anyone"),
    Rule("tea.drink"),
    Rule("tea.pour", "moderator"),
    Rule("tea.own", relation="owner"),
    Rule("tea.own", "moderator", "owner"),
)


def is_owner(actor, subject):
    return subject == actor.id


@pytest.fixture
def table(bare):
    rules = Policy()
    rules.add(RULES, {"owner": is_owner})
    POLICY.fill(rules)
    return rules


CASES = [
    (None, "tea.read", None, True, True),
    (None, "tea.drink", None, False, False),
    (None, "tea.unknown", None, False, False),
    (PARENT, "tea.read", None, True, True),
    (PARENT, "tea.drink", None, True, True),
    (PARENT, "tea.pour", None, False, False),
    (PARENT, "tea.unknown", None, False, False),
    (MODERATOR, "tea.pour", None, True, True),
    (PARENT, "tea.own", PARENT.id, True, True),
    (PARENT, "tea.own", MODERATOR.id, False, True),
    (None, "tea.own", PARENT.id, False, False),
]


@pytest.mark.parametrize(("actor", "action", "subject", "may", "admits"), CASES)
def test_table(table, actor, action, subject, may, admits):
    assert table.default(actor, action, subject) is may
    assert policy.allowed(actor, action, subject) is may
    assert policy.admits(actor, action) is admits


@pytest.mark.parametrize(("actor", "action", "subject", "may", "_admits"), CASES)
def test_require(table, actor, action, subject, may, _admits):
    if may:
        policy.require(actor, action, subject)
        return
    with pytest.raises(Forbidden if actor else LoginRequired):
        policy.require(actor, action, subject)


@pytest.mark.parametrize(
    ("opinions", "action", "may"),
    [
        ([], "tea.drink", True),
        ([None, None], "tea.drink", True),
        ([True, None], "tea.pour", True),
        ([True, False], "tea.drink", False),
        ([False, True], "tea.pour", False),
        ([False], "tea.read", False),
    ],
)
def test_plugins_are_asked_first_and_any_refusal_wins(table, plug, bare, opinions, action, may):
    for number, opinion in enumerate(opinions):
        plug(bare, f"plugin{number}", _saying(opinion))
    assert policy.allowed(PARENT, action) is may


def _saying(opinion):
    def may(member, action, subject):
        return opinion

    return may


def test_a_rule_may_not_name_an_unknown_relation():
    with pytest.raises(ValueError, match="no relation 'aunt'"):
        Policy().add([Rule("tea.own", relation="aunt")], {})


def test_permission_marks_a_view():
    assert policy.permission("tea.pour")(_view).__permission__ == "tea.pour"
    assert policy.permission(None)(_other_view).__permission__ == ""


def _view():
    return ""


def _other_view():
    return ""


def test_hooks_are_not_firstresult(table, plug, bare):
    asked = []

    def make(name):
        def may(member, action, subject):
            asked.append(name)
            return True

        return may

    plug(bare, "one", make("one"))
    plug(bare, "two", make("two"))
    policy.allowed(PARENT, "tea.pour")
    assert asked == ["one", "two"]
    assert not hooks.POLICIES["may"].is_first_result
