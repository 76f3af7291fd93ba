"""Fixtures of the federation tests: the test vectors, their keys and a Keyset that holds them."""

import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from federation_network import RECOVERY_SHEET

from entraide import JobRun, clock, outbox, runtime, serving
from entraide.app import create_app
from entraide.testing import browser
from entraide_federation.keys import identity
from entraide_federation.protocol import keysets, proofs, spelling
from entraide_federation.publishing import publisher

from .desk import desk, peer, reading_site, relay

__all__ = ["desk", "peer", "reading_site", "relay"]

DATA = Path(__file__).parents[1] / "data"
ORIGIN = "https://clamecy.example"


@pytest.fixture(scope="session")
def vectors():
    return json.loads((DATA / "efp1/vectors.json").read_text())


@pytest.fixture(scope="session")
def now():
    """The time at which the vectors are judged."""
    return datetime(2026, 1, 6, 10, 5, tzinfo=UTC)


@pytest.fixture(scope="session")
def origin():
    return ORIGIN


@pytest.fixture(scope="session")
def method():
    return spelling.method_of(ORIGIN, "k1")


@pytest.fixture(scope="session")
def key(vectors, method):
    return proofs.generate_key(bytes.fromhex(vectors["keys"][method]["seed_hex"]))


@pytest.fixture(scope="session")
def root_method():
    return spelling.method_of(ORIGIN, "r1")


@pytest.fixture(scope="session")
def root_key():
    return proofs.generate_key(b"a synthetic root key, 32 bytes.!")


@pytest.fixture(scope="session")
def keyset_arguments(now, method, key, root_method, root_key):
    return {
        "origin": ORIGIN,
        "version": 1,
        "issued": now - timedelta(days=5),
        "expires": now + timedelta(days=360),
        "roots": {root_method: proofs.public_key(root_key)},
        "keys": [keysets.Key(method, proofs.public_key(key))],
        "signers": {root_method: root_key},
    }


@pytest.fixture(scope="session")
def keyset(keyset_arguments, now):
    return keysets.verify_keyset(keysets.make_keyset(**keyset_arguments), now=now)


@pytest.fixture(scope="session")
def signed(vectors):
    """A signed offer, as parsed."""
    return vectors["objects"][0]["signed"]


CANARY_PLUGIN = '''"""A kind of help with one field per audience."""
from marshmallow import Schema
from entraide import Kind, Workflow, fields, hookimpl, parties, public, staff

__plugin__ = {"name": "canary", "title": "Canary", "requires": ">=1,<2"}


class CanarySchema(Schema):
    """Who reads what."""

    level = public(fields.String(), label="Level", facet=True)
    seats = public(fields.Integer(), label="Seats")
    free = public(fields.Boolean(), label="Free")
    tags = public(fields.List(fields.String()), label="Tags")
    for_members = fields.members(fields.String(), label="M", purpose="test")
    for_staff = staff(fields.String(), label="S", purpose="test")
    for_parties = parties(fields.String(), label="P", purpose="test")


STEPS = Workflow(
    "open", {"open": {"pause": "paused", "close": "closed"}, "paused": {"resume": "open"}}
)


@hookimpl
def register_kinds():
    yield Kind("canary", "Canary", CanarySchema, STEPS, federated=True)
    yield Kind("homely", "Homely", CanarySchema)
'''


@pytest.fixture
def make_origin(make_site):
    """A function that opens a migrated site with federation keys and the kind `canary`."""

    def make(**options):
        options = {"plugins": ("federation", "canary")} | options
        files = {"plugins/canary.py": CANARY_PLUGIN} | options.pop("files", {})
        site = make_site(files=files, **options)
        with runtime.activate(site):
            RECOVERY_SHEET.fill(identity.initialise(None))
        return site

    return make


@pytest.fixture
def publish_all():
    """A function that does what the worker does until nothing waits."""

    def publish():
        outbox.deliver_pending()
        publisher.publish(JobRun(clock.now() + timedelta(days=1), lambda: False))

    return publish


@pytest.fixture
def origin_site(make_origin, database_url):
    """An active site that publishes, on each engine."""
    with runtime.activate(make_origin(url=database_url)) as opened:
        yield opened


@pytest.fixture
def site_client(origin_site):
    """A program that calls the origin at its own address."""
    return browser(create_app(origin_site))


@pytest.fixture
def serve_origin(make_origin):
    """A function that opens a development origin, answered by the real HTTP server on loopback."""
    servers = []

    def serve(**options):
        listener = socket.create_server(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        local = f'[site]\ndevelopment = true\nbase_url = "{base}"\n'
        site = make_origin(files={"local.toml": local}, at=datetime.now(UTC), **options)
        server = serving.listen(site, sockets=[listener])
        loop = threading.Thread(target=server.run)
        loop.start()
        servers.append((server, loop))
        return site

    yield serve
    for server, loop in servers:
        server.trigger.pull_trigger(lambda one=server: one.asyncore.close_all(one._map))
        loop.join()


@pytest.fixture
def served(serve_origin):
    """An active development origin, answered by the real HTTP server on loopback."""
    with runtime.activate(serve_origin()) as site:
        yield site
