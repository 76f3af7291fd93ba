"""Clients that do nothing, or little: they are let go, others are answered, the log counts them."""

from __future__ import annotations

import re
import socket
import time

import pytest
from structlog.testing import capture_logs

from entraide.app import create_app
from entraide.web import clients

from .conftest import ask, connect, running

HEAD = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n"
BODY = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60000\r\n\r\n"
SHORT = {
    "head_seconds": 1,
    "body_seconds": 1,
    "idle_seconds": 1,
    "window_seconds": 1,
    "linger_seconds": 1,
    "report_seconds": 0,
}


def wait_for_end(client):
    """Read until the server ends the connection; return what came."""
    found = b""
    try:
        while piece := client.recv(65536):
            found += piece
    except ConnectionResetError:
        pass
    return found


@pytest.mark.parametrize(
    ("sent", "stage"),
    [
        (b"", "slow_head"),
        (HEAD, "slow_head"),
        (BODY, "slow_body"),
        (BODY + b"a=b", "slow_body"),
        (HEAD + b"\r\n", "slow_idle"),
        (HEAD + b"\r\n" + HEAD, "slow_head"),
    ],
    ids=["silent", "half a head", "no body", "part of a body", "idle", "second head"],
)
def test_who_keeps_the_server_waiting_is_let_go(local_site, sent, stage):
    with capture_logs() as logs, running(local_site(), **SHORT) as listener:
        with connect(listener) as client:
            client.sendall(sent)
            wait_for_end(client)
        assert ask(listener)[0] == 200
        while not (told := [one for one in logs if one["event"] == "connections-let-go"]):
            ask(listener)
    assert told[0][stage] == 1
    assert sum(value for value in told[0].values() if isinstance(value, int)) <= 2


def test_a_body_that_comes_in_time_is_taken(local_site):
    limits = SHORT | {"body_seconds": 30, "bytes_per_second": 10}
    body = b"email=parent1%40example.org"
    head = f"POST /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
    with running(local_site(), **limits) as listener, connect(listener) as client:
        client.sendall(head.encode() + b"Connection: close\r\n\r\n")
        for byte in body:
            client.sendall(bytes([byte]))
        assert b" 404 " in wait_for_end(client)


def read_slowly(listener, path):
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client.settimeout(30)
    client.connect(("127.0.0.1", int(listener.effective_port)))
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    return client


@pytest.fixture
def large(make_site, tmp_path):
    """A trial site with a page of 20 MB."""
    site = make_site(
        base_url='http://127.0.0.1:8101"\ndevelopment = true # "',
        plugins=("large",),
        files={"plugins/large.py": LARGE},
    )
    (site.settings.folder / "large.bin").write_bytes(b"x" * 20_000_000)
    return site


LARGE = '''"""Large answers, in both ways in which a view can give them."""
from flask import Blueprint, Response, request
from werkzeug.wsgi import wrap_file
from entraide import hookimpl, permission, runtime

blueprint = Blueprint("large", __name__)


@blueprint.get("/stream")
@permission(None)
def stream():
    return Response((b"x" * 100_000 for _number in range(200)), mimetype="application/x-large")


@blueprint.get("/file")
@permission(None)
def file():
    opened = (runtime.current().settings.folder / "large.bin").open("rb")
    return Response(wrap_file(request.environ, opened), mimetype="application/x-large",
                    direct_passthrough=True)


@hookimpl
def register_blueprints():
    yield blueprint
'''


@pytest.mark.parametrize("path", ["/large/stream", "/large/file"])
def test_slow_readers_do_not_stop_the_server(large, path):
    """Twice as many as there are threads: those of a file hold none, the others are let go."""
    with capture_logs() as logs, running(large, **SHORT) as listener:
        readers = [read_slowly(listener, path) for _number in range(8)]
        for reader in readers:
            assert reader.recv(64)
        assert ask(listener, "/help-numbers")[0] == 200
        wait_for_slow_ends(readers)
        for reader in readers:
            reader.close()
        assert ask(listener, "/help-numbers")[0] == 200
        assert not listener.held.total() - len(listener.active_channels)
    # Eight answers that wait in memory are also more than it may hold: the first to say so counts.
    reasons = ("slow_answer", "memory")
    told = sum(one.get(reason, 0) for one in logs for reason in reasons)
    assert told + sum(listener.lost[reason] for reason in reasons) == 8


def wait_for_slow_ends(clients):
    """Read 64 bytes a time of each, ever more slowly than the server bears, until it lets all go."""
    for _number in range(200):
        clients = [client for client in clients if is_answered(client)]
        if not clients:
            return
        time.sleep(0.05)
    raise AssertionError(f"{len(clients)} slow readers were not let go")


def is_answered(client):
    try:
        return bool(client.recv(64))
    except ConnectionResetError:
        return False


