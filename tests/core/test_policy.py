"""Who may do what: deny by default, plugins first, then the table."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from marshmallow import Schema

from entraide import hooks, policy
from entraide.errors import Forbidden, LoginRequired
from entraide.kinds import Kind, Rule
from entraide.policy import POLICY, Policy


@dataclass
class Person:
    id: UUID
    roles: frozenset[str] = frozenset()


PARENT, MODERATOR = Person(uuid4()), Person(uuid4(), frozenset({"moderator"}))


def is_owner(actor, subject):
    return subject == actor.id


RULES = (
    Rule("tea.read", "anyone"),
    Rule("tea.drink"),
    Rule("tea.pour", "moderator"),
    Rule("tea.own", relation=is_owner),
    Rule("tea.own", "moderator", is_owner),
)


@pytest.fixture
def table(bare):
    rules = Policy()
    rules.add(RULES)
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


@dataclass
class Thing:
    """A row of a kind of help."""

    kind: object


@dataclass
class Reply:
    """What belongs to a row of a kind."""

    request: Thing


@pytest.mark.parametrize(
    ("opinion", "action", "subject", "may"),
    [
        (None, "tea.drink", None, True),
        (None, "tea.pour", None, False),
        (True, "tea.pour", None, True),
        (True, "tea.unknown", None, True),
        (False, "tea.drink", None, False),
        (False, "tea.read", None, False),
        # Of others' actions only what happens to a subject of its kind is its business.
        (False, "cups.wash", None, True),
        (False, "cups.wash", Thing("saucer"), True),
        (False, "cups.wash", Thing(["infusion"]), True),
        (False, "cups.wash", Thing("infusion"), False),
        (False, "cups.wash", Reply(Thing("infusion")), False),
        # There it may refuse, and opens nothing.
        (True, "cups.break", None, False),
        (True, "cups.break", Thing("infusion"), False),
        (True, "cups.break", Reply(Thing("infusion")), False),
    ],
)
def test_a_plugin_is_asked_about_its_own_actions_and_kinds(
    table, plug, bare, opinion, action, subject, may
):
    table.add([Rule("cups.wash"), Rule("cups.break", "moderator")])
    bare.kinds["infusion"] = Kind("infusion", "Infusion", Schema, plugin="tea")
    plug(bare, "tea", _saying(opinion))
    assert policy.allowed(PARENT, action, subject) is may
    if subject is None and opinion is not False:
        assert policy.admits(PARENT, action) is may


def _saying(opinion):
    def may(member, action, subject):
        return opinion

    return may


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("tea.own", "anyone", is_owner), r"rule 'tea\.own': for \"anyone\" there is no relation"),
        (("tea",), "its action is the plugin's name, a point and a verb, like toys.lend"),
        (("Tea.own",), "its action is"),
        ((None,), "its action is"),
        (("tea.own", ""), "role='' is not"),
        (("tea.own", None), "role=None is not"),
        (("tea.own", "member", True), "relation=True is not a function of a member and a subject"),
        (("tea.own", "member", lambda actor: True), "is not a function of a member and a subject"),
    ],
)
def test_a_rule_that_contradicts_itself(values, words):
    with pytest.raises(ValueError, match=words):
        Rule(*values)


def test_permission_marks_a_view():
    assert policy.permission("tea.pour")(_view).__permission__ == "tea.pour"
    assert policy.permission(None)(_other_view).__permission__ == ""


def _view():
    return ""


def _other_view():
    return ""


def test_two_plugins_are_asked_and_one_refusal_is_enough(table, plug, bare):
    bare.kinds["infusion"] = Kind("infusion", "Infusion", Schema, plugin="herbs")
    plug(bare, "herbs", _saying(False))
    plug(bare, "tea", _saying(True))
    assert policy.allowed(PARENT, "tea.pour")
    assert not policy.allowed(PARENT, "tea.pour", Thing("infusion"))
    assert not hooks.POLICIES["may"].is_first_result
