"""Places of keys: the line on which each was written, and how people write its name."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entraide.config.key_positions import KeyPosition, KeyPositions, locate


def lines_of(text):
    return {path: place.line for path, place in locate(text, "instance.toml").items() if path}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", {}),
        ("# a remark alone", {}),
        ("a = 1", {("a",): 1}),
        ("\n\na = 1\n\nb = 2\n", {("a",): 3, ("b",): 5}),
        ("a = 1\r\nb = 2\r\n", {("a",): 1, ("b",): 2}),
        ("[t]\na = 1\n", {("t",): 1, ("t", "a"): 2}),
        ("[t.u]\na = 1\n", {("t",): 1, ("t", "u"): 1, ("t", "u", "a"): 2}),
        ("t.u.a = 1\n", {("t",): 1, ("t", "u"): 1, ("t", "u", "a"): 1}),
        ("[t.u]\n[t]\na = 1\n", {("t",): 1, ("t", "u"): 1, ("t", "a"): 3}),
        ('["a.b"]\n"c d" = 1\n', {("a.b",): 1, ("a.b", "c d"): 2}),
        (
            "a = [\n  1,\n  2, # ]\n]\nb = 3\n",
            {("a",): 1, ("a", 0): 1, ("a", 1): 1, ("b",): 5},
        ),
        ('a = """\nb = 1\n[t]\n"""\nc = 2\n', {("a",): 1, ("c",): 5}),
        ("a = '''\n]\n\"\"\"\n'''\nc = 2\n", {("a",): 1, ("c",): 5}),
        ("a = {b = [1], c = 2}\n", {("a",): 1, ("a", "b"): 1, ("a", "b", 0): 1, ("a", "c"): 1}),
        (
            "[[p]]\na = 1\n[[p]]\na = 2\n",
            {("p",): 1, ("p", 0): 1, ("p", 0, "a"): 2, ("p", 1): 3, ("p", 1, "a"): 4},
        ),
        (
            "[[p]]\n[[p.q]]\na = 1\n[[p.q]]\n[[p]]\n[p.r]\nb = 1\n",
            {
                ("p",): 1,
                ("p", 0): 1,
                ("p", 0, "q"): 2,
                ("p", 0, "q", 0): 2,
                ("p", 0, "q", 0, "a"): 3,
                ("p", 0, "q", 1): 4,
                ("p", 1): 5,
                ("p", 1, "r"): 6,
                ("p", 1, "r", "b"): 7,
            },
        ),
        ("a = '#[x]' # [y]\n[t] # = 1\n", {("a",): 1, ("t",): 2}),
    ],
)
def test_every_key_has_its_line(text, lines):
    assert lines_of(text) == lines


NAMES = st.sampled_from(["a", "b", "long-name", '"with space"', '"x]"'])
VALUES = st.sampled_from(
    ["1", "true", '"text"', "'[t]'", "[\n1,\n[2],\n]", '"""\n= 3\n"""', "{x = 1, y = [2]}", "[]"]
)


@given(st.lists(st.tuples(NAMES, VALUES), unique_by=lambda pair: pair[0], max_size=5), NAMES)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_key_stands_on_the_line_of_its_place(pairs, table):
    text = f"[{table}]\n" + "".join(f"{name} = {value}\n" for name, value in pairs)
    rows = text.splitlines()
    (inside,) = tomllib.loads(text).values()
    lines = lines_of(text)
    for name in inside:
        line = lines[next(iter(tomllib.loads(text))), name]
        assert rows[line - 1].strip('"').startswith(name)


POSITIONS = KeyPositions(
    {
        (): KeyPosition("instance.toml", 1),
        ("site",): KeyPosition("instance.toml", 3),
        ("site", "name"): KeyPosition("local.toml", 7),
        ("server", "port"): KeyPosition("ENTRAIDE_PORT"),
    },
    frozenset({"federation"}),
)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("site", "name"), "local.toml, line 7"),
        (("site", "name", 3, "x"), "local.toml, line 7"),
        (("site", "phone"), "instance.toml, line 3"),
        (("server", "port"), "ENTRAIDE_PORT"),
        (("server",), "instance.toml, line 1"),
        (("nowhere", "at", "all"), "instance.toml, line 1"),
        ((), "instance.toml, line 1"),
    ],
)
def test_what_was_not_written_is_at_the_nearest_table_around_it(path, place):
    assert str(POSITIONS.find(path)) == place


def test_without_any_file_the_first_line_is_meant():
    assert str(KeyPositions({}).find(("site", "name"))) == "instance.toml, line 1"


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ((), "[]"),
        (("site",), "[site]"),
        (("site", "name"), "[site] name"),
        (("site", "territory", 0), "[site] territory 1"),
        (("site", "districts", "Lille Sud"), "[site.districts] Lille Sud"),
        (("plugins", "enabled"), "[plugins] enabled"),
        (("plugins", "enabled", 1), "[plugins] enabled 2"),
        (("plugins", "disabled"), "[plugins] disabled"),
        (("plugins", "tutoring"), "[plugins.tutoring]"),
        (("plugins", "tutoring", "levels"), "[plugins.tutoring] levels"),
        (("plugins", "tutoring", "levels", 2), "[plugins.tutoring] levels 3"),
        (("plugins", "federation"), "[federation]"),
        (("plugins", "federation", "role"), "[federation] role"),
        (("plugins", "federation", "peers", 0), "[federation] peers 1"),
        (("plugins", "federation", "peers", 1, "base"), "[[federation.peers]] 2, base"),
        (
            ("plugins", "federation", "peers", 1, "pins", 0, "key"),
            "[[federation.peers.pins]] 2 1, key",
        ),
    ],
)
def test_keys_are_named_as_people_write_them(path, label):
    assert POSITIONS.label(path) == label
