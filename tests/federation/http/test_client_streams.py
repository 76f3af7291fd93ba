"""Snapshots are read line by line, in flat memory, and are complete only at their end."""

import gzip

import pytest

from entraide_federation.http import (
    EFP_NDJSON,
    Dialler,
    PeerClient,
    PeerError,
    PeerRefused,
    PeerTimeout,
)
from entraide_federation.http.exchange import Budget, Exchange
from entraide_federation.http.targets import parse_target
from entraide_federation.protocol.limits import DEFAULT
from entraide_federation.testing import HostilePeer, answer, build, silent, truncated

PATH = "/federation/v1/snapshot"


def make_client():
    return PeerClient(limits=DEFAULT, development=True)


LINES = [b'{"a":1}', b"", b"x" * 2000, b'{"b":2}']
SNAPSHOT = b"".join(line + b"\n" for line in LINES)


def ndjson(body, **headers):
    return answer(body=body, headers=headers, content_type=EFP_NDJSON)


def read(behaviour, **arguments):
    """Read a whole snapshot from a peer that has one behaviour."""
    with (
        HostilePeer({PATH: behaviour}) as peer,
        make_client() as client,
        client.stream(peer.base, PATH, **arguments) as lines,
    ):
        return list(lines)


def test_a_snapshot_comes_line_by_line():
    assert read(ndjson(SNAPSHOT)) == LINES


def test_a_snapshot_larger_than_a_page_comes_whole():
    lines = [b"%07d" % number + b"x" * 1000 for number in range(3000)]
    assert read(ndjson(b"\n".join(lines) + b"\n")) == lines


def test_an_empty_snapshot_has_no_line():
    assert read(ndjson(b"")) == []


@pytest.mark.parametrize(
    ("reason", "arguments", "behaviour"),
    [
        ("truncated", {}, ndjson(SNAPSHOT[:-1])),
        ("truncated", {}, truncated(build(body=SNAPSHOT, content_type=EFP_NDJSON), 1500)),
        ("too-large", {"max_bytes": 1000}, ndjson(SNAPSHOT)),
        ("line-too-long", {"max_line_bytes": 1999}, ndjson(SNAPSHOT)),
        ("line-too-long", {}, ndjson(b"x" * (DEFAULT.object_bytes + 1))),
        ("content-type", {}, answer(body=SNAPSHOT)),
        ("not-modified", {}, answer(304, b"", {"Content-Length": None})),
        ("content-encoding", {}, ndjson(gzip.compress(SNAPSHOT), **{"Content-Encoding": "gzip"})),
        ("deadline", {"wall_clock": 0.1}, silent()),
    ],
)
def test_a_snapshot_outside_the_protocol_raises(reason, arguments, behaviour):
    assert read(ndjson(SNAPSHOT)) == LINES
    with pytest.raises(PeerError) as caught:
        read(behaviour, **arguments)
    assert caught.value.reason == reason


def test_a_gone_object_is_no_snapshot():
    with pytest.raises(PeerRefused) as caught:
        read(answer(410, SNAPSHOT, content_type=EFP_NDJSON))
    assert caught.value.answered == 410


def test_each_started_block_earns_a_second():
    budget = Budget(
        connect=1, first_byte=1, wall_clock=20, header_bytes=10**6, body_bytes=10**9, grown_by=1000
    )
    now = [0.0]
    target = parse_target("https://clamecy.example", "/x", is_development=False)
    exchange = Exchange(target, budget, Dialler(), lambda: now[0])
    assert exchange.remaining() == 20
    exchange.count(1)
    assert exchange.remaining() == 21
    exchange.count(1000)
    now[0] = 21.5
    assert exchange.remaining() == 0.5
    now[0] = 22.0
    with pytest.raises(PeerTimeout):
        exchange.remaining()


def test_a_snapshot_left_early_frees_the_connection():
    scripts = {PATH: ndjson(b"x\n" * 1_000_000), "/x": answer()}
    with HostilePeer(scripts) as peer, make_client() as client:
        with client.stream(peer.base, PATH) as lines:
            assert next(lines) == b"x"
            assert client.get(peer.base, "/x").body == b"{}"
        assert client.get(peer.base, "/x").body == b"{}"
