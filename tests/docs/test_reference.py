"""The reference pages say what the code says: hooks, settings, commands, errors."""

from __future__ import annotations

import dataclasses
import re
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import get_args

import jinja2
import pytest

import generate
from entraide import Kind, classification, hookspecs
from entraide.app import create_app
from entraide.config.environment import ELSEWHERE, VARIABLES
from entraide.config.schema import InstanceSchema
from entraide.field_options import OPTIONS
from entraide.kit.scaffold import NewPlugin, create
from entraide.plugins.loading import forget_package
from reference_pages import attributes, commands, errors, kinds_and_marks, modules, settings
from reference_pages.words import SETTINGS, VARIABLES_ELSEWHERE

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return generate.pages()


@pytest.mark.parametrize(
    "page",
    [
        "hooks.md",
        "attributes.md",
        "events.md",
        "settings.md",
        "commands.md",
        "errors.md",
        "kinds-and-marks.md",
    ],
)
def test_page_is_up_to_date(written, page):
    assert (REFERENCE / page).read_text("utf-8") == written[page], "run: make docs"


def headings(page: str, level: int) -> list[str]:
    text = (REFERENCE / page).read_text("utf-8")
    return re.findall(rf"^{'#' * level} `([^`]+)`$", text, re.MULTILINE)


def test_every_hook_is_on_its_page_and_nothing_else():
    hooks = [name for name, value in vars(hookspecs).items() if hasattr(value, "entraide_spec")]
    assert headings("hooks.md", 3) == hooks


def test_every_key_is_on_the_page_of_settings():
    page = (REFERENCE / "settings.md").read_text("utf-8")
    for table, field in InstanceSchema().fields.items():
        section = page.partition(f"## `[{table}]`\n")[2].partition("\n## ")[0]
        assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(field.schema.fields)


def test_every_argument_and_option_is_on_the_page_of_kinds_and_marks(written):
    page = written[kinds_and_marks.PATH]
    kind, _, marks = page.partition("## Marks of fields")
    names = [part.name for part in dataclasses.fields(Kind) if part.name != "plugin"]
    assert re.findall(r"^\| `(\w+)` \|", kind, re.MULTILINE) == names
    assert set(kinds_and_marks.KINDS) == set(names)
    assert re.findall(r"^\| `(\w+)` \|", marks, re.MULTILINE)[: len(OPTIONS)] == list(OPTIONS)
    assert set(kinds_and_marks.ERASURES) == set(get_args(classification.Erasure))


def test_every_word_about_settings_is_used():
    keys = {f"{name}.{key}" for name, schema in settings.tables().items() for key in schema.fields}
    assert set(SETTINGS) == keys
    assert set(VARIABLES_ELSEWHERE) == set(ELSEWHERE)


@pytest.mark.parametrize("variable", sorted({*VARIABLES, *ELSEWHERE}))
def test_every_variable_is_on_the_page_of_settings(variable):
    assert f"| `{variable}` |" in (REFERENCE / "settings.md").read_text("utf-8")


def test_every_command_is_on_its_page_and_nothing_else():
    assert headings("commands.md", 2) == [f"entraide {name}" for name in commands.commands()]


def test_the_option_that_names_the_instance_is_explained():
    page = (REFERENCE / "commands.md").read_text("utf-8")
    assert [name for name in commands.root_options() if name == "--instance"] != []
    assert "--instance" in page


def test_every_error_is_on_its_page_once():
    page = (REFERENCE / "errors.md").read_text("utf-8")
    listed = re.findall(r"\| `(\w+)`: ", page)
    assert sorted(listed) == sorted(error.__name__ for error in errors.errors())


def test_one_name_has_one_status_and_title():
    meanings: dict[tuple[str, str], set[tuple[int, str]]] = {}
    for error in errors.errors():
        if error.name != "internal":
            key = (error.namespace, error.name)
            meanings.setdefault(key, set()).add((error.status, error.title))
    assert {key: found for key, found in meanings.items() if len(found) > 1} == {}


@pytest.fixture
def stranger(tmp_path, monkeypatch):
    """A plugin of somebody else's, with settings and an error, installed beside the shipped ones."""
    titles = {"fr": "Outilthèque", "en": "Tool library"}
    folder = create(NewPlugin("tools", "full", titles), tmp_path)
    with (folder / "entraide_tools/rules.py").open("a", encoding="utf-8") as file:
        file.write(
            "\n\nfrom entraide import errors\n\nclass Lost(errors.EntraideError):\n    pass\n"
        )
    known, point = modules.entry_points, EntryPoint("tools", "entraide_tools", "entraide")
    monkeypatch.setattr(modules, "entry_points", lambda group: [*known(group=group), point])
    monkeypatch.syspath_prepend(folder)
    yield point.load()
    forget_package("entraide_tools")


def test_the_pages_speak_of_shipped_plugins_alone(stranger, written):
    assert hasattr(stranger, "register_settings")
    assert generate.pages() == written


def test_a_setting_without_words_is_asked_for(monkeypatch):
    monkeypatch.delitem(SETTINGS, "site.name")
    with pytest.raises(SystemExit, match=r'Add "site\.name" to SETTINGS'):
        settings.write()


def test_what_a_plugin_may_read_is_on_its_page():
    section = (REFERENCE / "attributes.md").read_text("utf-8")
    assert headings("attributes.md", 2) == [known.__name__ for known in attributes.READ]
    for words in ("`add_error(name, message)`", "`shown_name`", "`verify_by`", "`status`"):
        assert f"| {words} |" in section
    assert not [name for name in attributes.INTERNAL if f"`{name}`" in section]


def test_every_filter_of_pages_is_on_the_page_of_names(site):
    page = (REFERENCE / "public-names.md").read_text("utf-8")
    known = jinja2.Environment().filters  # noqa: S701 - its names are read, nothing is shown
    for name in set(create_app(site).jinja_env.filters) - set(known) - {"tojson"}:
        assert f"| `{name}` |" in page
