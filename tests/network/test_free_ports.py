"""What makes a port safe to stop and start a server on, while other processes run."""

import re
import socket
from pathlib import Path

import pytest
from free_ports import PER_PROCESS, PROCESSES, free_port, free_ports, is_free, own_range

TESTS = Path(__file__).parents[1]
SYSTEM = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_no_two_workers_share_a_port_and_none_is_given_to_outgoing_connections():
    ports = [port for number in range(PROCESSES) for port in own_range(f"gw{number}", 1)]
    assert len(set(ports)) == len(ports) == PROCESSES * PER_PROCESS
    assert min(ports) > 1024
    if SYSTEM.exists():
        assert max(ports) < int(SYSTEM.read_text().split()[0])


@pytest.mark.parametrize(("worker", "pid"), [("", 7), ("gw7", 4), ("", 7 + PROCESSES)])
def test_without_workers_the_process_decides(worker, pid):
    assert own_range(worker, pid) == own_range("gw7", 1)


def test_each_port_is_given_once_and_a_used_one_never():
    first = free_port()
    with socket.create_server(("127.0.0.1", first + 1)) as _taken:
        assert not is_free(first + 1)
        ports = free_ports(20)
    assert len({first, first + 1, *ports}) == 22


def test_no_test_lets_go_of_a_port_of_the_system_to_start_a_server_there():
    """Where a socket on port 0 is closed and its number kept, another process may take it."""
    kept = re.compile(
        r"(?:bind|create_server)\(\(\"127\.0\.0\.1\", 0\)\).*\n.*return|as probe:\n.*getsockname"
    )
    files = [path for path in TESTS.rglob("*.py") if kept.search(path.read_text("utf-8"))]
    assert files == []
