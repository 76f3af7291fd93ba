"""Silent peers hold their own threads only: an honest one is read while they still hang."""

import socket
import time
from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from entraide import JobRun, clock, database, runtime
from entraide_federation.reading import puller
from entraide_federation.store.models import Source
from entraide_federation.testing import FakeOrigin

pytestmark = pytest.mark.faults

LOCAL = '[site]\ndevelopment = true\nbase_url = "http://127.0.0.1:9"\n'
PATIENCE = 60.0


@pytest.fixture
def site(make_site, database_url):
    made = make_site(url=database_url, plugins=("federation",), files={"local.toml": LOCAL})
    with runtime.activate(made):
        yield made


@pytest.fixture
def honest(site):
    # The address of an honest peer sorts anywhere among the silent ones.
    with FakeOrigin(clock.now) as origin:
        origin.first = origin.publish()
        yield origin


@pytest.fixture
def reader(site):
    """The site's puller, whose threads have ended before the database is taken back."""
    pulling = puller.Puller()
    yield pulling
    for work in pulling._pulls.values():
        work.thread.join(PATIENCE)


@pytest.fixture
def silent(reader):
    """A function that opens so many peers which take a connection and never answer."""
    with ExitStack() as stack:
        yield lambda count: [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
            for _peer in range(count)
        ]


def configure(site, ports, honest):
    bases = [f"http://127.0.0.1:{port}" for port in ports] + [honest.base]
    site.plugin_settings["federation"]["peers"] = [
        {"base": base, "role": "origin", "root": None, "quota": None} for base in sorted(bases)
    ]


def is_listed(uid):
    with database.reading() as session:
        found = session.execute(
            text("SELECT 1 FROM directory_listing WHERE uid = :uid"), {"uid": uid}
        )
        return found.first() is not None


def run_until(pulling, condition):
    job = JobRun(clock.now() + timedelta(minutes=1), lambda: False)
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        pulling.run(job)


def given_up():
    """Return how many silent peers have been given up."""
    with database.reading() as session:
        return len(session.scalars(select(Source.base).where(Source.failures > 0)).all())


def test_an_honest_peer_is_read_while_forty_silent_ones_still_hang(site, honest, reader, silent):
    configure(site, silent(40), honest)
    run_until(reader, lambda: is_listed(honest.first))
    assert given_up() == 0
    assert len(reader._pulls) <= puller.MAX_THREADS


def test_whoever_answered_before_never_waits_behind_hundreds(site, honest, reader, silent):
    configure(site, [], honest)
    run_until(reader, lambda: is_listed(honest.first))
    configure(site, silent(300), honest)
    reader._prepared_at = float("-inf")
    job = JobRun(clock.now() + timedelta(minutes=1), lambda: False)
    reader.run(job)
    assert sum(work.is_doubtful for work in reader._pulls.values()) == puller.MAX_DOUBTFUL
    late = honest.publish()
    with database.writing() as session:
        session.execute(update(Source).where(Source.base == honest.base).values(next_at=None))
    run_until(reader, lambda: is_listed(late))
    assert given_up() == 0
    assert len(reader._pulls) <= puller.MAX_THREADS
