"""The HTTP server as it is configured: what it takes in before our own code sees anything."""

from __future__ import annotations

import socket
import threading

import pytest
from waitress.server import create_server

from entraide import serving
from entraide.app import create_app


@pytest.fixture
def served(make_site):
    """A site behind the real server on a free port of this machine."""
    site = make_site(base_url='http://127.0.0.1:8101"\ndevelopment = true # "')
    server = create_server(create_app(site), **(serving.OPTIONS | {"host": "127.0.0.1", "port": 0}))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server.effective_port
    server.task_dispatcher.shutdown(timeout=20)
    server.close()
    thread.join(20)


def send(port, head, size):
    """Send a request whose body is `size` bytes long; return the first line of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(head)
        chunk = b"x" * 4096
        try:
            for _ in range(size // len(chunk)):
                connection.sendall(chunk)
        except OSError:
            pass  # The server has closed the door: that is the point.
        return connection.recv(4096).split(b"\r\n")[0]


def head_of(size):
    return (
        b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n"
        b"Content-Length: %d\r\n\r\n" % size
    )


@pytest.mark.parametrize("size", [128 * 1024, 512 * 1024])
def test_a_body_that_is_too_large_gets_our_own_page(served, size):
    assert send(served, head_of(size), size) == b"HTTP/1.1 413 REQUEST ENTITY TOO LARGE"


def test_a_huge_body_is_refused_before_it_is_kept(served):
    """The server would write up to a gigabyte of it to the disk."""
    answer = send(served, head_of(10**9), 0)
    assert answer.startswith(b"HTTP/1.1 413")
