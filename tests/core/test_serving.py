"""The HTTP server as it is configured: what it takes in before our own code sees anything."""

from __future__ import annotations

import socket
import threading

import pytest

from entraide import serving


@pytest.fixture
def served(make_site):
    """A site behind the real server on a free port of this machine."""
    site = make_site(base_url='http://127.0.0.1:8101"\ndevelopment = true # "')
    server = serving.listen(site, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server.effective_port
    server.task_dispatcher.shutdown(timeout=20)
    server.trigger.pull_trigger(lambda: server.asyncore.close_all(server._map))
    thread.join(20)


def converse(port, sent):
    """Send bytes, read until the server closes; return head and body of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(sent)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.decode("latin-1"), body.decode("utf-8", "replace")


def post(size, path="/login", language="fr", sent=None):
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nAccept-Language: {language}\r\n"
        f"Content-Length: {size}\r\n\r\n"
    )
    return head.encode() + b"x" * (size if sent is None else sent)


@pytest.mark.parametrize("size", [64 * 1024 + 1, 128 * 1024, 3 * 1024 * 1024])
@pytest.mark.parametrize(("language", "words"), [("fr", "trop lourd"), ("en", "too large")])
def test_a_body_that_is_too_large_gets_our_own_page(served, size, language, words):
    """Also those that the server itself refuses; the client may finish sending and reads why."""
    head, body = converse(served, post(size, language=language))
    assert head.startswith("HTTP/1.1 413 ")
    assert words in body
    assert "<html" in body
    assert "Content-Security-Policy: default-src 'none'" in head
    assert "X-Content-Type-Options: nosniff" in head


def test_a_huge_body_is_refused_before_it_is_kept(served):
    """The server would write up to a gigabyte of it to the disk."""
    head, _body = converse(served, post(10**9, sent=0))
    assert head.startswith("HTTP/1.1 413 ")


def test_a_program_is_told_in_its_own_form(served):
    head, body = converse(served, post(10**6, path="/api/v1/offers"))
    assert head.startswith("HTTP/1.1 413 ")
    assert "Content-Type: application/problem+json" in head
    assert '"status":413' in body


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: " + b"a" * 40_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: x\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (
            b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            400,
        ),
    ],
    ids=["long-path", "long-cookie", "bad-length", "nonsense", "coding", "chunk"],
)
def test_what_cannot_be_read_is_answered_by_the_site(served, sent, status):
    head, body = converse(served, sent)
    assert head.split()[1] == str(status), head
    assert "X-Content-Type-Options: nosniff" in head
    assert "waitress" not in (head + body).lower()


def test_an_answer_without_a_body_leaves_the_connection_open(served):
    """A poll that finds nothing new would cost a new connection, and a new TLS handshake."""
    asking = "GET /static/icon.svg HTTP/1.1\r\nHost: 127.0.0.1\r\n{}\r\n"
    with socket.create_connection(("127.0.0.1", served), timeout=20) as connection:
        connection.sendall(asking.format("").encode())
        head = b""
        while b"</svg>" not in head:
            head += connection.recv(65536)
        head = head.decode("latin-1")
        tag = head.partition("Etag: ")[2].partition("\r\n")[0]
        for _number in range(3):
            connection.sendall(asking.format(f"If-None-Match: {tag}\r\n").encode())
            head = connection.recv(65536).decode("latin-1")
            assert head.startswith("HTTP/1.1 304 ")
            assert "Connection" not in head
        connection.sendall(asking.format(f"If-None-Match: {tag}\r\nConnection: close\r\n").encode())
        assert "Connection: close" in connection.recv(65536).decode("latin-1")
        assert connection.recv(1) == b""
