"""Pages lead somewhere: links, commands, targets of make, and the code of the tutorials."""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest

import entraide
from entraide import runtime
from entraide.plugins.files import one_file_plugins
from reference_pages import commands

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("plugins/*/README.md")])
LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]+)(?:#[^)]*)?\)")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    return [code for word, code in BLOCK.findall(page.read_text("utf-8")) if word == language]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_to_files(page):
    targets = [link for link in LINK.findall(page.read_text("utf-8")) if ":" not in link]
    assert [link for link in targets if not (page.parent / link).exists()] == []


def test_the_index_names_every_page():
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    pages = [page.relative_to(ROOT / "docs") for page in ROOT.glob("docs/*/*.md")]
    assert [page.as_posix() for page in pages if f"({page.as_posix()})" not in index] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_shell_blocks_name_commands_that_exist(page):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    known = commands.commands()
    for line in "".join(blocks(page, "sh")).splitlines():
        words = [word for word in shlex.split(line, comments=True) if "=" not in word]
        if words[:1] == ["make"]:
            assert set(words[1:]) <= set(targets), line
        elif words and words[0].rpartition("/")[2] == "entraide":
            rest = _without_instance(words[1:])
            assert any(rest[: len(one.split())] == one.split() for one in known), line


def _without_instance(words: list[str]) -> list[str]:
    return words[2:] if words[:1] in (["--instance"], ["-i"]) else words


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_toml_blocks_can_be_read(page):
    for code in blocks(page, "toml"):
        tomllib.loads(code)


def test_make_without_a_target_lists_every_target_of_the_readme():
    done = subprocess.run(
        ["/usr/bin/env", "make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for target in ("demo", "demo-reset", "demo-check", "test", "check", "bench", "docs"):
        assert f"make {target} " in done.stdout


def test_the_plugin_of_the_tutorial_works(make_site):
    code = blocks(ROOT / "docs" / "tutorial" / "first-plugin.md", "python")[0]
    site = make_site(toml="", plugins=("equipment",), files={"plugins/equipment.py": code})
    with runtime.activate(site):
        kind = site.kinds["equipment"]
        assert kind.federated
        assert str(kind.label) == "Prêt de matériel"
    assert dict(one_file_plugins(site.settings.plugins_folder)).keys() == {"equipment"}


def test_names_that_the_tutorial_imports_are_public():
    code = "".join(blocks(ROOT / "docs" / "tutorial" / "first-plugin.md", "python"))
    for line in re.findall(r"^from entraide import (.+)$", code, re.MULTILINE):
        assert set(re.split(r",\s*", line)) <= set(entraide.__all__)
