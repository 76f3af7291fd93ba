"""The guarded client against peers that answer well, badly, slowly or never."""

import gzip
from dataclasses import replace

import pytest

from entraide_federation.http import (
    EFP_JSON,
    EFP_NDJSON,
    PROBLEM_JSON,
    PeerClient,
    PeerError,
    PeerMisbehaved,
    PeerRefused,
    PeerTimeout,
    PeerUnreachable,
)
from entraide_federation.protocol.limits import DEFAULT
from entraide_federation.testing import (
    HostilePeer,
    answer,
    build,
    drip,
    endless,
    endless_continue,
    half_close,
    many_headers,
    raw,
    reset,
    silent,
    truncated,
)

SHORT = 0.3
"""Deadline in seconds for peers that never finish; nothing is asserted about elapsed time."""
PATH = "/federation/v1/head"


def make_client(**changes):
    return PeerClient(limits=replace(DEFAULT, **changes), development=True)


def fetch(behaviour, *, etag=None, max_bytes=None, wall_clock=None, **limits):
    """Ask a peer that has one behaviour, once."""
    with HostilePeer({PATH: behaviour}) as peer, make_client(**limits) as client:
        return client.get(peer.base, PATH, etag=etag, max_bytes=max_bytes, wall_clock=wall_clock)


def refuse(behaviour, error=PeerError, **arguments):
    """Ask, and return the error that must come; the same question to a sound peer succeeds."""
    good = replace_known(arguments)
    assert fetch(answer(body=b'{"a":1}'), **good).body == b'{"a":1}'
    with pytest.raises(error) as caught:
        fetch(behaviour, **arguments)
    assert caught.value.peer.startswith("http://127.0.0.1:")
    assert caught.value.peer in str(caught.value)
    return caught.value


def replace_known(arguments):
    """Give the sound peer the deadline of the product, so that a slow machine does not matter."""
    return {name: value for name, value in arguments.items() if name in ("etag", "max_bytes")}


def test_a_sound_answer_comes_back_whole():
    found = fetch(answer(body=b'{"a":1}', headers={"ETag": '"x1"', "Backoff": "30"}))
    assert (found.status, found.body, found.etag, found.backoff) == (200, b'{"a":1}', '"x1"', 30)


def test_chunks_are_joined():
    chunks = b'3\r\n{"a\r\n3;extension\r\n":1\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n'
    head = build(body=b"", headers={"Content-Length": None, "Transfer-Encoding": "chunked"})
    assert fetch(raw(head + chunks)).body == b'{"a":1}'


def test_an_unchanged_answer_needs_its_etag():
    unchanged = answer(304, b"", {"ETag": '"x1"', "Content-Type": None, "Content-Length": None})
    found = fetch(unchanged, etag='"x1"')
    assert (found.status, found.body, found.etag) == (304, b"", '"x1"')
    assert refuse(unchanged, PeerMisbehaved).reason == "not-modified"


def test_a_deleted_object_comes_with_its_tombstone():
    found = fetch(answer(410, b'{"type":"Tombstone"}'))
    assert (found.status, found.body) == (410, b'{"type":"Tombstone"}')


@pytest.mark.parametrize("etag", ['W/"x"', "x", '""', '"a b"', '"' + "x" * 129 + '"', '"\u00e9"'])
def test_only_strong_plain_etags_are_kept(etag):
    assert fetch(answer(headers={"ETag": etag})).etag is None


@pytest.mark.parametrize("seconds", ["-1", "1.5", "soon", "9999999", "\u00b2"])
def test_only_whole_seconds_are_read(seconds):
    assert fetch(answer(headers={"Backoff": seconds})).backoff is None


def problem(status, name, **headers):
    body = b'{"type":"https://entraide.example/ns/federation/errors#%s","x":1}' % name.encode()
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return answer(status, body, named, PROBLEM_JSON)


def test_a_problem_is_told_by_its_name():
    found = refuse(problem(410, "cursor-unknown"), PeerRefused)
    assert (found.answered, found.problem_name, found.problem["x"]) == (410, "cursor-unknown", 1)
    assert found.reason == "cursor-unknown"


def test_a_busy_peer_says_when_to_come_back():
    found = refuse(problem(429, "rate-limited", Retry_After="120", Backoff="60"), PeerRefused)
    assert (found.answered, found.retry_after, found.backoff) == (429, 120, 60)


