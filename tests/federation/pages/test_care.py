"""`entraide status` names what is wrong with publishing, and ends with 1."""

import resource
import signal
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from click.testing import CliRunner
from federation_network import RECOVERY_SHEET
from sqlalchemy import delete, select

from entraide import Health, clock, database, hooks, outbox, runtime
from entraide.app import check_start, create_app
from entraide.cli import status as status_module
from entraide.cli.status import status
from entraide.errors import ConfigurationError
from entraide.testing import add_member, add_organisation, browser, log_in
from entraide_federation.keys import identity
from entraide_federation.pages import care
from entraide_federation.publishing import publisher, renewal
from entraide_federation.store.models import Mark, Origin, Source

DAY = timedelta(days=1)


@pytest.fixture
def site(origin_site, publish_all):
    with database.writing() as session:
        add_organisation(session)
        add_member(session, 1, "administrator")
    publish_all()
    return origin_site


def told():
    """Return the exit status and the lines of `entraide status`."""
    answer = CliRunner().invoke(status)
    return answer.exit_code, answer.output


def test_all_is_well(site):
    code, said = told()
    assert code == 0, said
    assert "federation" not in said
    assert list(care.examine()) == []


def test_hook_health(site):
    said = [one for one in hooks.ask("health") if one.plugin == "federation"]
    assert said == []
    (identity.folder() / "publishing.key").unlink()
    (line,) = [one.value for one in hooks.ask("health")]
    assert isinstance(line, Health)
    assert (line.name, line.is_wrong, line.stops) == ("federation keys", True, False)


KEY = "federation keys: "


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda folder: [file.unlink() for file in folder.iterdir()], "holds no keys"),
        (lambda folder: (folder / "publishing.key").unlink(), "holds no keys"),
        (lambda folder: (folder / "cursor.key").unlink(), "cursor.key: No such file"),
        (lambda folder: (folder / "publishing.key").write_text("k1 zz"), "is damaged"),
        (lambda folder: (folder / "publishing.key").chmod(0o644), "chmod 600"),
        (
            lambda folder: (folder / "publishing.key").write_text(f"k1 {'07' * 32}\n"),
            "come from different backups",
        ),
        (
            lambda folder: (folder / "publishing.key").write_text(f"k2 {'07' * 32}\n"),
            "come from different backups",
        ),
    ],
)
def test_keys_that_are_lost_or_others_are_told_everywhere(site, harm, words):
    """In `status`, on the administrator's page, by the job; readers are asked to come back."""
    client = browser(create_app(site))
    log_in(client, "administrator1@example.org")
    with database.reading() as session:
        before = session.scalars(select(Origin.head)).one()
    harm(identity.folder())
    identity.CURSOR_KEY.take(site)
    code, said = told()
    assert code == 1
    assert KEY in said
    assert words in said
    page = client.get("/account").text
    assert "Les clés avec lesquelles ce site signe manquent" in page
    with database.writing() as session:
        add_organisation(session, 2)
    outbox.deliver_pending()
    if "cursor.key" not in words:
        with pytest.raises(ConfigurationError):
            publisher.publish(care_run())
        with database.reading() as session:
            assert session.scalars(select(Origin.head)).one() == before, "nothing was signed"
    answer = client.get("/federation/v1/changes")
    assert answer.status_code in (200, 503)
    if answer.status_code == 503:
        assert answer.json["type"].endswith("#maintenance")
        assert answer.headers["Retry-After"]
        assert "state" not in answer.text, "where the keys lie is nobody's business"
    assert client.get("/find").status_code == 200, "pages work on"


def care_run():
    return publisher.JobRun(clock.now() + DAY, lambda: False)


def test_the_server_that_lost_its_keys_answers_503(site):
    (identity.folder() / "cursor.key").unlink()
    identity.CURSOR_KEY.take(site)
    answer = browser(create_app(site)).get("/federation/v1/changes")
    assert (answer.status_code, answer.json["type"].partition("#")[2]) == (503, "maintenance")


@pytest.mark.parametrize(
    ("days", "words"),
    [(3287, None), (3290, "expires on"), (3652, "expires on"), (3654, "expired on")],
)
def test_a_keyset_that_ends_is_told_from_a_year_before(site, publish_all, days, words):
    site.clock.advance(days * DAY)
    publish_all()
    code, said = told()
    assert (words is not None) == ("federation keyset: " in said) == (code == 1)
    assert words is None or (words in said and "entraide federation renew" in said)


def test_keys_that_were_renewed_while_the_clock_was_ahead_are_told(site, publish_all):
    site.clock.advance(4000 * DAY)
    renewal.renew(RECOVERY_SHEET.get(site))
    site.clock.advance(-4000 * DAY)
    publish_all()
    code, said = told()
    assert code == 1
    assert "federation keyset: was signed while the clock was ahead, on 20" in said
    renewal.renew(RECOVERY_SHEET.get(site))
    assert told()[0] == 0


