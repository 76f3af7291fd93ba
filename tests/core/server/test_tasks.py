"""Answers as they arrive: whole and in order, whatever the application gives in whatever pieces."""

import pytest

from .conftest import connect, running

PIECES = {
    "short": [b"ok\n"],
    "empty": [b""],
    "nothing": [],
    "in pieces": [b"one ", b"", b"two ", b"three"],
    "long": [b"x" * 300_000],
    "long after short": [b"y", b"z" * 100_000, b"end"],
}


def application(pieces, has_length):
    """Return a WSGI application that answers each request with its number and the pieces."""
    asked = []

    def answer(_environ, start):
        asked.append(1)
        body = [str(len(asked)).encode(), *pieces]
        headers = [("Content-Type", "text/plain")]
        if has_length:
            headers.append(("Content-Length", str(len(b"".join(body)))))
        start("200 OK", headers)
        return iter(body)

    return answer


def read_all(client):
    answer = b""
    while piece := client.recv(65536):
        answer += piece
    return answer


@pytest.mark.parametrize("name", PIECES)
@pytest.mark.parametrize("has_length", [True, False])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_every_piece_arrives(local_site, name, has_length, version):
    app = application(PIECES[name], has_length)
    with running(local_site(), app) as listener, connect(listener) as client:
        client.sendall(f"GET / HTTP/{version}\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        head, _, body = read_all(client).partition(b"\r\n\r\n")
    expected = b"1" + b"".join(PIECES[name])
    if b"chunked" in head.lower():
        chunks, rest = b"", body
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            chunks, rest = chunks + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
        body = chunks
    assert body == expected


@pytest.mark.parametrize("name", ["short", "long"])
def test_what_a_client_sends_ahead_is_answered_in_order(local_site, name):
    """All at once, and once more while the last answer may still be made."""
    count, asking = 20, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    app = application(PIECES[name], has_length=True)
    with running(local_site(), app) as listener, connect(listener) as client:
        client.sendall(asking * count)
        client.sendall(asking.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        answers = read_all(client).split(b"HTTP/1.1 200 OK")[1:]
    bodies = [answer.partition(b"\r\n\r\n")[2] for answer in answers]
    whole = b"".join(PIECES[name])
    assert bodies == [str(number + 1).encode() + whole for number in range(count + 1)]
