"""Variables of the environment: what they replace, how their text is read, which are unknown."""

from __future__ import annotations

import pytest

from entraide.config.environment import ELSEWHERE, VARIABLES, apply_environment
from entraide.config.key_positions import KeyPosition
from entraide.config.sources import Tree

PLUGINS = ("federation", "fed", "town_walks")


def applied(folder, environment, values=None):
    tree = Tree(values=values or {})
    apply_environment(tree, environment, folder, PLUGINS)
    return tree


@pytest.mark.parametrize("variable", VARIABLES)
def test_each_variable_replaces_its_setting_and_is_its_place(tmp_path, variable):
    table, key = VARIABLES[variable]
    before = {table: {key: "from the file", "beside": 1}}
    tree = applied(tmp_path, {variable: "12"}, before)
    expected = 12 if key == "port" else True if key == "development" else "12"
    if key == "development":
        tree = applied(tmp_path, {variable: "1"}, before)
    assert tree.values == {table: {key: expected, "beside": 1}}
    assert tree.key_positions == {(table, key): KeyPosition(variable)}
    assert tree.mistakes == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", True),
        ("true", True),
        ("TRUE", True),
        ("Yes", True),
        ("0", False),
        ("false", False),
        ("No", False),
        ("on", "on"),
        ("2", "2"),
        (" 1", " 1"),
    ],
)
def test_a_switch_is_read_in_a_few_spellings_and_the_rest_is_left_to_the_check(
    tmp_path, text, value
):
    tree = applied(tmp_path, {"ENTRAIDE_DEVELOPMENT": text})
    assert tree.values == {"site": {"development": value}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8100", 8100),
        ("0", 0),
        ("999999999", 999999999),
        ("9999999999", "9999999999"),
        ("-1", "-1"),
        ("80.0", "80.0"),
        ("٨٠", "٨٠"),
        ("8_100", "8_100"),
        (" 80", " 80"),
    ],
)
def test_a_port_is_digits_and_the_rest_is_left_to_the_check(tmp_path, text, value):
    assert applied(tmp_path, {"ENTRAIDE_PORT": text}).values == {"server": {"port": value}}


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"PATH": "/bin", "HOME": "/"},
        {"ENTRAIDE_PORT": ""},
        {"ENTRAIDE_NOTHING_LIKE_IT": ""},
        {"ENTRAIDE_TEST_POSTGRESQL": "x", "ENTRAIDE_TEST_": "x"},
        dict.fromkeys(ELSEWHERE, "x"),
        {"entraide_port": "1", "MY_ENTRAIDE_PORT": "1"},
        {"ENTRAIDE": "1"},
    ],
)
def test_what_is_empty_of_others_or_read_elsewhere_changes_nothing(tmp_path, environment):
    tree = applied(tmp_path, environment)
    assert (tree.values, tree.key_positions, tree.mistakes) == ({}, {}, [])


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("ENTRAIDE_PROT", "Did you mean ENTRAIDE_PORT?"),
        ("ENTRAIDE_BASEURL", "Did you mean ENTRAIDE_BASE_URL?"),
        ("ENTRAIDE_STRCIT", "Did you mean ENTRAIDE_STRICT?"),
        ("ENTRAIDE_FEDERATION_", "Did you mean ENTRAIDE_FEDERATION_…?"),
        ("ENTRAIDE_FEDERATOIN_PEERS", "Did you mean ENTRAIDE_FEDERATION_…?"),
        ("ENTRAIDE_", "Known: ENTRAIDE_BASE_URL, "),
        ("ENTRAIDE_XYZXYZXYZ", "ENTRAIDE_TOWN_WALKS_…"),
    ],
)
def test_an_unknown_variable_is_a_mistake_with_the_likely_one(tmp_path, variable, words):
    (mistake,) = applied(tmp_path, {variable: "1"}).mistakes
    assert mistake.startswith(f"{variable}: there is no such variable.")
    assert words in mistake
    assert mistake.endswith("Otherwise unset it.")


