"""Each hook is asked with its documented arguments; each failure follows the hook's policy."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import click
import pytest
from flask import Blueprint
from flask_smorest import Blueprint as ApiBlueprint
from marshmallow import Schema

from entraide import app as apps
from entraide import (
    audit,
    events,
    fields,
    hook_calls,
    hook_failures,
    hooks,
    hookspecs,
    outbox,
    policy,
    runtime,
)
from entraide import database as databases
from entraide.cli import status
from entraide.database.guarded import EndedTransaction
from entraide.directory.offers import service as offers
from entraide.errors import BadInput, HookFailed
from entraide.hook_policies import POLICIES
from entraide.kinds import ApiResource, Job, Kind, Link, Message, Panel, Problem, RemoteOffer, Rule
from entraide.labels import LABELS
from entraide.policy import permission
from entraide.testing import add_offer, browser, open_site


class Tea(Schema):
    leaf = fields.public(fields.String(), label="Leaf")


TEA = Kind("tea", "Tea", Tea)


def test_policies_are_those_of_the_hooks():
    assert set(POLICIES) == {
        name for name, value in vars(hooks_of()).items() if hasattr(value, "entraide_spec")
    }


def hooks_of():
    from entraide import hookspecs

    return hookspecs


# One test per hook -----------------------------------------------------------------------


def load_with(make_site, body, **options):
    """Open a site with one single-file plugin called `probe`."""
    head = '"""A probe."""\nfrom entraide import *\nfrom entraide.fields import String\n'
    return make_site(plugins=("probe",), files={"plugins/probe.py": head + body}, **options)


def test_hook_register_kinds(make_site):
    site = load_with(
        make_site,
        """
from marshmallow import Schema
class Tea(Schema):
    leaf = public(String(), label="Leaf")
@hookimpl
def register_kinds():
    yield Kind("tea", "Tea", Tea)
""",
    )
    assert site.kinds["tea"].plugin == "probe"


def test_hook_register_blueprints(make_site):
    site = load_with(
        make_site,
        """
from flask import Blueprint
pages = Blueprint("probe", __name__)
@pages.get("/hello")
@permission(None)
def hello():
    return "hello"
@hookimpl
def register_blueprints():
    yield pages
""",
    )
    assert browser(apps.create_app(site)).get("/probe/hello").text == "hello"


def test_hook_register_api(make_site):
    site = load_with(
        make_site,
        """
from flask_smorest import Blueprint
resource = Blueprint("probe_api", __name__, url_prefix="/leaves")
@resource.get("/teas")
@scope(None)
def teas():
    return {"items": []}
@hookimpl
def register_api():
    yield ApiResource(resource)
""",
    )
    assert browser(apps.create_app(site)).get("/api/v1/probe/leaves/teas").json == {"items": []}


def test_hook_register_commands(bare, plug):
    @click.command("brew")
    def brew():
        pass

    def register_commands():
        yield brew

    plug(bare, "probe", register_commands)
    said = hooks.ask("register_commands")
    assert said[-1] == hooks.HookResult("probe", brew)


def test_hook_register_jobs(bare, plug):
    runs = []
    job = Job(
        "probe.brew", lambda run: runs.append((hook_calls.current_plugin.get(), run)), period=1
    )

    def register_jobs():
        return [job]

    plug(bare, "probe", register_jobs)
    known = apps.jobs_of(bare)[-1]
    assert replace(known, function=job.function) == job
    known.function("run")
    assert runs == [("probe", "run")]
    assert hook_calls.current_plugin.get() == "entraide"


@pytest.mark.parametrize("name", ["outbox.sweep", "directory.expire", "early.brew"])
def test_a_job_with_the_name_of_another_sets_its_plugin_aside(bare, plug, name):
    known = {job.name for job in apps.jobs_of(bare)}
    assert name in {*known, "early.brew"}

    def early():
        return [Job("early.brew", lambda _run: None, period=1)]

    def late():
        return [Job("late.tea", lambda _run: None, 1), Job(name, lambda _run: None, 1)]

    plug(bare, "early", function_of("register_jobs", early))
    plug(bare, "late", function_of("register_jobs", late))
    names = [job.name for job in apps.jobs_of(bare)]
    assert f"another job is called '{name}'" in bare.registry.quarantined["late"]
    assert sorted(names) == sorted({*known, "early.brew"})


def function_of(hook, function):
    """Return a function without arguments under the name of a hook."""
    function.__name__ = hook
    return function


def test_hook_register_settings(make_site):
    site = load_with(
        make_site,
        """
