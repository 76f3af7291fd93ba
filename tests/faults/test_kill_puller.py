"""A puller killed at 200 random points ends where an undisturbed one does: nothing lost or doubled."""

import os
import random
import signal
import time
from contextlib import suppress

import pytest
from sqlalchemy import event, select

from entraide import Listing, database, runtime
from entraide.database import Database
from entraide_federation import reading
from entraide_federation.reading import Result, sources
from entraide_federation.store.models import Origin, SignedObject, Source
from entraide_federation.testing import FakeOrigin

pytestmark = pytest.mark.faults

KILLS = {"sqlite": 200, "postgresql": 60}
"""A connection to PostgreSQL costs each child far more than one to SQLite."""

MOST_STATEMENTS = 60
LOCAL = '[site]\ndevelopment = true\nbase_url = "http://127.0.0.1:9"\n'
STATE = (
    select(
        SignedObject.uid,
        SignedObject.element,
        SignedObject.body,
        SignedObject.type,
        SignedObject.problem,
    ).order_by(SignedObject.uid),
    select(
        Listing.uid, Listing.title, Listing.organisation, Listing.updated_at, Listing.verify_by
    ).order_by(Listing.uid),
    select(Origin.base, Origin.head, Origin.live_count, Origin.state, Origin.keyset_version),
    select(Source.base, Source.cursor, Source.state, Source.failures),
)


def test_a_killed_puller_loses_and_doubles_nothing(make_site, database_url, tmp_path):
    chance = random.Random(20261122)  # noqa: S311 - repeatable on purpose
    site = open_reader(make_site, database_url, "killed")
    undisturbed = open_reader(make_site, f"sqlite:///{tmp_path / 'undisturbed.sqlite'}", "calm")
    with FakeOrigin(site.clock.now, life=180) as peer:
        for one in (site, undisturbed):
            with runtime.activate(one), database.writing() as session:
                sources.sync_configured(session, {"peers": [{"base": peer.base, "role": "origin"}]})
        kills = tries = 0
        wanted = KILLS[site.database.engine.dialect.name]
        while kills < wanted:
            change_something(peer, chance)
            kills += pull_and_kill(site, peer.base, chance)
            tries += 1
            assert tries < 4 * wanted
        assert finish(site, peer.base) == finish(undisturbed, peer.base)


def open_reader(make_site, url, name):
    return make_site(url=url, name=name, plugins=("federation",), files={"local.toml": LOCAL})


def change_something(peer, chance):
    for _ in range(3):
        peer.publish(title=f"Offre {peer.publication.seq}", reissues=False)
    alive = [name for name, one in peer.publication.objects.items() if one["type"] == "Offer"]
    peer.withdraw(chance.choice(alive), chance.choice(["withdrawn", "erasure"]))
    if chance.random() < 0.05:
        peer.forgets_cursors = "cursor-unknown"
    elif chance.random() < 0.5:
        peer.forgets_cursors = ""


def pull_and_kill(site, base, chance):
    """Pull in a child that dies by itself at a statement, or by us after a moment."""
    by_itself = chance.random() < 0.5
    statement, after = chance.randint(1, MOST_STATEMENTS), chance.random() < 0.5
    delay = chance.uniform(0, 0.02)
    site.database.close()
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            pull_in_child(site, base, statement if by_itself else 0, after=after)
        os._exit(0)
    if not by_itself:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def pull_in_child(site, base, statement, *, after):
    site.database = Database(site.settings.database.url, site.database.column_key)
    count = 0

    def die(*_):
        nonlocal count
        count += 1
        if count == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(site.database.engine, f"{'after' if after else 'before'}_cursor_execute", die)
    event.listen(site.database.engine, "commit", die)
    with runtime.activate(site):
        reading.pull_source(base)


def finish(site, base):
    with runtime.activate(site):
        kinds = [reading.pull_source(base).kind for _ in range(3)]
        assert kinds[-1] is Result.UNCHANGED
        with database.reading() as session:
            return [[tuple(row) for row in session.execute(one)] for one in STATE]
