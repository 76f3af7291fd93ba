"""Production connections: the checked address is dialled, the certificate is that of the name."""

import socket
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from entraide_federation.http import Dialler, PeerClient, PeerTimeout, PeerUnreachable
from entraide_federation.protocol.limits import DEFAULT
from entraide_federation.testing import HostilePeer, answer

BASE = "https://clamecy.example"
PATH = "/federation/v1/head"


def issue(folder, name, days):
    """Write a self-signed authority for `name`, valid for `days`, and return its two files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Exemple")])
    start = datetime.now(UTC) - timedelta(days=3)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=3 + days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority, secret = folder / f"{name}{days}.pem", folder / f"{name}{days}.key"
    authority.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return authority, secret


class Internet:
    """Public addresses whose packets end at a peer on loopback."""

    def __init__(self, port):
        self.port = port
        self.dialled = []

    def connect(self, address, seconds):
        self.dialled.append(address)
        return socket.create_connection(("127.0.0.1", self.port), seconds)


@pytest.fixture
def ask(tmp_path):
    """Return a function that asks clamecy.example, served with a certificate for a name."""

    def run(name="clamecy.example", *, days=30, is_trusted=True):
        authority, secret = issue(tmp_path, name, days)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority, secret)
        names = []
        context.sni_callback = lambda *details: names.append(details[1])
        with HostilePeer({PATH: answer(body=b'{"a":1}')}, tls=context) as peer:
            internet = Internet(peer.port)
            with PeerClient(
                limits=DEFAULT,
                dialler=Dialler(lambda *_: ["8.8.8.8"], internet.connect),
                authorities=authority if is_trusted else None,
            ) as client:
                body = [client.get(BASE, PATH).body for _ in range(2)]
        return body, internet.dialled, names, peer.requests

    return run


def test_the_checked_address_is_dialled_for_the_name(ask):
    body, dialled, names, requests = ask()
    assert body == [b'{"a":1}'] * 2
    assert dialled == [("8.8.8.8", 443)]
    assert names == ["clamecy.example"]
    assert all(b"\r\nHost: clamecy.example\r\n" in request for request in requests)


@pytest.mark.parametrize(
    "certificate",
    [{"name": "hub.example"}, {"is_trusted": False}, {"days": -1}],
    ids=["another name", "unknown authority", "expired"],
)
def test_any_other_certificate_is_refused(ask, certificate):
    assert ask()[0] == [b'{"a":1}'] * 2
    with pytest.raises(PeerUnreachable) as caught:
        ask(**certificate)
    assert caught.value.reason == "tls"


def test_a_handshake_that_never_ends():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        internet = Internet(listener.getsockname()[1])
        limits = replace(DEFAULT, connect_seconds=0.3)
        with (
            PeerClient(
                limits=limits, dialler=Dialler(lambda *_: ["8.8.8.8"], internet.connect)
            ) as client,
            pytest.raises(PeerTimeout) as caught,
        ):
            client.get(BASE, PATH)
    assert caught.value.reason == "connect"


def test_name_connection_and_handshake_share_one_patience():
    now = [0.0]

    def resolve(host, port):
        now[0] = DEFAULT.connect_seconds
        return ["8.8.8.8"]

    internet = Internet(9)
    with (
        PeerClient(
            limits=DEFAULT, dialler=Dialler(resolve, internet.connect), monotonic=lambda: now[0]
        ) as client,
        pytest.raises(PeerTimeout) as caught,
    ):
        client.get(BASE, PATH)
    assert caught.value.reason == "connect"
    assert internet.dialled == []


def test_a_handshake_that_is_reset():
    def connect(address, seconds):
        ours, theirs = socket.socketpair()
        theirs.close()
        return ours

    with (
        PeerClient(limits=DEFAULT, dialler=Dialler(lambda *_: ["8.8.8.8"], connect)) as client,
        pytest.raises(PeerUnreachable) as caught,
    ):
        client.get(BASE, PATH)
    assert caught.value.reason in {"tls", "disconnected"}
