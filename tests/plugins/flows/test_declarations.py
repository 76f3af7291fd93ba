"""What every first-party plugin of one kind ships: words, metadata, limits, a short file."""

import ast
import tomllib
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from marshmallow import fields, validate

from entraide import i18n
from entraide.fields import one_of, some_of

NAMES = ("sponsorship", "tutoring", "outings")
LONGEST_PLUGIN = 20


def folder_of(name):
    return Path(import_module(f"entraide_{name}").__file__).parent


def kind_of(name):
    return next(iter(import_module(f"entraide_{name}").register_kinds()))


def words_in_code(folder):
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_":
                yield node.args[0].value


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_word_is_translated_and_no_translation_is_left_over(name, language):
    with (folder_of(name) / "translations" / f"{language}.po").open("rb") as file:
        catalogue = {message.id: message.string for message in read_po(file) if message.id}
    assert set(catalogue) == set(words_in_code(folder_of(name)))
    assert [source for source, words in catalogue.items() if not words] == []


@pytest.mark.parametrize("name", NAMES)
def test_labels_change_with_the_language(name):
    kind = kind_of(name)
    with i18n.speaking("en"):
        english = [str(field.metadata["label"]) for field in kind.schema().fields.values()]
    with i18n.speaking("fr"):
        french = [str(field.metadata["label"]) for field in kind.schema().fields.values()]
    assert all(english)
    assert sum(one == other for one, other in zip(english, french, strict=True)) <= 1


def test_every_step_has_words():
    workflow = kind_of("outings").workflow
    steps = {step for exits in workflow.transitions.values() for step in exits}
    assert set(workflow.labels) == steps


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_marked_and_bounded(name):
    for field in kind_of(name).schema().fields.values():
        assert field.metadata["mark"]
        assert isinstance(field, fields.Boolean) or field.validators
        if isinstance(field, fields.List):
            assert field.validators[0].max == len(field.metadata["choices"])


@pytest.mark.parametrize("name", NAMES)
def test_the_metadata_says_what_it_is_in_both_languages(name):
    facts = tomllib.loads((folder_of(name) / "plugin.toml").read_text("utf-8"))
    assert set(facts["title"]) == set(facts["summary"]) == set(i18n.LANGUAGES)
    assert facts["api"] == ">=1.0,<2"


@pytest.mark.parametrize("name", NAMES)
def test_the_plugin_is_found_by_its_entry_point(name):
    (point,) = entry_points(group="entraide", name=name)
    assert point.value == f"entraide_{name}"


def test_a_plugin_that_only_adds_a_kind_stays_short():
    lines = (folder_of("tutoring") / "__init__.py").read_text("utf-8").splitlines()
    assert sum(bool(line.strip()) for line in lines) <= LONGEST_PLUGIN


def test_choices_bring_their_words_and_their_limits():
    choices = (("a", "First"), ("b", "Second"))
    one, some = one_of(choices, required=True), some_of(choices)
    assert one.required
    assert one.metadata["choices"] == some.metadata["choices"] == list(choices)
    assert isinstance(one.validators[0], validate.OneOf)
    assert some.deserialize(["b", "a"]) == ["b", "a"]
