"""Connections are kept and never shared, carry nothing but the request, and may break anywhere."""

from threading import Event

import pytest

from entraide_federation.http import (
    EFP_JSON,
    PeerClient,
    PeerError,
    PeerMisbehaved,
    PeerTimeout,
    PeerUnreachable,
    TargetRefused,
)
from entraide_federation.protocol.limits import DEFAULT
from entraide_federation.testing import HostilePeer, answer, build, endless, raw, reset, truncated

PATH = "/federation/v1/head"
CURSOR = "c.azNKOXhRMm1SMHMAAAAAAAASXwAAAAAAAAAAAAAAAAAAAA"
CHUNKED = {"Content-Length": None, "Transfer-Encoding": "chunked"}
PLAIN = build(body=b'{"a":1}', headers={"ETag": '"x1"'})
IN_CHUNKS = build(body=b'4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n', headers=CHUNKED)
UNCHANGED = b'HTTP/1.1 304 Not Modified\r\nETag: "x1"\r\nDate: x\r\n\r\n'


def make_client():
    return PeerClient(limits=DEFAULT, development=True)


def test_connections_are_kept_and_not_shared():
    scripts = {PATH: answer(headers={"Set-Cookie": "a=b; Path=/"})}
    with HostilePeer(scripts) as one, HostilePeer(scripts) as other, make_client() as client:
        for peer in (one, other, one, other):
            client.get(peer.base, PATH)
        assert (one.connections, other.connections) == (1, 1)
        assert all(b"Cookie" not in head for head in one.requests + other.requests)


def test_a_connection_closed_by_the_peer_is_replaced():
    closing = answer(headers={"Connection": "close"})
    with HostilePeer({PATH: closing, "/kept": answer()}) as peer, make_client() as client:
        for path in (PATH, PATH, "/kept", "/kept", PATH):
            assert client.get(peer.base, path).body == b"{}"
        assert peer.connections == 3


def test_idle_connections_are_closed():
    now = [0.0]
    with (
        HostilePeer({PATH: answer()}) as one,
        HostilePeer({PATH: answer()}) as other,
        PeerClient(limits=DEFAULT, development=True, monotonic=lambda: now[0]) as client,
    ):
        for now[0], peer in ((0.0, one), (50.0, other), (61.0, other), (62.0, one)):
            client.get(peer.base, PATH)
        assert (one.connections, other.connections) == (2, 1)


def test_a_bad_peer_does_not_disturb_the_next():
    with (
        HostilePeer({PATH: endless(b"x" * 4096, build(body=b"", headers=CHUNKED))}) as bad,
        HostilePeer({PATH: answer(body=b'{"a":1}')}) as good,
        make_client() as client,
    ):
        for _ in range(3):
            with pytest.raises(PeerError):
                client.get(bad.base, PATH)
            assert client.get(good.base, PATH).body == b'{"a":1}'


def test_nothing_of_the_environment_is_used(monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("default login someone password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with HostilePeer({PATH: answer()}) as peer, make_client() as client:
        client.get(peer.base, PATH)
    assert b"authorization" not in peer.requests[0].lower()


def test_an_address_outside_the_register_is_not_asked():
    with make_client() as client, pytest.raises(TargetRefused):
        client.get("http://localhost:8101", PATH)
    with PeerClient(limits=DEFAULT) as client, pytest.raises(TargetRefused):
        client.get("http://127.0.0.1:8101", PATH)


def test_a_poll_without_news_is_small():
    etag = f'"{CURSOR}"'
    path = f"/federation/v1/changes?since={CURSOR}"
    reply = f"HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n".encode()
    with HostilePeer({path: raw(reply)}) as peer, make_client() as client:
        assert client.get(peer.base, path, etag=etag).status == 304
        host = peer.base.removeprefix("http://").encode()
    request = peer.requests[0].replace(host, b"clamecy.example")
    assert (
        request
        == (
            f"GET {path} HTTP/1.1\r\nHost: clamecy.example\r\nUser-Agent: Entraide/0.1\r\n"
            f"Accept-Encoding: identity\r\nAccept: {EFP_JSON}\r\nIf-None-Match: {etag}\r\n\r\n"
        ).encode()
    )
    date = len("Date: Mon, 05 Jan 2026 10:00:00 GMT\r\n")
    assert len(request) + len(reply) + date <= 400


@pytest.mark.parametrize("message", [PLAIN, IN_CHUNKS, UNCHANGED])
@pytest.mark.parametrize("end", [truncated, lambda message, size: reset(message[:size])])
def test_an_answer_cut_at_any_byte_is_never_returned(message, end):
    scripts = {f"/{size}": end(message, size) for size in range(len(message))}
    with HostilePeer(scripts | {"/whole": raw(message)}) as peer, make_client() as client:
        assert client.get(peer.base, "/whole", etag='"x1"').etag in {'"x1"', None}
        for path in scripts:
            with pytest.raises((PeerMisbehaved, PeerUnreachable)) as caught:
                client.get(peer.base, path, etag='"x1"')
            assert caught.value.reason in {"truncated", "disconnected"}


def test_a_peer_that_is_down():
    with HostilePeer({}) as peer:
        base = peer.base
    with make_client() as client, pytest.raises(PeerUnreachable) as caught:
        client.get(base, PATH)
    assert caught.value.reason == "connect"


def test_a_deadline_that_passed_overrides_a_complete_answer():
    is_late = Event()

    def answer_late(connection, stopped):
        is_late.set()
        connection.sendall(PLAIN)
        return False

    with (
        HostilePeer({PATH: answer_late}) as peer,
        PeerClient(
            limits=DEFAULT, development=True, monotonic=lambda: 1000.0 if is_late.is_set() else 0.0
        ) as client,
        pytest.raises(PeerTimeout) as caught,
    ):
        client.get(peer.base, PATH)
    assert caught.value.reason == "deadline"