def test_a_steady_reader_gets_everything(large):
    with running(large, **SHORT) as listener:
        for path in ("/large/stream", "/large/file"):
            status, _head, body = ask(listener, path)
            assert (status, body.count(b"x")) == (200, 20_000_000)


# Room ---------------------------------------------------------------------------------------


def test_one_client_does_not_hold_all_connections(local_site):
    limits = {"connections": 40, "per_client": 10}
    with running(local_site(), **limits) as listener:
        held = [connect(listener, "127.0.0.2") for _number in range(60)]
        assert ask(listener, source="127.0.0.3")[0] == 200
        assert ask(listener, source="127.0.0.2")[0] == 200, "nor is it shut out itself"
        assert len(listener.active_channels) <= 12
        for one in held:
            one.close()


def test_who_waits_longest_makes_room(local_site):
    with running(local_site(), connections=20, per_client=None) as listener:
        held = [connect(listener) for _number in range(100)]
        for _number in range(5):
            assert ask(listener)[0] == 200
        assert len(listener.active_channels) <= 20
        for one in held:
            one.close()
        assert ask(listener)[0] == 200


def test_what_nobody_reads_may_not_fill_the_memory(large):
    limits = {"memory_bytes": 1_000_000, "report_seconds": 0}
    with capture_logs() as logs, running(large, **limits) as listener:
        readers = [read_slowly(listener, "/large/stream") for _number in range(3)]
        while sum(one.get("memory", 0) for one in logs) < 3:
            assert ask(listener)[0] == 200
        for reader in readers:
            reader.close()


# Who asks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hops", "forwarded", "seen"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 198.51.100.1", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "[2001:db8:1:2:3:4:5:6]:4711", "2001:db8:1:2::/64"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "", "127.0.0.1"),
    ],
)
def test_the_address_of_a_client_through_the_real_server(local_site, hops, forwarded, seen):
    site, found = local_site(hops), []
    app = create_app(site)
    app.before_request(lambda: found.append(clients.client()))
    with running(site, app=app) as listener:
        header = f"X-Forwarded-For: {forwarded}\r\n" if forwarded else ""
        assert ask(listener, headers=header)[0] == 200
    assert found == [seen]


def test_a_proxy_that_nobody_declared_is_told_once(local_site):
    with capture_logs() as logs, running(local_site()) as listener:
        for _number in range(3):
            ask(listener, headers="X-Forwarded-For: 203.0.113.9\r\n")
    assert [one["event"] for one in logs].count("proxy-not-declared") == 1


def test_people_behind_one_declared_proxy_log_in(local_site):
    """Thirty at once, as on a forum day; without their own addresses the proxy's would be one."""
    with running(local_site(1)) as listener:
        statuses = []
        for number in range(30):
            headers = f"X-Forwarded-For: 203.0.113.{number}\r\n"
            _status, head, page = ask(listener, "/login", headers)
            cookie = re.search(r"(?i)set-cookie: ([^;]+)", head)[1]
            token = re.search(rb'name="csrf_token" value="([0-9a-f]+)"', page)[1].decode()
            body = f"csrf_token={token}&email=parent{number}%40example.org"
            with connect(listener) as client:
                client.sendall(
                    f"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}"
                    f"Cookie: {cookie}\r\nContent-Length: {len(body)}\r\n"
                    f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}".encode()
                )
                statuses.append(int(wait_for_end(client).split()[1]))
    assert statuses == [200] * 30


# Requests sent ahead ------------------------------------------------------------------------


def pieces_of(data, size):
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 7, 83, 100_000], ids=lambda size: f"in pieces of {size}")
def test_requests_sent_ahead_are_answered_in_their_order(local_site, size):
    form = "POST /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n\r\na=b"
    chunks = (
        "POST /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\na=b\r\n0\r\n\r\n"
    )
    empty_lines = "\r\n\r\n\r\n"
    last = "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    sent = (HEAD.decode() + "\r\n" + form + empty_lines + chunks + last).encode()
    with running(local_site()) as listener, connect(listener) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces_of(sent, size):
            client.sendall(piece)
        answers = wait_for_end(client)
    assert re.findall(rb"HTTP/1.1 (\d+) ", answers) == [b"200", b"404", b"404", b"200"]


def test_who_sends_many_requests_ahead_is_read_one_by_one(local_site):
    """What fits in one reading is hundreds of requests: others are heard between any two."""
    many = (HEAD + b"\r\n") * 150
    with running(local_site()) as listener:
        clients = [connect(listener, "127.0.0.2") for _number in range(20)]
        for _round in range(10):
            for client in clients:
                client.sendall(many)
            assert ask(listener, source="127.0.0.3")[0] == 200
            waiting = [len(one.requests) for one in list(listener.active_channels.values())]
            assert max(waiting) <= 1
            # On a machine that is busy elsewhere all of it may be answered by now: once more.
            if sum(waiting) > 0:
                break
        assert sum(waiting) > 0, "the others are still being answered"
        for client in clients:
            client.close()