from marshmallow import Schema
class Settings(Schema):
    leaf = String(load_default="green")
@hookimpl
def register_settings():
    return Settings
""",
        toml='[plugins.probe]\nleaf = "black"\n',
    )
    assert site.plugin_settings["probe"] == {"leaf": "black"}


def test_hook_navigation_links(site, plug):
    seen = []

    def navigation_links(member):
        seen.append(member)
        yield Link("Tea time", "/probe/")

    plug(site, "probe", navigation_links)
    page = browser(apps.create_app(site)).get("/help-numbers").text
    assert "Tea time" in page
    assert seen == [None]


def test_hook_panels(bare, plug):
    subject = object()

    def panels(subject, member):
        yield Panel(f"{subject is not None} {member}", "probe/panel.html")

    plug(bare, "probe", panels)
    said = hooks.ask("panels", subject=subject, member=None)
    assert [item.value.title for item in said] == ["True None"]


def test_hook_may(bare, plug):
    seen = []

    def may(member, action, subject):
        seen.append((member, action, subject))

    plug(bare, "tea", may)
    assert not policy.allowed(None, "tea.drink", "cup")
    assert not policy.allowed(None, "coffee.drink", "cup")
    assert seen == [(None, "tea.drink", "cup")]


def test_hook_register_rules(make_site, lenient):
    body = """
from entraide import Rule, hookimpl
@hookimpl
def register_rules():
    yield Rule("probe.see", "anyone")
    yield Rule("probe.own", relation=lambda actor, subject: subject == actor.id)
    yield Rule("probe.fail", relation=lambda actor, subject: 1 / 0)
    yield Rule("probe.odd", relation=lambda actor, subject: "yes")
"""
    person = SimpleNamespace(id=7, roles=frozenset())
    with runtime.activate(make_site(plugins=("probe",), files={"plugins/probe.py": body})) as site:
        assert policy.allowed(None, "probe.see")
        assert [policy.allowed(person, "probe.own", one) for one in (7, 8)] == [True, False]
        assert not policy.allowed(person, "probe.fail")
        assert not policy.allowed(person, "probe.odd")
    assert "expected bool" in site.registry.counters["probe", "register_rules"].last_error


def test_hook_register_labels(make_site, lenient):
    body = """
from entraide import Scope, hookimpl
@hookimpl
def register_labels():
    yield Scope("%s", "%s")
