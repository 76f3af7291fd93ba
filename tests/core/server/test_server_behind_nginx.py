"""The proxy of the operator's page, as it is written there, before a site that declares it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from entraide.app import create_app
from entraide.web import clients

from .conftest import running

PAGE = Path(__file__).parents[3] / "docs/how-to/operate-an-instance.md"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
MAIN = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 64; }}
http {{
    access_log off; client_body_buffer_size 1m; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{ listen 127.0.0.1:{port}; {block} }}
}}
"""


@pytest.fixture
def behind(local_site, tmp_path, free_port):
    """The port of nginx before a real server, and the lines from which the site saw requests."""
    if NGINX is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("nginx is not installed here")
    seen = []
    site = local_site(1)
    app = create_app(site)
    app.before_request(lambda: seen.append(clients.client()))
    block = re.search(r"```nginx\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[1]
    with running(site, app=app) as listener:
        block = block.replace("127.0.0.1:8000", f"127.0.0.1:{listener.effective_port}")
        settings = tmp_path / "nginx.conf"
        settings.write_text(MAIN.format(folder=tmp_path, port=free_port, block=block))
        process = subprocess.Popen([NGINX, "-c", str(settings), "-e", str(tmp_path / "e.log")])
        try:
            wait_for(free_port, process)
            yield free_port, seen
        finally:
            process.terminate()
            process.wait(20)


def wait_for(port, process):
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("nginx did not start")


def ask(port, head):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(f"{head}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    return answer


def test_the_documented_proxy_says_who_asks(behind):
    port, seen = behind
    assert b" 200 OK" in ask(port, "GET /health HTTP/1.1")
    forged = "GET /health HTTP/1.1\r\nX-Forwarded-For: 203.0.113.9"
    assert b" 200 OK" in ask(port, forged)
    assert seen == ["127.0.0.1"] * 2, "the address that the proxy saw, not what a visitor claims"


def test_pages_come_compressed_through_the_documented_proxy(behind):
    port, _seen = behind
    answer = ask(port, "GET / HTTP/1.1\r\nAccept-Encoding: gzip")
    assert b"content-encoding: gzip" in answer.lower()


def test_what_is_too_large_is_said_in_our_own_words(behind):
    port, _seen = behind
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(
            b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            b"Content-Length: 200000\r\n\r\n" + b"x" * 200_000
        )
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    assert b" 413 " in answer
    assert b"trop lourd" in answer
