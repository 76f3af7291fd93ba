"""An address is for life: a start under another one changes nothing and tells the way back."""

import hashlib
import json
import sqlite3
from dataclasses import replace

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from entraide import database, runtime
from entraide.app import check_start, create_app
from entraide.cli import entraide, main
from entraide.errors import ConfigurationError
from entraide.testing import add_offer, add_organisation
from entraide_federation import commands
from entraide_federation.keys import address
from entraide_federation.publishing import publisher, sweeping
from entraide_federation.store.models import Origin, SignedObject

HERE = "https://site.example"
SITE = (
    f'[site]\nname = "Site Exemple"\nbase_url = "{HERE}"\nterritory = ["58079"]\n'
    '[plugins]\nenabled = ["federation"]\n'
)


@pytest.fixture
def folder(tmp_path, templates, monkeypatch):
    """A site that has been started once."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(templates.folder))
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "instance.toml").write_text(SITE)
    sheet = tmp_path / "sheet.txt"
    arguments = ["-i", str(tmp_path / "site"), "init", "--recovery-sheet", str(sheet)]
    assert CliRunner().invoke(entraide, arguments).exit_code == 0
    return tmp_path / "site"


@pytest.fixture
def words(folder, monkeypatch, capsys):
    """Run a command as from a shell; return its status and what it said."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["entraide", "-i", str(folder), *arguments])
        try:
            main()
        except SystemExit as end:
            told = capsys.readouterr()
            return end.code or 0, told.err + told.out
        told = capsys.readouterr()
        return 0, told.err + told.out

    return run


def contents(folder):
    """Return one hash over the rows, the keys and the settings of a site."""
    digest = hashlib.sha256()
    connection = sqlite3.connect(folder / "state" / "entraide.sqlite")
    for line in connection.iterdump():
        digest.update(line.encode())
    connection.close()
    for file in sorted([*folder.glob("*.toml"), *(folder / "state").rglob("*.key")]):
        digest.update(file.read_bytes())
    digest.update((folder / "state/federation/keyset.json").read_bytes())
    return digest.hexdigest()


COMMANDS = [
    ("serve",),
    ("worker",),
    ("migrate",),
    ("seed",),
    ("init", "--unattended"),
    ("federation", "init"),
    ("federation", "peers"),
    ("federation", "pull"),
    ("federation", "release", "https://peer.example"),
    ("federation", "heal"),
    ("federation", "renew", "SHEET"),
    ("federation", "suspend", "https://peer.example"),
    ("federation", "unsuspend", "https://peer.example"),
    ("federation", "hide", "x"),
    ("federation", "unhide", "x"),
]
ONLY_READING = {"check-sheet", "head", "verify"}
ELSEWHERE = ["https://www.site.example", "https://site.example.org", "https://other.example"]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nothing_starts_under_another_address(folder, words, monkeypatch, command):
    before = contents(folder)
    monkeypatch.setenv("ENTRAIDE_BASE_URL", ELSEWHERE[0])
    arguments = [str(folder.parent / "sheet.txt") if one == "SHEET" else one for one in command]
    status, told = words(*arguments)
    assert status == 1, told
    for part in (HERE, ELSEWHERE[0], "unset ENTRAIDE_BASE_URL", "cannot move yet"):
        assert part in told
    assert contents(folder) == before
    monkeypatch.delenv("ENTRAIDE_BASE_URL")
    assert words("migrate")[0] == 0, "the way back that was told"


def test_every_command_of_the_federation_that_writes_is_tried_above():
    tried = {command[1] for command in COMMANDS if command[0] == "federation"}
    assert {command.name for command in commands.COMMANDS} == tried | ONLY_READING


@pytest.mark.parametrize("base", ELSEWHERE)
def test_the_line_of_the_setting_is_told(folder, words, base):
    settings = folder / "instance.toml"
    settings.write_text(SITE.replace(HERE, base))
    status, told = words("migrate")
    assert status == 1
    assert (
        f"instance.toml, line 3, [site] base_url: is {base}, but this site lives at {HERE}" in told
    )
    assert f'write base_url = "{HERE}" there' in told


@pytest.mark.parametrize(
    "slip",
    [
        "https://site.example/",
        "https://Site.example",
        "http://site.example",
        "https://site.example:443",
        "https://site.example:8443",
        "https://site.example/entraide",
        " https://site.example",
        "site.example",
        "http://127.0.0.1:8000",
        "",
    ],
)
def test_slips_of_the_pen_change_nothing_either(folder, words, slip):
    before = contents(folder)
    (folder / "instance.toml").write_text(SITE.replace(HERE, slip))
    assert words("worker")[0] == 1
    (folder / "instance.toml").write_text(SITE)
    assert contents(folder) == before