"""
    files = {
        f"plugins/{name}.py": body % (scope, words)
        for name, scope, words in (
            ("probe", "probe:read", "read"),
            ("thief", "probe:write", "write"),
            ("mute", "mute:read", ""),
        )
    }
    with runtime.activate(make_site(plugins=("probe", "thief", "mute"), files=files)) as site:
        assert set(LABELS.get().scopes) == {"offers:write", "probe:read"}
    assert "names begin with the plugin's own: thief:write" in site.registry.quarantined["thief"]
    assert "is no words" in site.registry.quarantined["mute"]


def test_hook_problems(site, session, plug):
    site.kinds["tea"] = replace(TEA, plugin="probe")

    def problems(subject):
        yield Problem(f"No {subject.title} today.", "title")

    plug(site, "probe", problems)
    with pytest.raises(BadInput) as caught:
        add_offer(session, kind="tea")
    assert caught.value.errors == {"title": ["No Offre exemple 1 today."]}


def test_hook_accept_remote_offer(bare, plug):
    offer = RemoteOffer("https://a.example/federation/o/1", "https://a.example", "tea", "T", "", {})
    seen = []

    def accept_remote_offer(offer, peer):
        seen.append((offer, peer))
        return False

    plug(bare, "probe", accept_remote_offer)
    said = hooks.ask("accept_remote_offer", offer=offer, peer="https://hub.example")
    assert [item.value for item in said] == [False]
    assert seen == [(offer, "https://hub.example")]


MESSAGE = Message("parent3@example.org", "Subject", "Body", "key-1")


def test_hook_deliver(site, plug):
    seen = []

    def deliver(message):
        seen.append(message)
        return True

    plug(site, "probe", deliver)
    with databases.writing() as session:
        outbox.send(session, MESSAGE)
    outbox.deliver_pending()
    # The site is named above the words, and signs below them.
    subject, body = "Site Exemple\u00a0: Subject", "Body\n-- \nSite Exemple\n"
    assert seen == [replace(MESSAGE, subject=subject, body=body)]


def test_hook_on_event(site, plug):
    seen = []

    def on_event(event, key):
        seen.append((event, key.rpartition(":")[2]))

    plug(site, "probe", on_event)
    event = events.OfferPublished(uuid4())
    with databases.writing() as session:
        outbox.record(session, event)
    outbox.deliver_pending()
    assert seen == [(event, "probe")]


# Order -----------------------------------------------------------------------------------


def test_plugins_answer_in_order_and_deliver_in_reverse(bare, plug):
    asked = []

    def implement(name):
        def navigation_links(member):
            asked.append(("links", name, member))

        def deliver(message):
            asked.append(("deliver", name, message.key))

        return navigation_links, deliver

    for name in ("one", "two"):
        plug(bare, name, *implement(name))
    hooks.ask("navigation_links", member=None)
    hooks.ask("deliver", message=MESSAGE)
    assert [(what, name) for what, name, _ in asked] == [
        ("links", "one"),
        ("links", "two"),
        ("deliver", "two"),
        ("deliver", "one"),
    ]


def test_deliver_stops_at_the_first_answer_and_builtin_mail_answers_last(bare, plug):
    asked = []

    def implement(name, answer):
        def deliver(message):
            asked.append(name)
            return answer

        return deliver

    plug(bare, "one", implement("one", None))
    plug(bare, "two", implement("two", True))
    plug(bare, "three", implement("three", None))
    said = hooks.ask("deliver", message=MESSAGE)
    assert (asked, said) == (["three", "two"], [hooks.HookResult("two", True)])
    assert hooks.listeners("deliver")[0] == "notifications"


def test_an_implementation_may_take_fewer_arguments(bare, plug):
    def panels(member, colour="red"):
        yield Panel(f"{member} {colour}", "x.html")

    plug(bare, "probe", panels)
    said = hooks.ask("panels", subject=1, member=None)
    assert [item.value.title for item in said] == ["None red"]


# Failures ---------------------------------------------------------------------------------

LINK = Link("Here", "/here")


def raises(member):
    raise RuntimeError("tea is cold")


def leaves(member):
    raise SystemExit(3)


def returns_nonsense(member):
    return ["not a link"]


def returns_no_iterable(member):
    return 7


def returns_too_many(member):
    return (LINK for _ in range(1001))


def never_ends(member):
    while True:
        yield LINK


def fails_late(member):
    yield LINK
    raise RuntimeError("tea is cold")


BAD = [
    raises,
    leaves,
    returns_nonsense,
    returns_no_iterable,
    returns_too_many,
    never_ends,
    fails_late,
]


def named(name, function):
    """Return the function under the name of a hook, with that hook's arguments."""
    spec = getattr(hooks_of(), name)
    arguments = spec.__code__.co_varnames[: spec.__code__.co_argcount]
    scope = {"function": function}
    exec(  # noqa: S102 - the function needs the hook's own arguments
        f"def {name}({', '.join(arguments)}):\n    return function(None)", scope
    )
    return scope[name]


