"""The job: every due peer at once, a slow one delays nobody, our own trouble is no fault of theirs."""

import time
from datetime import timedelta

import pytest

from entraide import JobRun, clock, database
from entraide.errors import Busy
from entraide_federation.reading import puller, sources
from entraide_federation.reading.pull import never
from entraide_federation.reading.refusals import Stopped
from entraide_federation.testing import answer, silent


@pytest.fixture
def run(reading_site):
    return JobRun(clock.now() + timedelta(minutes=1), never)


@pytest.fixture
def configured(reading_site):
    def configure(*peers):
        reading_site.plugin_settings["federation"]["peers"] = [
            {"base": one.base, "role": "origin", "root": None, "quota": None} for one in peers
        ]

    return configure


def wait_until(condition):
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def test_a_slow_peer_delays_nobody(desk, peer, relay, run, configured):
    relay.instead = {"/federation/v1/keysets": silent()}
    configured(relay, peer)
    puller.pull_due(run)
    wait_until(lambda: peer.first in desk.listed())
    asked = len(relay.requests)
    puller.pull_due(run)
    assert len(relay.requests) == asked


def test_nothing_is_due_before_its_time(desk, peer, run, configured, reading_site):
    configured(peer)
    puller.pull_due(run)
    wait_until(desk.listed)
    asked = len(peer.requests)
    puller.pull_due(run)
    assert len(peer.requests) == asked
    reading_site.clock.advance(timedelta(seconds=2))
    puller.pull_due(run)
    wait_until(lambda: len(peer.requests) > asked)


def test_a_peer_that_is_taken_out_is_left_alone(
    desk, peer, run, configured, reading_site, monkeypatch
):
    monkeypatch.setattr(puller, "PREPARE_EVERY_SECONDS", 0)
    one = puller.Puller()
    configured(peer)
    one.run(run)
    wait_until(lambda: desk.listed() and not puller.alive(one._pulls))
    configured()
    one.run(run)
    one.run(run)
    assert (one._clients, desk.listed()) == ({}, {})
    asked = len(peer.requests)
    reading_site.clock.advance(timedelta(hours=1))
    one.run(run)
    assert len(peer.requests) == asked


@pytest.mark.parametrize("is_down", [False, True])
def test_a_clock_that_was_ahead_stops_no_reading(desk, peer, reading_site, is_down):
    desk.subscribe(peer)
    reading_site.clock.advance(timedelta(days=30))
    if is_down:
        peer.instead = {"/federation/v1/keysets": answer(503, b"")}
    desk.pull(peer)
    with database.reading() as session:
        assert sources.due(session, clock.now()) == []
    reading_site.clock.advance(timedelta(days=-30))
    with database.reading() as session:
        assert sources.due(session, clock.now()) == [peer.base]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Busy("busy"), "federation-pull-postponed"),
        (LookupError("gone"), "federation-pull-postponed"),
        (Stopped(), "federation-pull-stopped"),
        (RuntimeError("broken"), "federation-pull-failed"),
    ],
)
def test_our_own_trouble_ends_in_the_log(reading_site, monkeypatch, capsys, error, words):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(puller, "pull_source", fail)
    one = puller.Puller()
    for _time in range(2):
        one.pull("http://127.0.0.1:11", None, never)
    said = capsys.readouterr().out.count(words)
    assert said == (2 if isinstance(error, Stopped) else 1)


def test_trouble_that_lasts_is_said_once_and_waited_out(
    desk, peer, run, configured, reading_site, monkeypatch, capsys
):
    configured(peer)
    puller.pull_due(run)
    wait_until(desk.listed)
    tries = []

    def fail(base, **_):
        tries.append(base)
        raise Busy("no space")

    with monkeypatch.context() as broken:
        broken.setattr(puller, "pull_source", fail)
        reading_site.clock.advance(timedelta(seconds=2))
        for count in (1, 2, 2, 2):
            puller.pull_due(run)
            wait_until(lambda count=count: len(tries) == count)
    assert capsys.readouterr().out.count("no space") == 1
    later = peer.publish(title="Après la panne")
    troubles = puller.PULLER.get(reading_site)._troubles
    troubles[peer.base].until = 0.0
    puller.pull_due(run)
    wait_until(lambda: later in desk.listed())
    wait_until(lambda: not troubles)


@pytest.mark.parametrize("path", ["feed", "snapshot"])
def test_a_worker_that_ends_leaves_a_pull_as_it_was(desk, peer, reading_site, path):
    desk.subscribe(peer)
    if path == "feed":
        desk.pull(peer)
        peer.page = 1
        for _ in range(3):
            peer.publish()
    before = desk.objects()
    with pytest.raises(Stopped):
        puller.pull_source(peer.base, should_stop=lambda: True)
    assert desk.objects() == before
    assert desk.source(peer).failures == 0
