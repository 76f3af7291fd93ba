"""A site behind the real server, on a free port of loopback, with short deadlines."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager

import pytest

from entraide import server
from entraide.app import create_app

BASE = 'http://127.0.0.1:8101"\ndevelopment = true # "'


@contextmanager
def running(site, app=None, **limits):
    """Serve a site with limits of one's own; give the server."""
    listener = server.create(
        app or create_app(site),
        limits=server.ServerLimits(**limits),
        threads=4,
        host="127.0.0.1",
        port=0,
    )
    loop = threading.Thread(target=listener.run, daemon=True)
    loop.start()
    try:
        yield listener
    finally:
        listener.trigger.pull_trigger(lambda: listener.asyncore.close_all(listener._map))
        loop.join(20)
        listener.task_dispatcher.shutdown(timeout=20)


@pytest.fixture
def local_site(make_site):
    """Give a function that opens a trial site; `hops` proxies are declared."""
    return lambda hops=0: make_site(
        base_url=BASE, toml=f"[server]\nproxy_hops = {hops}\n" if hops else ""
    )


def connect(listener, source="127.0.0.1"):
    """Open a connection from an address of loopback."""
    address = ("127.0.0.1", int(listener.effective_port))
    return socket.create_connection(address, timeout=30, source_address=(source, 0))


def ask(listener, path="/health", headers="", source="127.0.0.1"):
    """Return status, head and body of one request on its own connection."""
    with connect(listener, source) as client:
        client.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\r\n".encode()
        )
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode("latin-1"), body
