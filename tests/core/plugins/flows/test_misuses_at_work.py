"""Mistakes that show while a site runs, or in its settings: the page answers, and somebody is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from entraide import app as apps
from entraide import database, outbox, runtime
from entraide.cli import status
from entraide.errors import ConfigurationError
from entraide.events import OfferPublished
from entraide.ids import new_id
from entraide.testing import add_member, browser, log_in

from .one_file import HEAD, HERE, hook, pages, returned

LINKS = "navigation_links(member)"
PANELS = "panels(subject, member)"
WORKFLOW = """
from marshmallow import Schema
class Tea(Schema):
    leaf = public(String(), label="Leaf")
WORKFLOW = Workflow("open", {{"open": {{"end": "over"}}{more}}}, labels={labels})
@hookimpl  # here
def register_kinds():
    yield Kind("tea", "Tea", Tea, WORKFLOW)
"""
VIEW = '@pages.get("/x")\n@permission(None)\ndef look():\n    {0}  # here\n    return "x"'
SETTINGS = """
from marshmallow import Schema, validate
from entraide.fields import Integer
class Settings(Schema):
    days = Integer(validate=validate.Range(1, 30), load_default=7)
@hookimpl
def register_settings():
    return Settings
"""

CUPS = 'yield Link(_("%(n)s cups", m=1), "/probe/")'

# What is wrong, the source, the line of the log, what it says besides plugin (and file, line).
LOGGED = [
    (
        "a link to another site",
        hook('yield Link("Tea", "https://tea.example/")', LINKS),
        "link-left-out",
        "/probe/",
    ),
    (
        "a link in a scheme",
        hook('yield Link("Tea", "javascript:alert(1)")', LINKS),
        "link-left-out",
        "leads to a page of the site",
    ),
    (
        "a link with an unknown icon",
        hook('yield Link("Tea", "/probe/", icon="kettle")', LINKS),
        "icon-unknown",
        "take one of",
    ),
    (
        "a link without words",
        hook('yield Link(None, "/probe/")', LINKS),
        "hook-failed",
        "label=None is not",
    ),
    (
        "a link that is a text",
        returned('return "/probe/"', LINKS),
        "hook-failed",
        "returned str, expected Link",
    ),
    ("a hook that divides by nothing", hook("1 / 0", LINKS), "hook-failed", "division by zero"),
    ("a generator for a decision", hook("yield True", "may(member, action, subject)"), "", ""),
    (
        "a panel without a template",
        hook('yield Panel("Tea", "probe/none.html")', PANELS),
        "panel-failed",
        "TemplateNotFound",
    ),
    (
        "a panel that is a text",
        returned('return "Tea"', PANELS),
        "hook-failed",
        "returned str, expected Panel",
    ),
    (
        "words that ask for more than they get",
        f"_ = catalogue(__name__)\n{hook(CUPS, LINKS)}",
        "words-not-filled",
        "'n'",
    ),
    (
        "a state that no step reaches",
        WORKFLOW.format(more=', "lost": {"find": "open"}', labels="{}"),
        "kind-odd",
        "no step leads to the state 'lost'",
    ),
    (
        "words for no step",
        WORKFLOW.format(more="", labels='{"ende": "Ende"}'),
        "kind-odd",
        "labels words 'ende', which is no step",
    ),
    (
        "health in numbers",
        hook('yield Health("x", 3)', "health()"),
        "hook-failed",
        "words=3 is not",
    ),
]


@pytest.fixture
def open_probe(lenient, make_site):
    def open_site(source, **options):
        return make_site(plugins=("probe",), files={"plugins/probe.py": HEAD + source}, **options)

    return open_site


@pytest.mark.parametrize(
    ("source", "event", "words"), [case[1:] for case in LOGGED], ids=[case[0] for case in LOGGED]
)
def test_pages_answer_and_the_log_says_what_is_wrong(open_probe, as_reader, source, event, words):
    with capture_logs() as lines:
        site = open_probe(source)
        client = as_reader(site)
        assert [client.get(path).status_code for path in ("/", "/account")] == [200, 200]
        with runtime.activate(site):
            list(status.describe())
    told = [line for line in lines if event and line["event"] == event]
    assert bool(told) == bool(event)
    line = next(
        (number for number, row in enumerate((HEAD + source).split("\n"), 1) if HERE in row)
    )
    for said in told:
        assert words in str(said)
        if event == "words-not-filled":
            assert "probe" in str(said["package"])
            continue
        assert said["plugin"] == "probe"
        if said.get("line"):
            assert (Path(said["file"]).name, said["line"]) == ("probe.py", line)


@pytest.fixture
def as_reader():
    """Give the browser of a member of a site."""

    def enter(site):
        with runtime.activate(site), database.writing() as session:
            email = add_member(session, 1).email
        return log_in(browser(apps.create_app(site)), email)

    return enter


@pytest.mark.parametrize(
    "body",
    [
        "1 / 0",
        "raise SystemExit(2)",
        "raise __import__('asyncio').CancelledError",
        "return __import__('flask').render_template('probe/none.html')",
        "return None",
        "return 7",
    ],
)
def test_a_view_that_fails_is_an_error_of_its_own_page(open_probe, body):
    client = browser(apps.create_app(open_probe(pages(VIEW.format(body)))))
    assert [client.get(path).status_code for path in ("/probe/x", "/")] == [500, 200]


def test_an_event_that_a_plugin_cannot_hear_is_told_with_plugin_file_and_line(open_probe):
    site = open_probe(hook("1 / 0", "on_event(event)"))
    with runtime.activate(site):
        with database.writing() as session:
            outbox.record(session, OfferPublished(new_id()))
        outbox.deliver_pending()
        [line] = [row for row in status.describe() if "told again" in row.words]
    assert line.is_wrong
    assert "plugin probe: 1 events to be told again: probe failed in on_event" in line.words
    assert "plugins/probe.py, line 6" in line.words


REFUSED = [
    ("days = 99", "days", "less than or equal to 30. Write such a value."),
    ('days = "many"', "days", "whole number"),
    ("dayz = 3", "dayz", "days"),
]


@pytest.mark.parametrize(("row", "key", "words"), REFUSED)
def test_settings_that_are_wrong_are_told_with_their_line(open_probe, row, key, words):
    with pytest.raises(ConfigurationError) as refused:
        open_probe(SETTINGS, toml=f"[plugins.probe]\n{row}\n")
    said = str(refused.value)
    assert "instance.toml" in said
    assert "line 10" in said
    assert key in said
    assert words in said


@pytest.mark.parametrize("name", ["Équipement", "../evil", "My-Plugin", "tea.py", ""])
def test_a_name_that_no_plugin_can_have_is_told_with_its_line(make_site, name):
    with pytest.raises(ConfigurationError, match=r"instance.toml, line 8"):
        make_site(plugins=(name,))


def test_a_folder_beside_the_files_is_told_to_be_installed(lenient, make_site):
    site = make_site(plugins=("tea",), files={"plugins/tea/__init__.py": ""})
    assert "plugins/tea is a folder: install it" in site.registry.quarantined["tea"]
