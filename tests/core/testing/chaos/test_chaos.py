"""Every hook misbehaves in every way that makes sense for it, and the site stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from entraide import app as apps
from entraide import hook_failures, hookspecs, runtime
from entraide.hook_policies import POLICIES
from entraide.kinds import Badge, Health, Job, Kind, Link, Panel, Problem
from entraide.plugins import loading
from entraide.testing import browser, chaos
from entraide.testing.chaos.verdicts import Case, Seen, mistakes_in


@pytest.mark.parametrize("hook", chaos.hooks())
def test_the_site_stands_whatever_a_hook_does(site, hook):
    tried = [
        (hook, fault)
        for asked, fault in chaos.cases()
        if asked == hook and (site.database.is_sqlite or chaos.FAULTS[fault].is_about_rows)
    ]
    assert tried
    chaos.assert_contained(site, tried=tried)


def test_a_plugin_of_the_site_is_broken_in_the_same_ways(make_site):
    site = make_site(plugins=("tutoring",))
    tried = [("register_kinds", "raises"), ("navigation_links", "odd_parts"), ("may", "true")]
    chaos.assert_contained(site, "tutoring", pages=["/organisations"], tried=tried)
    assert site.registry.quarantined == {}
    with pytest.raises(LookupError, match="'tutorign' does not run"):
        chaos.assert_contained(site, "tutorign")


AT_THE_START = [hook for hook in chaos.hooks() if POLICIES[hook].failure == "quarantine"]


@pytest.mark.parametrize("fault", chaos.FAULTS)
def test_a_site_starts_with_a_plugin_for_each_hook_that_misbehaves(
    lenient, make_site, monkeypatch, capsys, fault
):
    monkeypatch.setattr(hook_failures, "SLOW_SECONDS", 0.0001)
    odd = {f"odd{n}": hook for n, hook in enumerate(AT_THE_START) if (hook, fault) in chaos.cases()}
    files = {f"plugins/{name}.py": chaos.source(hook, fault, name) for name, hook in odd.items()}
    files["plugins/whole.py"] = '"""Well-behaved."""\n'
    site = make_site(plugins=(*odd, "whole"), files=files)
    assert browser(apps.create_app(site)).get("/").status_code == 200
    apps.jobs_of(site)
    with runtime.activate(site):
        loading.collect(site.registry, "register_commands")
    rests = odd if chaos.FAULTS[fault].outcome(POLICIES["register_kinds"]) == "fails" else ()
    assert set(site.registry.quarantined) == set(rests)
    log = capsys.readouterr().out
    for name in rests:
        assert f"plugins/{name}.py, line " in site.registry.quarantined[name]
        assert re.search(rf"hook-failed.* plugin={name}\b", re.sub(r"\x1b\[\d*m", "", log))
    assert "whole" in site.registry.modules


def test_hooks_are_those_of_the_specifications():
    assert set(chaos.hooks()) == set(POLICIES)
    assert {hook for hook, _ in chaos.cases()} == set(POLICIES)


@pytest.mark.parametrize(
    ("hook", "fault", "words"),
    [
        ("on_event", "writes", "it may write"),
        ("deliver", "writes_apart", "it may write"),
        ("panels", "swallows_integrity", "refused before the database sees it"),
        ("register_commands", "odd_parts", "it returns Command, which has no parts"),
        ("on_event", "odd_parts", "it returns NoneType, which has no parts"),
    ],
)
def test_what_makes_no_sense_says_why(hook, fault, words):
    assert words in chaos.FAULTS[fault].why_not(POLICIES[hook])
    assert (hook, fault) not in chaos.cases()


def test_a_new_hook_is_covered_by_its_specification_alone(monkeypatch):
    monkeypatch.setattr(hookspecs, "suggest", hookspecs.panels, raising=False)
    monkeypatch.setitem(POLICIES, "suggest", POLICIES["panels"])
    assert ("suggest", "raises") in chaos.cases()
    assert "def suggest(subject, member):" in chaos.source("suggest", "raises")


@pytest.mark.parametrize("hook", chaos.hooks())
def test_there_is_a_good_answer_to_each_hook(hook):
    answer = chaos.example(hook, "tea")
    assert isinstance(answer, POLICIES[hook].returns)


def test_time_passes_for_a_site_with_its_own_timer(site, monkeypatch):
    monkeypatch.setattr(hook_failures, "SLOW_SECONDS", 0.0001)
    before = site.registry.timer()
    chaos.pass_time("panels")
    assert site.registry.timer() - before >= 0.002


def test_nothing_can_be_left_where_no_transaction_is_open(site):
    with pytest.raises(LookupError, match="no transaction is open"):
        chaos.leave_changes()


BEFORE = Seen(
    pages={"/": 200, "/odd/": 200},
    answers={("may", "before"): 1, ("may", "odd"): 1},
    doors={("a member", "toys.see", "nothing")},
)
PLACED = {"event": "hook-failed", "hook": "may", "plugin": "odd", "line": 1}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pages": {"/": 500}}, "/ answers 500 instead of 200"),
        ({"pages": {"/odd/": 503}}, ""),
        ({"answers": {("may", "before"): 0}}, "before gave 0 answers instead of 1"),
        ({"answers": {("may", "odd"): 0}}, "its failure was not taken for a refusal"),
        (
            {"doors": {("a visitor", "toys.keep", "an offer")}},
            "a visitor may toys.keep to an offer",
        ),
        ({"has_written": True}, "something that it wrote was kept"),
        ({"mistakes": ["lost"]}, "lost"),
        ({"lines": []}, "the log has no hook-failed of it"),
        ({"lines": [PLACED | {"file": "other.py"}]}, "names another place: other.py, line 1"),
        ({"lines": [PLACED | {"plugin": "other"}]}, "the log has no hook-failed of it"),
    ],
)
def test_what_does_not_hold_is_told(tmp_path, changes, words):
    path = tmp_path / "odd.py"
    path.write_text("raise\n")
    held = {"lines": [PLACED | {"file": str(path)}]}
    case = Case("odd", "may", "raises", path)
    told = list(mistakes_in(case, BEFORE, Seen(**(held | changes))))
    assert ([] if not words else [True]) == [words in sentence for sentence in told]


ODD = [
    (Link, {"label": None, "url": "/"}, "Link: label=None is not _("),
    (Link, {"label": "x", "url": None}, "Link: url=None is not a str"),
    (Link, {"label": "x", "url": "/", "order": "1"}, "order='1' is not a number"),
    (Panel, {"title": 3, "template": "x"}, "Panel: title=3"),
    (Panel, {"title": "x", "template": "x", "context": []}, "context=[] is not a dict"),
    (Badge, {"subject": None, "label": None}, "Badge: label=None"),
    (Problem, {"message": None}, "Problem: message=None"),
    (Health, {"name": "x", "words": "x", "stops": 1}, "stops=1 is not a bool"),
    (Job, {"name": "x.y", "function": None, "period": 1}, "function=None is not a function"),
]


@pytest.mark.parametrize(("declared", "parts", "words"), ODD)
def test_a_part_of_another_type_is_told_where_it_is_made(declared, parts, words):
    with pytest.raises(TypeError) as refused:
        declared(**parts)
    assert words in str(refused.value)


def test_a_kind_with_a_part_of_another_type_says_it_with_its_others():
    schema = chaos.example("register_kinds", "tea").schema
    with pytest.raises(ValueError, match=r"kind 'tea': label=None is not _\("):
        Kind("tea", None, schema)


def test_the_source_is_python_of_one_hook():
    for hook, fault in chaos.cases():
        text = chaos.source(hook, fault, "tea")
        compile(text, str(Path("tea.py")), "exec")
        assert f"def {hook}(" in text
