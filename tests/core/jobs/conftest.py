"""A Redis of the tests' own, when the program is there."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time

import pytest
from free_ports import free_port as choose_port


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory):
    """Give the address of an empty Redis: the one named by the environment, or our own."""
    if given := os.environ.get("ENTRAIDE_TEST_REDIS"):
        yield given
        return
    program = shutil.which("redis-server")
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "no Redis: set ENTRAIDE_TEST_REDIS or install redis-server"
        )
    port = choose_port()
    folder = tmp_path_factory.mktemp("redis")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    wait_for(port)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait(10)


def wait_for(port):
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}")


@pytest.fixture
def closed_port(free_port):
    return free_port