@pytest.mark.parametrize(
    "behaviour",
    [
        answer(503, b"<h1>Bad Gateway</h1>", content_type="text/html"),
        answer(503, b"{", content_type=PROBLEM_JSON),
        answer(503, b"[]", content_type=PROBLEM_JSON),
        answer(503, b'{"type":1,"type":2}', content_type=PROBLEM_JSON),
        answer(503, b'{"type":"https://elsewhere.example/#busy"}', content_type=PROBLEM_JSON),
        problem(503, "Not A Name"),
        answer(503, b'{"type":"Tombstone"}'),
    ],
)
def test_an_error_without_a_problem_of_ours_has_no_name(behaviour):
    found = refuse(behaviour, PeerRefused)
    assert (found.answered, found.problem_name, found.reason) == (503, "", "status-503")


def test_a_problem_is_limited_like_any_body():
    large = answer(503, b'{"x":"' + b"x" * 2000 + b'"}', content_type=PROBLEM_JSON)
    assert refuse(large, PeerMisbehaved, max_bytes=1000).reason == "too-large"


BOMB = gzip.compress(bytes(20_000_000), 1)
CHUNKED = {"Content-Length": None, "Transfer-Encoding": "chunked"}


@pytest.mark.parametrize(
    ("reason", "behaviour"),
    [
        ("content-type", answer(content_type="application/json")),
        ("content-type", answer(content_type=f"{EFP_JSON}; charset=utf-8")),
        ("content-type", answer(content_type=EFP_JSON.upper())),
        ("content-type", answer(content_type=EFP_NDJSON)),
        ("content-type", answer(headers={"Content-Type": None})),
        ("content-type", answer(body=b"<html>Log in</html>", content_type="text/html")),
        ("content-encoding", answer(body=BOMB, headers={"Content-Encoding": "gzip"})),
        (
            "content-encoding",
            answer(body=gzip.compress(BOMB), headers={"Content-Encoding": "gzip, gzip"}),
        ),
        ("content-encoding", answer(headers={"Content-Encoding": "identity"})),
        ("status", answer(201)),
        ("status", answer(204, b"")),
        ("status", answer(206, headers={"Content-Range": "bytes 0-1/2"})),
        ("status", raw(b"HTTP/1.1 103 Early Hints\r\n\r\n")),
        ("status", raw(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")),
        ("framing", answer(headers={"Content-Length": None})),
        ("framing", answer(headers={"Content-Length": "-1"})),
        ("framing", answer(headers={"Content-Length": "+2"})),
        ("framing", answer(headers={"Content-Length": "2, 2"})),
        ("framing", answer(headers={"Content-Length": "99999999999999999999"})),
        ("framing", answer(headers={"Content-Length": "2", "content-length": "3"})),
        ("framing", answer(headers={"Transfer-Encoding": "chunked"})),
        ("framing", answer(headers={"Content-Length": None, "Transfer-Encoding": "gzip, chunked"})),
        ("framing", raw(build(body=b"-1\r\n", headers=CHUNKED) + b"x" * 1000)),
        ("framing", raw(build(body=b"zz\r\n{}\r\n", headers=CHUNKED))),
        ("truncated", raw(build(body=b"2\r\n{}\r\n", headers=CHUNKED))),
        ("headers", many_headers(200)),
        ("headers", raw(b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 0\r\n\r\n")),
        ("headers", raw(b"HTTP/2 200 OK\r\n\r\n")),
        ("headers", raw(b"HTTP/1.1 abc\r\n\r\n")),
        ("headers", raw(b"SSH-2.0-OpenSSH_9.2\r\n")),
        ("headers", many_headers(100_000)),
        ("header-bytes", raw(b"HTTP/1.1 200 " + b"x" * 100_000)),
        ("header-bytes", endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)),
        ("header-bytes", endless(b"x" * 1000, b"HTTP/1.1 200 OK\r\nX: ")),
        ("redirect", answer(302, headers={"Location": "https://elsewhere.example/x?secret"})),
    ],
)
def test_answers_outside_the_protocol_are_refused(reason, behaviour):
    assert refuse(behaviour, PeerMisbehaved).reason == reason


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://new.example/federation/v1/head?secret", "new.example"),
        ("http://127.0.0.1:9/x", "127.0.0.1"),
        ("//169.254.169.254/x", "169.254.169.254"),
        ("https://user:secret@new.example/", "new.example"),
        ("file:///etc/passwd", "an unreadable address"),
        ("https://[::1/", "an unreadable address"),
        ("https://\u202eelpmaxe.wen/", "an unreadable address"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_told_and_not_followed(status, location, shown):
    moved = raw(build(status, b"", {"Location": location.encode().decode("latin-1")}))
    found = refuse(moved, PeerMisbehaved)
    assert found.reason == "redirect"
    assert f"redirects to {shown};" in str(found)
    assert "secret" not in str(found)


def test_a_redirect_to_a_peer_reaches_nobody():
    with HostilePeer({}) as victim, make_client() as client:
        moved = answer(302, headers={"Location": f"{victim.base}/x"})
        with HostilePeer({PATH: moved}) as peer, pytest.raises(PeerMisbehaved):
            client.get(peer.base, PATH)
        assert victim.connections == 0


def test_a_body_of_exactly_the_limit_passes():
    assert len(fetch(answer(body=b"x" * 1000), max_bytes=1000).body) == 1000


@pytest.mark.parametrize(
    "behaviour",
    [
        answer(body=b"x" * 1001),
        answer(body=b"x", headers={"Content-Length": "999999999999"}),
        raw(build(body=b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n", headers=CHUNKED)),
        endless(b"1000\r\n" + b"x" * 4096 + b"\r\n", build(body=b"", headers=CHUNKED)),
        endless(b"x" * 4096, build(body=b"ffffffffffff\r\n", headers=CHUNKED)),
        endless(b"Trailer: x\r\n" * 300, build(body=b"0\r\n", headers=CHUNKED)),
    ],
)
def test_larger_bodies_are_refused_whatever_their_framing_says(behaviour):
    assert refuse(behaviour, PeerMisbehaved, max_bytes=1000).reason == "too-large"


def test_bytes_beyond_the_announced_length_are_not_read():
    assert fetch(raw(build(body=b"{}") + b"HTTP/1.1 200 OK\r\n\r\n")).body == b"{}"


PLAIN = build(body=b'{"a":1}', headers={"ETag": '"x1"'})
IN_CHUNKS = build(body=b'4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n', headers=CHUNKED)


def test_the_same_answer_uncut_is_returned():
    assert fetch(raw(PLAIN)).body == fetch(raw(IN_CHUNKS)).body == b'{"a":1}'


@pytest.mark.parametrize("behaviour", [raw(b""), reset(), truncated(PLAIN, 0)])
def test_a_connection_that_ends_unanswered(behaviour):
    assert refuse(behaviour, PeerUnreachable).reason == "disconnected"


@pytest.mark.parametrize(
    "behaviour",
    [
        silent(),
        drip(PLAIN),
        drip(PLAIN, start=len(PLAIN) - 5, interval=1.0),
        drip(IN_CHUNKS, start=len(IN_CHUNKS) - 15, interval=1.0),
        endless_continue(),
        endless(b"X: x\r\n", b"HTTP/1.1 200 OK\r\n", interval=0.01),
        endless(b"1\r\nx\r\n", build(body=b"", headers=CHUNKED), interval=0.01),
        half_close(b"HTTP/1.1 200"),
        half_close(PLAIN[:-1]),
        half_close(),
    ],
)
def test_slow_answers_end_at_the_deadline(behaviour):
    found = refuse(behaviour, PeerError, wall_clock=SHORT)
    assert isinstance(found, PeerTimeout) or found.reason in {"disconnected", "truncated"}


@pytest.mark.parametrize(
    "behaviour", [silent(), drip(PLAIN), endless_continue(), drip(PLAIN, len(PLAIN) - 5, 1.0)]
)
def test_slow_answers_are_called_late(behaviour):
    assert refuse(behaviour, PeerTimeout, wall_clock=SHORT).reason == "deadline"


def test_a_slow_answer_within_its_time_is_returned():
    assert fetch(drip(PLAIN, interval=0.001)).body == b'{"a":1}'


def test_the_first_byte_has_its_own_patience():
    assert refuse(silent(), PeerTimeout, first_byte_seconds=SHORT).reason == "first-byte"
