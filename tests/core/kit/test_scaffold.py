"""A new plugin: its files, its names, what is refused, and that every tool takes them as they are."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from entraide.kit.catalogues import read, sources
from entraide.kit.commands import plugin
from entraide.kit.scaffold import CHOICES, CannotCreate, NewPlugin, create, files

ROOT = Path(__file__).parents[3]
TITLES = {"fr": "Outilthèque", "en": "Tool library"}


def made(folder, template="full", name="tools"):
    return create(NewPlugin(name, template, TITLES), folder)


def run(*command, cwd):
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("template", CHOICES)
@pytest.mark.parametrize("name", ["x", "tools"])
def test_the_tools_of_this_repository_take_it_as_it_is(tmp_path, template, name):
    folder = made(tmp_path, template, name)
    config = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    config += ["--config", f"src=['{ROOT / 'core'}', '{folder}']"]
    codes = ("ANN", "ARG", "D", "INP001", "PLR2004", "S101")
    ignored = [f"--extend-per-file-ignores=**/tests/**:{code}" for code in codes]
    linted = run("ruff", "check", *config, *ignored, str(folder), cwd=folder)
    assert linted.returncode == 0, linted.stdout
    shaped = run("ruff", "format", "--check", "--diff", *config, str(folder), cwd=folder)
    assert shaped.returncode == 0, shaped.stdout + shaped.stderr


@pytest.mark.parametrize("template", CHOICES)
def test_the_checker_of_types_takes_it_as_it_is(tmp_path, template):
    # In the workspace's own cache: the core is read once, and not at all after `make check`.
    folder = made(tmp_path, template)
    config = ["--config-file", str(ROOT / "pyproject.toml")]
    typed = run("mypy", *config, f"{folder}/entraide_tools", cwd=ROOT)
    assert typed.returncode == 0, typed.stdout


@pytest.mark.parametrize("template", CHOICES)
def test_nothing_of_the_sample_is_left_and_both_catalogues_are_complete(tmp_path, template):
    folder = made(tmp_path, template)
    texts = "\n".join(files(NewPlugin("tools", template, TITLES)).values())
    assert re.findall(r"toys|Toys|Jouets|DISTRIBUTION", texts) == []
    package = folder / "entraide_tools"
    for language in ("fr", "en"):
        spoken = read(package / "translations" / f"{language}.po")
        assert set(spoken) == set(sources(package))
        assert all(spoken.values())
    assert read(package / "translations" / "fr.po")["Tool library"] == "Outilthèque"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Tools", "a small letter"),
        ("to-ols", "a small letter"),
        ("é", "a small letter"),
        ("../evil", "a small letter"),
        ("", "a small letter"),
        ("a" * 32, "a small letter"),
        ("members", "part of the core"),
        ("entraide", "part of the core"),
    ],
)
def test_a_bad_name_is_refused_and_nothing_is_written(tmp_path, name, words):
    with pytest.raises(CannotCreate, match=words):
        made(tmp_path, name=name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("title", ["", " a", 'a"b', "a{b", "a<b", "a" * 61, "a%b"])
def test_a_title_that_would_end_a_string_is_refused(tmp_path, title):
    with pytest.raises(CannotCreate, match="--title-fr"):
        create(NewPlugin("tools", "kind", TITLES | {"fr": title}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists_is_left_alone(tmp_path):
    (tmp_path / "tools").mkdir()
    with pytest.raises(CannotCreate, match="exists already"):
        made(tmp_path)
    assert list((tmp_path / "tools").iterdir()) == []


def test_an_apostrophe_of_a_keyboard_is_typeset(tmp_path):
    arguments = ["new", "lifts", "--folder", str(tmp_path), "--title-fr", "Trajets vers l'hôpital"]
    result = CliRunner().invoke(plugin, arguments)
    assert result.exit_code == 0, result.output
    metadata = (tmp_path / "lifts" / "entraide_lifts" / "plugin.toml").read_text("utf-8")
    assert "Trajets vers l’hôpital" in metadata
