"""Which addresses may be dialled, however they are spelled, and what a name may resolve to."""

import socket
import threading

import pytest

from entraide_federation.http import Dialler, PeerTimeout, PeerUnreachable, TargetRefused
from entraide_federation.http.addresses import is_public
from entraide_federation.http.dialling import resolve
from entraide_federation.http.targets import parse_target

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "51.15.0.1",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:200::1",
    "2001:41d0:1:1::1",
    "2606:4700:4700::1111",
    "2a01:e0a::1",
    "3ffd::1",
]

RESERVED = [
    "0.0.0.0",  # noqa: S104 - refused, not bound
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.0.170",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.1.1",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::1",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "2620:4f:8000::1",
    "3ffe::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1%lo",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]

# The system's resolver understands these; a strict reader of addresses does not.
SPELLINGS = [
    "127.1",
    "127.0.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "127.0.0.01",
    "\uff11\uff12\uff17.0.0.1",
    "127.0.0.1.",
    "[::1]",
    "",
    "localhost",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_allowed(address):
    assert is_public(address)


@pytest.mark.parametrize("address", RESERVED + SPELLINGS)
def test_everything_else_is_refused(address):
    assert not is_public(address)


@pytest.mark.parametrize("spelling", ["127.1", "0x7f.1", "2130706433", "017700000001", "127.0.0.1"])
def test_spellings_that_the_resolver_understands_end_at_a_refused_address(spelling):
    addresses = resolve(spelling, 443)
    assert addresses == ["127.0.0.1"]
    assert not is_public(addresses[0])


@pytest.mark.parametrize(
    "base",
    [
        "https://127.0.0.1",
        "https://93.184.216.34",
        "https://127.1",
        "https://0x7f.1",
        "https://2130706433",
        "https://017700000001",
        "https://[::1]",
        "https://localhost",
        "http://clamecy.example",
        "https://clamecy.example:8443",
        "https://clamecy.example/",
        "https://clamecy.example.",
        "https://Clamecy.example",
        "https://user@clamecy.example",
        "https://clamecy.example\\@127.0.0.1",
        "https://clamecy.example#@127.0.0.1",
        "https://\uff11\uff12\uff17.0.0.1",
        "https://example\u3002org",
        "https://clamecy.example\r\nX: y",
        "file:///etc/passwd",
        "http://127.0.0.1:8101",
        "",
    ],
)
def test_production_asks_registered_bases_only(base):
    assert parse_target("https://clamecy.example", "/x", is_development=False).port == 443
    with pytest.raises(TargetRefused) as caught:
        parse_target(base, "/x", is_development=False)
    assert caught.value.reason == "base"


@pytest.mark.parametrize(
    "base",
    [
        "http://localhost:8101",
        "http://127.0.0.2:8101",
        "http://127.1:8101",
        "http://0.0.0.0:8101",
        "http://127.0.0.1",
        "http://127.0.0.1:0",
        "http://127.0.0.1:65536",
        "https://127.0.0.1:8101",
        "http://clamecy.example",
    ],
)
def test_development_adds_the_loopback_address_literally(base):
    assert parse_target("http://127.0.0.1:8101", "/x", is_development=True).is_local
    assert parse_target("https://clamecy.example", "/x", is_development=True).port == 443
    with pytest.raises(TargetRefused):
        parse_target(base, "/x", is_development=True)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "x",
        "//elsewhere.example/x",
        "https://elsewhere.example/x",
        "@elsewhere.example/x",
        ":8443/x",
        ".elsewhere.example/x",
        "/\\elsewhere.example",
        "/x y",
        "/x\r\nHost: elsewhere.example",
        "/x#y",
        "/\u00e9",
        "/" + "x" * 2048,
    ],
)
def test_paths_cannot_lead_elsewhere(path):
    with pytest.raises(TargetRefused) as caught:
        parse_target("https://clamecy.example", path, is_development=False)
    assert caught.value.reason == "path"


class Network:
    """Records what is dialled; answers at the addresses that are `up`."""

    def __init__(self, up):
        self.up = up
        self.dialled = []

    def connect(self, address, seconds):
        self.dialled.append(address)
        assert seconds > 0
        if address[0] not in self.up:
            raise ConnectionRefusedError
        ours, theirs = socket.socketpair()
        theirs.close()
        return ours


def dial(addresses, network, remaining=lambda: 5.0):
    target = parse_target("https://clamecy.example", "/x", is_development=False)
    resolver = addresses if callable(addresses) else lambda *_: addresses
    Dialler(resolve=resolver, connect=network.connect).dial(target, remaining).close()


def test_dials_the_first_address_that_answers():
    network = Network(up={"8.8.8.8"})
    dial(["2a01:e0a::1", "8.8.8.8", "1.1.1.1"], network)
    assert network.dialled == [("2a01:e0a::1", 443), ("8.8.8.8", 443)]


@pytest.mark.parametrize(
    "addresses",
    [
        [],
        ["127.0.0.1"],
        ["8.8.8.8", "10.0.0.1"],
        ["::ffff:127.0.0.1"],
        [f"8.8.8.{number}" for number in range(9)],
        [f"8.8.{number // 250}.{number % 250}" for number in range(1000)],
    ],
)
def test_one_wrong_address_and_nothing_is_dialled(addresses):
    network = Network(up=set(addresses))
    with pytest.raises(PeerUnreachable) as caught:
        dial(addresses, network)
    assert caught.value.reason == "address"
    assert network.dialled == []


def test_a_name_that_changes_between_two_questions_is_asked_once_and_pinned():
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    network = Network(up={"8.8.8.8", "127.0.0.1"})
    dial(lambda *_: next(answers), network)
    assert network.dialled == [("8.8.8.8", 443)]
    with pytest.raises(PeerUnreachable):
        dial(lambda *_: next(answers), network)
    assert len(network.dialled) == 1


def test_no_address_answers():
    with pytest.raises(PeerUnreachable) as caught:
        dial(["8.8.8.8"], Network(up=set()))
    assert caught.value.reason == "connect"
    assert "https://clamecy.example" in str(caught.value)


def test_unknown_name():
    def fail(host, port):
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(PeerUnreachable) as caught:
        dial(fail, Network(up=set()))
    assert caught.value.reason == "dns"


def test_slow_resolver_is_left_alone():
    release = threading.Event()

    def wait(host, port):
        release.wait(30)
        return ["8.8.8.8"]

    network = Network(up={"8.8.8.8"})
    with pytest.raises(PeerTimeout) as caught:
        dial(wait, network, remaining=lambda: 0.05)
    release.set()
    assert caught.value.reason == "dns"
    assert network.dialled == []