def function_named(name, function):
    """Return a function of one argument under the name of a hook."""
    function.__name__ = name
    return function


@pytest.mark.parametrize("bad", BAD, ids=lambda function: function.__name__)
@pytest.mark.parametrize("position", [0, 1, 2])
def test_neighbours_of_a_failing_plugin_still_answer(bare, plug, bad, position):
    def good(member):
        return [LINK]

    behaviours = [good, good]
    behaviours.insert(position, bad)
    for number, behaviour in enumerate(behaviours):
        plug(bare, f"plugin{number}", named("navigation_links", behaviour))
    said = [one for one in hooks.ask("navigation_links", member=None) if one.value == LINK]
    assert [one.plugin for one in said] == [f"plugin{n}" for n in range(3) if n != position]
    counter = bare.registry.counters[f"plugin{position}", "navigation_links"]
    assert counter.calls == 1
    assert counter.last_error


@pytest.mark.parametrize("bad", BAD, ids=lambda function: function.__name__)
def test_deny_counts_as_refusal(bare, plug, bad):
    policy.POLICY.get().add([Rule("bad.drink", "anyone")])
    assert policy.allowed(None, "bad.drink")
    plug(bare, "bad", named("may", bad), named("accept_remote_offer", bad))
    assert not policy.allowed(None, "bad.drink")
    said = hooks.ask("accept_remote_offer", offer=None, peer="")
    assert [one.value for one in said] == [False]


OFFERS = [{"offer": number, "peer": "https://hub.example"} for number in range(4)]


def odd_one_fails(offer):
    if offer == 1:
        raise RuntimeError("tea is cold")
    return offer != 2


def test_a_batch_is_answered_like_single_questions(bare, plug):
    plug(bare, "quiet", named("accept_remote_offer", lambda _: None))
    plug(bare, "odd", function_named("accept_remote_offer", odd_one_fails))
    plug(bare, "whole", named("accept_remote_offer", lambda _: True))
    batch = hooks.ask_batch("accept_remote_offer", OFFERS)
    assert batch == [hooks.ask("accept_remote_offer", **one) for one in OFFERS]
    assert [[one.value for one in said] for said in batch] == [
        [True, True],
        [False, True],
        [False, True],
        [True, True],
    ]
    assert hook_calls.current_plugin.get() == "entraide"
    assert bare.registry.counters["whole", "accept_remote_offer"].calls == 2 * len(OFFERS)


def test_a_batch_counts_its_calls_once_and_rests_with_its_hook(bare, plug):
    plug(bare, "bad", named("panels", raises))
    subjects = [{"subject": number, "member": None} for number in range(7)]
    with runtime.activate(bare):
        assert hooks.ask_batch("panels", subjects) == [[]] * 7
        assert hooks.ask_batch("panels", subjects) == [[]] * 7
    counter = bare.registry.counters["bad", "panels"]
    assert counter.suspended_until
    # The batch itself, then one question each until the breaker fell.
    assert counter.calls == 7 + hook_failures.FAILURES


def test_a_batch_of_a_hook_that_writes_is_refused(bare):
    with pytest.raises(ValueError, match="on_event may write"):
        hooks.ask_batch("on_event", [])


def test_a_batch_cannot_end_the_transaction(bare, plug):
    def accept_remote_offer(offer):
        databases.session().rollback()

    plug(bare, "bad", accept_remote_offer)
    with databases.writing() as session:
        audit.record(session, actor=None, action="tea.drink", subject="x")
        with pytest.raises(EndedTransaction):
            hooks.ask_batch("accept_remote_offer", OFFERS)


def test_deny_of_problems_is_a_problem_in_words(bare, plug):
    bare.kinds["tea"] = replace(TEA, plugin="bad")
    plug(bare, "bad", named("problems", raises))
    # What is of no kind of its own is none of its business.
    offers.check_problems(SimpleNamespace(kind="outing"))
    with pytest.raises(BadInput) as caught:
        offers.check_problems(SimpleNamespace(kind="tea"))
    assert list(caught.value.errors) == ["title"]


