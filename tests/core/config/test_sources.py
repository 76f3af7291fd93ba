"""Files as they were written: one laid over the other, plugins' tables in both forms, no TOML."""

from __future__ import annotations

import tomllib

import pytest

from entraide.config.key_positions import KeyPosition, locate
from entraide.config.sources import (
    MAX_FILE_BYTES,
    Tree,
    explain_syntax,
    fold_plugin_tables,
    read_toml,
)


def laid(*texts):
    """Return the tree of some files, called a, b, ...; the later ones lie over the earlier."""
    tree = Tree()
    for name, text in zip("abc", texts, strict=False):
        tree.add(*fold_plugin_tables(tomllib.loads(text), locate(text, name), tree))
    return tree


@pytest.mark.parametrize(
    ("below", "above", "values"),
    [
        ("a = 1", "", {"a": 1}),
        ("[site]\na = 1\nb = 1", "[site]\nb = 2", {"site": {"a": 1, "b": 2}}),
        ("[site]\na = [1, 2]", "[site]\na = [3]", {"site": {"a": [3]}}),
        ("[site]\na = 1", "[site]\na = {x = 1}", {"site": {"a": {"x": 1}}}),
        ("[site]\na = {x = 1}", "[site]\na = 2", {"site": {"a": 2}}),
        ("[site.a]\nx = 1", "[site.a]\ny = 2", {"site": {"a": {"x": 1, "y": 2}}}),
        ("site = 3", "[site]\na = 1", {"site": {"a": 1}}),
    ],
)
def test_tables_are_merged_and_anything_else_is_replaced(below, above, values):
    # Top-level keys that are no table of the core go below `plugins`; these stay what they are.
    tree = laid(below, above)
    plugins = tree.values.pop("plugins", {})
    assert tree.values | plugins == values


def test_a_replaced_key_forgets_where_its_inside_was_written():
    tree = laid("[site]\na = [1, 2]\nb = 1\n", "\n\n[site]\na = [3]\n")
    assert tree.key_positions["site", "a"] == KeyPosition("b", 4)
    assert tree.key_positions["site", "a", 0] == KeyPosition("b", 4)
    assert ("site", "a", 1) not in tree.key_positions
    assert tree.key_positions["site", "b"] == KeyPosition("a", 3)
    assert tree.key_positions["site",] == KeyPosition("a", 1)


def test_the_later_file_may_use_the_other_form_of_a_plugins_table():
    tree = laid("[plugins.federation]\na = 1\nb = 1\n", "[federation]\nb = 2\n")
    assert tree.values == {"plugins": {"federation": {"a": 1, "b": 2}}}
    assert tree.mistakes == []
    assert tree.top_level == {"federation"}
    assert tree.key_positions["plugins", "federation", "b"] == KeyPosition("b", 2)


def test_both_forms_in_one_file_are_a_mistake_with_its_line():
    tree = laid("[plugins.federation]\na = 1\n\n[federation]\nb = 2\n")
    (mistake,) = tree.mistakes
    assert mistake.startswith("a, line 4, [federation]: the settings of federation are also in")


def test_tables_of_the_core_and_lists_of_plugins_stay_where_they_are():
    text = '[site]\nname = "x"\n[plugins]\nenabled = ["a"]\n[a]\nkey = 1\n'
    tree = laid(text)
    assert tree.values == {"site": {"name": "x"}, "plugins": {"enabled": ["a"], "a": {"key": 1}}}
    assert tree.key_positions["plugins", "a", "key"] == KeyPosition("a", 6)
    assert tree.top_level == {"a"}


def test_what_is_no_table_of_plugins_is_left_for_its_own_mistake():
    tree = laid("plugins = 3\n[a]\nkey = 1\n")
    assert tree.values == {"plugins": 3, "a": {"key": 1}}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\nb =\nc = 2\n", 2),
        ("a = 1\n\n\nb = yes\n", 4),
        ("a = 1\na = 2\n", 2),
        ("[t]\n[t]\n", 2),
        ("a = 'open\n", 1),
        ("a = '''open\n\n\n", 1),
        ("a = [1,\n2\n", 2),
        ("x", 1),
    ],
)
def test_text_that_is_no_toml_is_told_with_its_line(text, line):
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    sentence = explain_syntax(str(caught.value), "local.toml", text)
    assert sentence.startswith(f"local.toml, line {line}: this is not TOML (")
    assert "(at " not in sentence
    assert 'key = "text", key = 12 or key = true' in sentence


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a = '\xff'", "f.toml, line 1: not UTF-8 text."),
        (b"# \xc3\xa9\r\n\r\na = '\xc3'", "f.toml, line 3: not UTF-8 text."),
        (b"\xff\xfea\x00", "f.toml, line 1: not UTF-8 text."),
        (b"a = 1\0", "f.toml, line 1: this is not TOML"),
        (b"#" * (MAX_FILE_BYTES + 1), "f.toml: larger than 1000000 bytes. Is it the right file?"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_one_mistake_and_no_value(tmp_path, content, words):
    file, mistakes = tmp_path / "f.toml", []
    file.write_bytes(content)
    assert read_toml(file, mistakes) == ({}, {})
    (mistake,) = mistakes
    assert mistake.startswith(words)


@pytest.mark.parametrize(
    "content",
    [b"a = 1", b"\xef\xbb\xbfa = 1", b"a = 1\r\n", b"a = 1\n" + b"#" * (MAX_FILE_BYTES - 6)],
)
def test_marks_ends_of_lines_and_size_do_not_matter(tmp_path, content):
    file, mistakes = tmp_path / "f.toml", []
    file.write_bytes(content)
    values, key_positions = read_toml(file, mistakes)
    assert (values, mistakes) == ({"a": 1}, [])
    assert key_positions["a",] == KeyPosition("f.toml", 1)


def test_an_absent_file_is_told_with_its_whole_path(tmp_path):
    mistakes = []
    read_toml(tmp_path / "absent.toml", mistakes)
    (mistake,) = mistakes
    assert mistake.startswith(f"{tmp_path}/absent.toml: No such file or directory. Check the name")
