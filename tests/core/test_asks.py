"""What a plugin decides beyond its own things: it asks, the administrator agrees, it may fail."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from marshmallow import Schema

from entraide import Kind, asks, policy, runtime
from entraide.cli.plugins import describe
from entraide.errors import ConfigurationError

TOML = 'api = ">=1.0,<2"\ndecides = ["directory.publish", "problems"]\n'
BODY = """
@hookimpl
def may(member, action, subject):
    {may}
@hookimpl
def problems(subject):
    {problems}
"""
AGREED = 'agreed = {{ charter = ["{}"] }}\n'
OUTING = SimpleNamespace(kind="outing")
PERSON = SimpleNamespace(id=7, roles=frozenset())


@pytest.fixture
def open_with(lenient, make_site, distribution):
    """Give a function that opens a site with the plugin `charter`."""

    def open_site(may="return True", problems="yield Problem('No.')", agreed=(), toml=TOML):
        distribution("charter", toml, BODY.format(may=may, problems=problems))
        names = '", "'.join(agreed)
        return make_site(plugins=("charter",), toml=AGREED.format(names) if agreed else "")

    return open_site


def test_without_agreement_it_has_no_say_and_that_is_said(open_with, capsys):
    site = open_with()
    assert "plugin-not-agreed" in capsys.readouterr().out
    with runtime.activate(site):
        assert not policy.allowed(PERSON, "directory.publish", OUTING)
        assert asks.problems(OUTING) == []
        assert "nobody has agreed ([plugins] agreed): directory.publish, problems" in " ".join(
            describe()
        )


def test_what_was_agreed_it_decides_and_nothing_else(open_with):
    with runtime.activate(open_with(agreed=("directory.publish", "problems"))):
        assert policy.allowed(PERSON, "directory.publish", OUTING)
        assert not policy.allowed(PERSON, "directory.withdraw", OUTING)
        assert [problem.message for problem in asks.problems(OUTING)] == ["No."]
        assert "nobody has agreed" not in " ".join(describe())


def test_agreement_without_a_wish_is_nothing(open_with):
    with runtime.activate(open_with(agreed=("directory.withdraw",))):
        assert not policy.allowed(PERSON, "directory.withdraw", OUTING)


def test_it_refuses_until_it_has_failed_too_often(open_with):
    site = open_with(
        "1 / 0",
        "1 / 0",
        agreed=("help_requests.list", "problems"),
        toml=TOML.replace("directory.publish", "help_requests.list"),
    )
    with runtime.activate(site):
        policy.POLICY.get().add([])
        for _ in range(5):
            assert not policy.allowed(PERSON, "charter.sign")
            assert len(asks.problems(OUTING)) == 1
        # Suspended: for its own things it goes on refusing, of others' it has no say.
        assert not policy.allowed(PERSON, "charter.sign")
        assert asks.opinions(PERSON, "help_requests.list", None) == []
        assert asks.problems(OUTING) == []


RULES = """
@hookimpl
def register_rules():
    yield Rule("charter.sign")
    yield Rule("{action}", "anyone")
"""


@pytest.mark.parametrize("action", ["directory.publish", "charters.sign", "charter", "sign"])
def test_a_rule_about_things_of_others_rests_its_plugin(lenient, make_site, distribution, action):
    distribution("charter", "", RULES.format(action=action))
    site = make_site(plugins=("charter",))
    assert action in site.registry.quarantined["charter"]
    with runtime.activate(site):
        assert not policy.allowed(None, action, OUTING)
        assert not policy.allowed(PERSON, "charter.sign")


LEAVING = 'decides = ["problems.federated"]\n[capabilities]\nfederated_types = ["offer"]\n'
TO_LEAVE = ("problems.federated",)
TEA = SimpleNamespace(kind="tea", side="offer")
ASKED_TEA = SimpleNamespace(kind="tea", side="request")


@pytest.mark.parametrize(
    ("agreed", "federated", "subject", "objects"),
    [
        (TO_LEAVE, True, TEA, True),
        (TO_LEAVE, True, ASKED_TEA, False),
        (TO_LEAVE, False, TEA, False),
        ((), True, TEA, False),
        (("problems",), True, TEA, False),
    ],
)
def test_who_judges_what_leaves_objects_once_it_is_agreed_and_to_nothing_else(
    open_with, agreed, federated, subject, objects
):
    site = open_with(toml=LEAVING, agreed=agreed)
    with runtime.activate(site):
        site.kinds["tea"] = Kind("tea", "Tea", Schema, federated=federated)
        assert bool(asks.problems(subject)) is objects
        assert not policy.allowed(PERSON, "directory.publish", subject)
        assert bool(asks.decides_about("charter")) is (agreed == TO_LEAVE)


def test_a_plugin_that_only_says_that_offers_leave_has_no_say(open_with):
    site = open_with(toml='[capabilities]\nfederated_types = ["offer"]\n', agreed=TO_LEAVE)
    with runtime.activate(site):
        site.kinds["tea"] = Kind("tea", "Tea", Schema, federated=True)
        assert asks.problems(TEA) == []


@pytest.mark.parametrize(
    ("toml", "is_agreed"), [("", True), ("agreed = { federation = [] }", False)]
)
def test_the_exchange_between_sites_is_agreed_unless_the_settings_say_otherwise(
    make_site, toml, is_agreed
):
    site = make_site(plugins=("federation",), toml=toml)
    with runtime.activate(site):
        assert asks.decides("federation", "problems.federated") is is_agreed
        assert not asks.decides("federation", "problems")


def test_another_plugin_of_that_name_is_not(lenient, make_site, distribution):
    distribution("federation", LEAVING, "@hookimpl\ndef problems(subject):\n    return ()\n")
    with runtime.activate(make_site(plugins=("federation",))):
        assert asks.not_agreed("federation") == ["problems.federated"]


def test_who_judges_what_leaves_has_no_say_while_it_rests(open_with):
    site = open_with(problems="1 / 0", toml=LEAVING, agreed=TO_LEAVE)
    with runtime.activate(site):
        site.kinds["tea"] = Kind("tea", "Tea", Schema, federated=True)
        assert [len(asks.problems(TEA)) for _ in range(6)] == [1, 1, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("decides", "words"),
    [
        (
            '["directory.publsh"]',
            "no action of others on this site. Did you mean directory.publish?",
        ),
        ('["charter.sign"]', "no action of others on this site."),
        ('["publish"]', "decides lists actions of others"),
        ('"problems"', "decides lists actions of others"),
        ("[1]", "decides lists actions of others"),
    ],
)
def test_a_wish_that_means_nothing_rests_its_plugin(open_with, decides, words):
    site = open_with(toml=f"decides = {decides}\n")
    assert words in site.registry.quarantined["charter"]


@pytest.mark.parametrize("agreed", ["publish", "Directory.Publish"])
def test_an_agreement_that_names_no_action_is_a_mistake_of_the_settings(open_with, agreed):
    with pytest.raises(ConfigurationError, match="is not the name of an action"):
        open_with(agreed=(agreed,))