def test_a_deny_hook_that_fails_too_often_rests_and_still_refuses(bare, plug, capsys):
    plug(bare, "bad", named("may", raises))
    policy.POLICY.get().add([Rule("bad.drink", "anyone")])
    for _ in range(7):
        assert not policy.allowed(None, "bad.drink")
    assert bare.registry.counters["bad", "may"].calls == hook_failures.FAILURES
    assert hooks.is_suspended("bad", "may")
    [alarm] = hook_failures.alarms()
    assert (alarm.plugin, alarm.hook, alarm.is_recent) == ("bad", "may", True)
    assert "failed too often" in alarm.words
    assert "RuntimeError" in alarm.words
    assert ", line 2)" in alarm.words
    assert "tea is cold" not in alarm.words
    [line] = [line for line in status.describe() if "bad, may" in line.words]
    assert line.is_wrong
    output = capsys.readouterr().out
    assert output.count("Traceback") == 1
    assert "hook-suspended" in output
    assert "file=" in output
    assert "line=" in output
    bare.clock.advance(timedelta(days=1))
    assert not hook_failures.alarms()[0].is_recent


def test_a_slow_hook_is_named_and_rests_when_that_goes_on(bare, plug, capsys):
    bare.registry.slow_seconds = 0.0
    plug(bare, "slow", named("panels", lambda _: []), named("may", lambda _: None))
    with runtime.activate(bare):
        for _ in range(7):
            hooks.ask_plugin("slow", "panels", subject=None, member=None)
            hooks.ask_plugin("slow", "may", member=None, action="slow.tea", subject=None)
    counters = bare.registry.counters
    assert counters["slow", "panels"].calls == hook_failures.FAILURES
    # What decides is not left out because it is slow: it would refuse everybody.
    assert counters["slow", "may"].calls == counters["slow", "may"].slow_calls == 7
    output = capsys.readouterr().out
    assert output.count("hook-slow") == 2
    assert "milliseconds=" in output
    assert {"panels", "may"} == {alarm.hook for alarm in hook_failures.alarms()}


def test_many_calls_of_one_page_are_counted_together(bare, plug, monkeypatch, capsys):
    monkeypatch.setattr(hook_failures, "PAGE_SECONDS", 0.0)
    plug(bare, "slow", named("panels", lambda _: []))
    hooks.ask_plugin("slow", "panels", subject=None, member=None)
    assert "hook-slow" not in capsys.readouterr().out
    with hook_failures.one_page():
        hooks.ask_plugin("slow", "panels", subject=None, member=None)
    assert "hook-slow" in capsys.readouterr().out


def test_alarms_that_cannot_be_written_or_read_hurt_nobody(bare, plug):
    folder = bare.settings.state / "alarms"
    folder.mkdir(parents=True)
    whole = '{"plugin": "bad", "hook": "may", "words": "w", "at": %s}'
    for odd in ("{}", "[]", "", "\0", *(whole % at for at in ('"x"', "1e300", "-1e14", "null"))):
        (folder / "odd.json").write_text(odd)
        assert hook_failures.alarms() == []
    (folder / "odd.json").unlink()
    folder.rmdir()
    folder.write_text("")
    hook_failures.raise_alarm("bad", "may", "words")
    assert hook_failures.alarms() == []


def test_next_asks_the_next_plugin(bare, plug):
    plug(bare, "good", named("deliver", lambda _: True))
    plug(bare, "bad", named("deliver", raises))
    assert hooks.ask("deliver", message=MESSAGE) == [hooks.HookResult("good", True)]


def test_retry_and_block_raise_with_the_cause(bare, plug, monkeypatch):
    plug(bare, "bad", named("on_event", raises))
    with pytest.raises(HookFailed, match=r"bad failed in on_event: RuntimeError: tea is cold"):
        hooks.ask_plugin("bad", "on_event", event=None, key="k")
    blocking = hooks.POLICIES | {"may": hooks.HookPolicy("block", bool, is_iterable=False)}
    monkeypatch.setattr(hooks, "POLICIES", blocking)
    plug(bare, "worse", named("may", raises))
    with pytest.raises(HookFailed) as caught:
        hooks.ask("may", member=None, action="x", subject=None)
    assert isinstance(caught.value.__cause__, RuntimeError)


