"""A poll without news, over the real server: request and answer in at most 400 bytes."""

import socket

from entraide_federation.http import EFP_JSON, PeerClient
from entraide_federation.protocol.limits import DEFAULT

HOST = "clamecy.example"
BUDGET = 400


def request_for(path, tag, host):
    """What PeerClient sends (compared byte by byte in test_http_connections.py)."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Entraide/0.1\r\n"
        f"Accept-Encoding: identity\r\nAccept: {EFP_JSON}\r\nIf-None-Match: {tag}\r\n\r\n"
    ).encode()


def test_a_poll_without_news_is_small(served, publish_all):
    publish_all()
    base = served.settings.site.base_url
    with PeerClient(limits=DEFAULT, development=True) as client:
        first = client.get(base, "/federation/v1/changes")
        cursor = first.body.partition(b'"next":"')[2].partition(b'"')[0].decode()
        path = f"/federation/v1/changes?since={cursor}"
        tag = client.get(base, path).etag
        assert client.get(base, path, etag=tag).status == 304
    host = base.removeprefix("http://")
    with socket.create_connection(("127.0.0.1", int(host.partition(":")[2]))) as connection:
        connection.sendall(request_for(path, tag, host))
        connection.settimeout(5)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(4096)
    names = [line.partition(b":")[0] for line in answer.split(b"\r\n")[1:-2]]
    assert answer.upper().startswith(b"HTTP/1.1 304 NOT MODIFIED\r\n")
    # The first two are the server's own; the site sends the validator and nothing else.
    assert {name.lower() for name in names} <= {b"connection", b"date", b"etag"}
    assert len(request_for(path, tag, HOST)) + len(answer) <= BUDGET
