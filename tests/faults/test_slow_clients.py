"""Two thousand clients that are slow, idle or half gone, against one real server process."""

from __future__ import annotations

import contextlib
import resource
import socket
import time

import pytest

from .test_site_faults import Site

pytestmark = pytest.mark.faults

CLIENTS, SECONDS = 2000, 40
FILES_OF_OUR_OWN = 200
START = "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
POST = "POST /login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 60000\r\n\r\n"
KINDS = {
    "silent": ("", ""),
    "half a head": (START, ""),
    "slow head": (START, "X-A: b\r\n"),
    "slow body": (POST, "a"),
    "idle": (START + "\r\n", ""),
    "half closed": (START, ""),
    "never reading": (START + "\r\n" + START + "\r\n" + START + "\r\n", ""),
}


@pytest.fixture
def many_files():
    """Allow this process, and the server that it starts, as many open files as they need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CLIENTS + FILES_OF_OUR_OWN
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"only {hard} open files are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def site(tmp_path, monkeypatch, many_files, free_port):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("ENTRAIDE_INSTANCE", "ENTRAIDE_STRICT"):
        monkeypatch.delenv(name, raising=False)
    with Site(tmp_path / "site", free_port) as made:
        made.start("serve")
        yield made


def open_clients(site, count):
    """Open clients of all kinds in turn; return them with what each repeats."""
    clients = []
    for number in range(count):
        kind = list(KINDS)[number % len(KINDS)]
        first, repeated = KINDS[kind]
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        client.settimeout(10)
        client.connect(("127.0.0.1", site.port))
        client.sendall(first.format(path="/help-numbers", port=site.port).encode())
        if kind == "half closed":
            client.shutdown(socket.SHUT_WR)
        clients.append((client, repeated.encode()))
    return clients


def test_thousands_of_slow_clients_stop_nobody(site):
    """For forty seconds; what their time is over for is counted in the log, not told one by one."""
    clients = open_clients(site, CLIENTS)
    until = time.monotonic() + SECONDS
    answered = 0
    while time.monotonic() < until:
        assert site.get("/help-numbers").status_code == 200
        assert site.get("/health").status_code == 200
        answered += 2
        for client, repeated in clients:
            if repeated:
                with contextlib.suppress(OSError):
                    client.send(repeated)
        time.sleep(1)
    for client, _repeated in clients:
        client.close()
    assert answered >= 10
    assert site.processes["serve"].poll() is None
    assert site.get("/help-numbers").status_code == 200
    lines = [line for line in site.log_of("serve").splitlines() if "connections-let-go" in line]
    assert 1 <= len(lines) <= 5
    assert "Traceback" not in site.log_of("serve")


def test_when_open_files_run_out_the_server_lives(site):
    """A system that allows 300 open files: who waits longest makes room, without a traceback."""
    site.kill("serve")
    with (site.folder / "serve.log").open("ab") as log:
        import subprocess

        from .test_site_faults import ENTRAIDE

        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300))

        site.processes["serve"] = subprocess.Popen(
            [ENTRAIDE, "-i", site.folder, "serve"],
            stdout=log,
            stderr=log,
            preexec_fn=limit,  # noqa: PLW1509
        )
    site.wait_for(lambda: site.get("/health").ok)
    clients = open_clients(site, 600)
    for _number in range(20):
        assert site.get("/help-numbers").status_code == 200
    for client, _repeated in clients:
        client.close()
    assert site.get("/help-numbers").status_code == 200
    assert "Traceback" not in site.log_of("serve")