@pytest.mark.parametrize("hook", sorted(POLICIES))
def test_strict_raises_everything(bare, plug, hook, monkeypatch):
    monkeypatch.setenv("ENTRAIDE_STRICT", "1")
    plug(bare, "bad", named(hook, raises))
    names = inspect.signature(getattr(hookspecs, hook)).parameters
    with pytest.raises(RuntimeError, match="tea is cold"):
        hooks.ask_plugin("bad", hook, **dict.fromkeys(names))


def test_breaker_rests_a_failing_hook_for_fifteen_minutes(bare, plug):
    plug(bare, "bad", named("navigation_links", raises), named("panels", raises))
    counter = bare.registry.counters["bad", "navigation_links"]
    with runtime.activate(bare):
        for _ in range(4):
            hooks.ask("navigation_links", member=None)
        bare.clock.advance(timedelta(minutes=10, seconds=1))
        hooks.ask("navigation_links", member=None)
        hooks.ask("navigation_links", member=None)
        assert counter.calls == 6
        for _ in range(5):
            hooks.ask("navigation_links", member=None)
        assert counter.calls == 9
        bare.clock.advance(timedelta(minutes=14, seconds=59))
        hooks.ask("navigation_links", member=None)
        assert counter.calls == 9
        hooks.ask("panels", subject=None, member=None)
        assert bare.registry.counters["bad", "panels"].calls == 1
        bare.clock.advance(timedelta(seconds=1))
        hooks.ask("navigation_links", member=None)
        assert counter.calls == 10


def test_current_plugin_is_set_while_it_is_asked(bare, plug):
    seen = []

    def navigation_links(member):
        seen.append(hook_calls.current_plugin.get())

    plug(bare, "probe", navigation_links)
    hooks.ask("navigation_links", member=None)
    assert (seen, hook_calls.current_plugin.get()) == (["probe"], "entraide")


def test_two_sites_in_one_process_do_not_share_plugins(bare, plug, tmp_path, templates):
    other = open_site(tmp_path, templates, name="other-site")
    plug(bare, "probe", named("navigation_links", lambda _: [LINK]))
    with runtime.activate(other):
        assert "probe" not in hooks.listeners("navigation_links")
    assert "probe" in hooks.listeners("navigation_links")
    other.database.close()


def test_blueprints_are_checked_by_type(bare, plug):
    plug(bare, "probe", named("register_blueprints", lambda _: [Blueprint("a", "b")]))
    plug(bare, "wrong", named("register_blueprints", lambda _: [permission]))
    assert hooks.ask_plugin("probe", "register_blueprints")[0].plugin == "probe"
    with pytest.raises(HookFailed, match="returned function, expected Blueprint"):
        hooks.ask_plugin("wrong", "register_blueprints")
    assert ApiResource(ApiBlueprint("x", "y"))


@pytest.mark.parametrize(("variable", "is_traced"), [("1", True), ("0", False)])
def test_a_trace_tells_each_call_with_its_outcome(
    lenient, make_site, plug, monkeypatch, capsys, variable, is_traced
):
    monkeypatch.setenv("ENTRAIDE_TRACE_HOOKS", variable)
    site = make_site()

    def navigation_links(member):
        raise ValueError("cold")

    plug(site, "tea", navigation_links)
    capsys.readouterr()
    with runtime.activate(site):
        hooks.ask("navigation_links", member=None)
    lines = [line for line in capsys.readouterr().out.splitlines() if "hook-called" in line]
    assert bool(lines) is is_traced
    if is_traced:
        assert any("tea" in line and "ValueError" in line for line in lines)
        assert any("directory" in line and "answered" in line for line in lines)
        assert all("milliseconds" in line for line in lines)
