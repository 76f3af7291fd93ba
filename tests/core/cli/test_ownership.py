"""Commands that root runs on a site of somebody else leave nothing that its service cannot use."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from entraide.cli import entraide
from entraide.cli.ownership import handing_over

SITE = '[site]\nname = "Site Exemple"\nbase_url = "https://site.example"\nterritory = ["58079"]\n'
SERVICE = 54321
"""A user id that nobody has here."""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def folder(monkeypatch):
    with tempfile.TemporaryDirectory() as parent:
        monkeypatch.setenv("XDG_CACHE_HOME", f"{parent}/cache")
        monkeypatch.delenv("ENTRAIDE_INSTANCE", raising=False)
        site = Path(parent) / "site"
        site.mkdir()
        (site / "instance.toml").write_text(SITE)
        os.chown(site, SERVICE, SERVICE)
        yield site


def run(folder, *arguments):
    result = CliRunner().invoke(entraide, ["-i", str(folder), *arguments])
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def owners(folder):
    return {path.lstat().st_uid for path in (folder / "state", *(folder / "state").rglob("*"))}


@pytest.mark.parametrize(
    "command", [("search", "rebuild"), ("migrate",), ("status",), ("members", "add", "a@b.example")]
)
def test_what_root_makes_belongs_to_the_owner_of_the_site(folder, command):
    run(folder, "init", "--unattended")
    assert owners(folder) == {SERVICE}
    run(folder, *command)
    assert owners(folder) == {SERVICE}


def test_an_empty_site_has_no_rows_and_no_worker_that_rebuilds(folder):
    run(folder, "init", "--unattended")
    assert run(folder, "search", "rebuild") == "0 rows indexed.\n"


def test_a_command_that_fails_hands_over_too(folder):
    state = folder / "state"
    state.mkdir()
    os.chown(state, SERVICE, SERVICE)

    def fail():
        with handing_over(state, folder):
            (state / "half").touch()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert owners(folder) == {SERVICE}


def test_a_file_with_a_second_name_elsewhere_is_not_given_away(folder):
    state, elsewhere = folder / "state", folder.parent / "shadow"
    state.mkdir()
    os.chown(state, SERVICE, SERVICE)
    elsewhere.write_text("secret")
    with handing_over(state, folder):
        (state / "link").hardlink_to(elsewhere)
        (state / "pointer").symlink_to(elsewhere)
    assert elsewhere.stat().st_uid == 0
    assert (state / "pointer").lstat().st_uid == SERVICE


def test_a_site_of_root_stays_with_root(folder):
    os.chown(folder, 0, 0)
    run(folder, "init", "--unattended")
    assert owners(folder) == {0}
