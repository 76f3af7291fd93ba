"""Icons that a plugin brings: drawn where its kinds and links stand, and checked before."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import EntryPoint

import pytest

from entraide import app as apps
from entraide import runtime
from entraide.plugins import loading
from entraide.plugins.icons import ICONS
from entraide.testing import browser
from entraide.web.pictograms import names, pictogram

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">{}</svg>'
BEAR = SVG.format('<title>Bear</title><g fill="none"><circle cx="12" cy="12" r="8"/></g>')
MODULE = '''"""A probe."""
from marshmallow import Schema

from entraide import Kind, Link, fields, hookimpl, public


class BearSchema(Schema):
    size = public(fields.Integer(), label="Size")


@hookimpl
def register_kinds():
    yield Kind("bear", "Bear", BearSchema, icon="{kind}")


@hookimpl
def navigation_links(member):
    yield Link("Bears", "/bears", icon="{link}")
'''


@pytest.fixture
def open_bears(make_site, monkeypatch, tmp_path):
    """Give a function that opens a site with a distribution that brings icons."""

    def open_with(files, kind="bear", link="bear"):
        package = tmp_path / "src" / "entraide_bears"
        (package / "icons").mkdir(parents=True)
        (package / "__init__.py").write_text(MODULE.format(kind=kind, link=link), "utf-8")
        for name, content in files.items():
            (package / "icons" / name).write_text(content, "utf-8")
        monkeypatch.syspath_prepend(package.parent)
        known = loading.entry_points
        point = EntryPoint("bears", "entraide_bears", "entraide")
        monkeypatch.setattr(loading, "entry_points", lambda group: [*known(group=group), point])
        importlib.invalidate_caches()
        return make_site(plugins=("bears",))

    monkeypatch.delenv("ENTRAIDE_STRICT", raising=False)
    yield open_with
    loading.forget_package("entraide_bears")
    sys.modules.pop("entraide_bears", None)


def test_its_own_icon_is_drawn_for_its_kind_and_its_link(open_bears):
    site = open_bears({"bear.svg": BEAR})
    assert site.registry.quarantined == {}
    assert site.kinds["bear"].icon == "bears/bear"
    with runtime.activate(site):
        assert "bears/bear" in names()
        drawn = pictogram("bears/bear")
        assert drawn.count("<circle") == 1
        assert "Bear" not in drawn
        page = browser(apps.create_app(site)).get("/find").text
    assert f'<a href="/bears">{drawn}Bears</a>' in page


def test_an_icon_of_the_core_needs_no_file(open_bears):
    site = open_bears({}, kind="equipment", link="people")
    assert site.registry.quarantined == {}
    assert site.kinds["bear"].icon == "equipment"
    assert ICONS.get(site) == {}


def test_a_kind_with_an_unknown_icon_is_set_aside_with_the_remedy(open_bears):
    site = open_bears({"bear.svg": BEAR}, kind="baer")
    message = site.registry.quarantined["bears"]
    for words in (
        "Plugin bears: ",
        "__init__.py, line ",
        "the kind 'bear' has icon='baer'",
        "'bear'?",
        "icons/baer.svg",
    ):
        assert words in message


def test_a_link_with_an_unknown_icon_gets_three_dots_and_a_line_in_the_log(open_bears, capsys):
    site = open_bears({"bear.svg": BEAR}, link="baer")
    with runtime.activate(site):
        page = browser(apps.create_app(site)).get("/find").text
        assert f'<a href="/bears">{pictogram("other")}Bears</a>' in page
        assert pictogram("nobody/knows") == pictogram("other")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("bear.png", "x", "is not called NAME.svg"),
        ("Bear.svg", BEAR, "is not called NAME.svg"),
        ("bear.svg", SVG.format("<!--" + "x" * 5000 + "-->"), "bytes"),
        ("bear.svg", "<svg", "unclosed token"),
        ("bear.svg", BEAR.replace("http://www.w3.org/2000/svg", "else"), "is no <svg>"),
        ("bear.svg", BEAR.replace("viewBox", "box"), "is no <svg>"),
        ("bear.svg", BEAR.replace("0 0 24 24", "a"), "is no <svg>"),
        ("bear.svg", SVG.format("<script>alert(1)</script>"), "has <script>"),
        ("bear.svg", SVG.format('<image href="https://far.example.org/a.png"/>'), "has <image>"),
        ("bear.svg", SVG.format('<use href="#a"/>'), "has <use>"),
        ("bear.svg", SVG.format('<path onclick="a()"/>'), "has the attribute onclick"),
        ("bear.svg", SVG.format('<path style="fill:url(#a)"/>'), "has the attribute style"),
        ("bear.svg", SVG.format('<path fill="#f00"/>'), "has fill='#f00'"),
        ("bear.svg", SVG.format('<path d="&quot;/>"/>'), "has d="),
        ("bear.svg", '<!DOCTYPE svg [<!ENTITY a "b">]>' + BEAR, "has a document type"),
    ],
)
def test_an_icon_that_could_do_harm_sets_the_plugin_aside(open_bears, name, content, words):
    site = open_bears({name: content})
    message = site.registry.quarantined["bears"]
    assert words in message
    assert f"icons/{name}" in message
    assert "Correct the file and start again." in message
    assert "bear" not in site.kinds