@pytest.mark.parametrize(
    ("variable", "plugin", "key"),
    [
        ("ENTRAIDE_FEDERATION_ROLE", "federation", "role"),
        ("ENTRAIDE_FED_ERATION", "fed", "eration"),
        ("ENTRAIDE_FEDERATION_POLL_SECONDS", "federation", "poll_seconds"),
        ("ENTRAIDE_TOWN_WALKS_LENGTH", "town_walks", "length"),
    ],
)
def test_a_variable_belongs_to_the_plugin_with_the_longest_name(tmp_path, variable, plugin, key):
    tree = applied(tmp_path, {variable: "1"})
    assert tree.values == {"plugins": {plugin: {key: 1}}}
    assert tree.key_positions == {("plugins", plugin, key): KeyPosition(variable)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("1.5", 1.5),
        ("true", True),
        ('"text"', "text"),
        ("'x.toml '", "x.toml "),
        ("[1, 2]", [1, 2]),
        ('{a = "b"}', {"a": "b"}),
        ("1 # why", 1),
    ],
)
def test_a_value_of_a_plugin_is_read_as_toml(tmp_path, text, value):
    tree = applied(tmp_path, {"ENTRAIDE_FEDERATION_ROLE": text})
    assert tree.values == {"plugins": {"federation": {"role": value}}}


@pytest.mark.parametrize(
    "text", ["hub", "1\n[site]\nname = 'x'", "1\nvalue2 = 1", "[", "{", "[" * 3000, "9" * 5000]
)
def test_what_is_no_single_value_replaces_nothing(tmp_path, text):
    before = {"plugins": {"federation": {"role": "site"}}}
    tree = applied(tmp_path, {"ENTRAIDE_FEDERATION_ROLE": text}, before)
    assert tree.values == {"plugins": {"federation": {"role": "site"}}}
    (mistake,) = tree.mistakes
    assert "neither a .toml file nor a TOML value" in mistake
    assert mistake.endswith("or ENTRAIDE_FEDERATION_ROLE=12.")


def test_a_file_gives_its_key_and_nothing_else_of_it(tmp_path):
    (tmp_path / "more.toml").write_text('role = "hub"\n[[peers]]\nbase = "x"\n[[peers]]\n')
    before = {"plugins": {"federation": {"role": "site", "peers": [1, 2, 3]}}}
    tree = applied(tmp_path, {"ENTRAIDE_FEDERATION_PEERS": "more.toml"}, before)
    assert tree.values["plugins"]["federation"] == {"role": "site", "peers": [{"base": "x"}, {}]}
    place = tree.key_positions["plugins", "federation", "peers", 0, "base"]
    assert str(place) == "more.toml, line 3"
    assert ("plugins", "federation", "role") not in tree.key_positions


def test_a_file_may_lie_anywhere(tmp_path):
    (tmp_path / "elsewhere.toml").write_text("role = 'hub'\n")
    given = str(tmp_path / "elsewhere.toml")
    tree = applied(tmp_path / "instance", {"ENTRAIDE_FEDERATION_ROLE": given})
    assert tree.values == {"plugins": {"federation": {"role": "hub"}}}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "more.toml: No such file or directory."),
        ("role = ", "more.toml, line 1: this is not TOML"),
        ("other = 1\n", "gives no role. Write [[role]] or role = … in it."),
        ("", "gives no role. Write [[role]] or role = … in it."),
    ],
)
def test_a_file_without_the_key_is_one_mistake(tmp_path, content, words):
    if content is not None:
        (tmp_path / "more.toml").write_text(content)
    tree = applied(tmp_path, {"ENTRAIDE_FEDERATION_ROLE": "more.toml"})
    (mistake,) = tree.mistakes
    assert words in mistake
    assert tree.values == {}