def test_a_publisher_that_stands_still_is_told(site):
    with database.writing() as session:
        add_organisation(session, 2)
    outbox.deliver_pending()
    assert told()[0] == 0, "a second later it may still come"
    site.clock.advance(timedelta(minutes=11))
    code, said = told()
    assert code == 1
    assert "federation publisher: changes wait since 2026-11-22 09:00" in said


def test_a_head_that_grew_old_is_told(site):
    site.clock.advance(timedelta(hours=25))
    code, said = told()
    assert code == 1
    assert "federation publisher: the last Head is of 2026-11-22 09:00" in said


def test_before_the_first_head_nothing_is_wrong(make_origin):
    with runtime.activate(make_origin(name="young")):
        assert told()[0] == 0
        with database.writing() as session:
            identity.ensure_own(session)
        code, said = told()
        assert (code, "nothing is published yet" in said) == (0, True)


def test_without_keys_it_says_how_to_make_them(make_site):
    with runtime.activate(make_site(plugins=("federation",), name="bare")):
        code, said = told()
        assert (code, "Run: entraide federation init" in said) == (0, True)


FAR = "https://far.example"


def known(state, *, is_confirmed=True, suspended_at=None):
    met = clock.now() if is_confirmed else None
    return Origin(base=FAR, state=state, confirmed_at=met, suspended_at=suspended_at)


def read(state, accusation=""):
    return Source(base=FAR, role="hub", state=state, accusation=accusation)


@pytest.mark.parametrize(
    "rows",
    [
        lambda: [known("frozen")],
        lambda: [known("held")],
        lambda: [read("frozen")],
        lambda: [read("live", "it served keys of others")],
        lambda: [known("frozen"), read("frozen", "it served keys of others")],
    ],
)
def test_peers_that_wait_for_a_person_are_told(site, rows):
    with database.writing() as session:
        session.add_all(rows())
    code, said = told()
    assert code == 1
    assert "federation peers: 1 wait for a decision" in said


@pytest.mark.parametrize(
    "rows",
    [
        lambda: [known("stale")],
        lambda: [known("frozen", is_confirmed=False)],
        lambda: [known("dropped", is_confirmed=False)],
        lambda: [known("frozen", suspended_at=clock.now()), read("frozen")],
        lambda: [known("purged", suspended_at=clock.now())],
    ],
)
def test_whom_a_relay_invented_and_whom_a_person_suspended_wait_for_nobody(site, rows):
    with database.writing() as session:
        session.add_all(rows())
    assert told()[0] == 0


def test_before_the_migration_nothing_is_said(site):
    with database.writing() as session:
        session.execute(delete(Mark))
        session.connection().exec_driver_sql("ALTER TABLE federation_own DROP COLUMN reminded_at")
    assert list(care.examine()) == []
    check_start(site)


def test_a_database_without_tables_says_nothing_of_an_address(make_site):
    site = make_site(name="empty", plugins=("federation",))
    with runtime.activate(site):
        with database.writing() as session:
            session.connection().exec_driver_sql("DROP TABLE federation_keyset")
            session.connection().exec_driver_sql("DROP TABLE federation_object")
            session.connection().exec_driver_sql("DROP TABLE federation_origin")
        check_start(site)


@pytest.fixture
def locked(make_site):
    """A SQLite site whose database another program holds."""
    site = make_site(name="locked", plugins=("federation",))
    file = site.settings.folder / "test.sqlite"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with runtime.activate(site):
            yield other
        other.execute("ROLLBACK")


def test_a_database_that_is_held_is_told(locked):
    code, said = told()
    assert code == 1
    assert "database: cannot be written just now" in said
    assert "job" not in said.partition("database")[0]


def test_a_busy_database_leaves_the_page_alone(site, make_site):
    held = make_site(name="held", plugins=("federation",))
    with (
        runtime.activate(held),
        closing(
            sqlite3.connect(held.settings.folder / "test.sqlite", isolation_level=None)
        ) as other,
    ):
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        assert isinstance(care.failures(), list)


def test_a_disk_that_is_full_is_told(site):
    """As a quota that is used up: files of this process may not grow beyond some bytes."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (status_module.PROBE // 2, old[1]))
    try:
        code, said = told()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
    assert code == 1
    assert "disk: " in said
    assert "cannot be written" in said


def test_a_disk_that_is_nearly_full_is_told(site, monkeypatch):
    monkeypatch.setattr(status_module, "LEAST_ROOM", 2**62)
    code, said = told()
    assert code == 1
    assert "MiB are free" in said


def test_an_administrator_of_a_sound_site_reads_nothing_of_it(site):
    client = browser(create_app(site))
    log_in(client, "administrator1@example.org")
    assert "Échange avec les autres sites" not in client.get("/account").text