@pytest.mark.parametrize("lost", ["keys", "database"])
def test_one_of_the_two_places_is_enough(folder, words, monkeypatch, lost):
    """Keys restored without their database, and a database without its keys."""
    if lost == "keys":
        (folder / "state/federation").rename(folder / "kept")
    else:
        for file in (folder / "state").glob("entraide.sqlite*"):
            file.rename(folder / file.name)
    monkeypatch.setenv("ENTRAIDE_BASE_URL", ELSEWHERE[0])
    status, told = words("init", "--unattended")
    assert status == 1
    assert f"lives at {HERE}" in told
    monkeypatch.delenv("ENTRAIDE_BASE_URL")
    status, told = words("init", "--unattended")
    if lost == "database":
        assert status == 0, told
    else:
        assert "holds no keys, but this site has published already" in told


def test_status_tells_it_and_ends_with_1(words, monkeypatch, folder):
    monkeypatch.setenv("ENTRAIDE_BASE_URL", ELSEWHERE[0])
    status, told = words("status")
    assert status == 1
    assert "federation address: ENTRAIDE_BASE_URL" in told


def test_an_attempt_of_init_cut_short_binds_to_nothing(folder, words, monkeypatch):
    (folder / "state/federation/publishing.key").unlink()
    for file in (folder / "state").glob("entraide.sqlite*"):
        file.unlink()
    monkeypatch.setenv("ENTRAIDE_BASE_URL", ELSEWHERE[0])
    assert words("init", "--unattended")[0] == 0


@pytest.mark.parametrize("content", [b"", b"[]", b'{"origin": 1}', b"\xff"])
def test_a_damaged_file_leaves_it_to_the_database(folder, words, monkeypatch, content):
    (folder / "state/federation/keyset.json").write_bytes(content)
    assert words("migrate")[0] == 0
    monkeypatch.setenv("ENTRAIDE_BASE_URL", ELSEWHERE[0])
    assert "so it is written in the database" in words("migrate")[1]


@pytest.fixture
def moved(make_origin, make_site, publish_all, database_url):
    """A site that published two objects, opened again under another address."""
    site = make_origin(url=database_url)
    with runtime.activate(site):
        with database.writing() as session:
            organisation = add_organisation(session).id
            add_offer(session, kind="canary", organisation_id=organisation)
        publish_all()
    site.settings = make_site_settings(site, ELSEWHERE[0])
    return site


def make_site_settings(site, base):
    return replace(site.settings, site=replace(site.settings.site, base_url=base))


def test_the_publisher_signs_nothing_under_another_address(moved):
    with runtime.activate(moved):
        with database.writing() as session:
            add_organisation(session, 2)
        with database.reading() as session:
            before = session.scalars(select(Origin.head)).one()
        for work in (publisher.publish_once, lambda: sweeping.sweep(None)):
            with pytest.raises(ConfigurationError, match="address is for life"):
                work()
        with database.reading() as session:
            assert session.scalars(select(Origin.head)).one() == before
            assert {uid.startswith(HERE) for uid in session.scalars(select(SignedObject.uid))} == {
                True
            }
        with pytest.raises(ConfigurationError):
            check_start(moved)
        with pytest.raises(ConfigurationError):
            address.require()


@pytest.mark.parametrize("is_trial", [False, True])
def test_a_trial_site_may_also_be_made_anew(moved, is_trial):
    own = replace(moved.settings.site, development=is_trial)
    moved.settings = replace(moved.settings, site=own)
    with runtime.activate(moved):
        assert ("delete its folder" in address.mistake()) == is_trial


def test_the_way_back_publishes_on(moved, publish_all):
    moved.settings = make_site_settings(moved, HERE)
    with runtime.activate(moved):
        check_start(moved)
        with database.writing() as session:
            add_organisation(session, 2)
        publish_all()
        with database.reading() as session:
            assert json.loads(session.scalars(select(Origin.head)).one())["count"] == 3


def test_an_application_of_a_folder_is_not_made_either(folder, monkeypatch):
    assert create_app(folder, {})
    with pytest.raises(ConfigurationError, match="for life"):
        create_app(folder, {"ENTRAIDE_BASE_URL": ELSEWHERE[0]})
