"""Fixtures of the federation tests: the test vectors, their keys and a Keyset that holds them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from entraide_federation import keysets, proofs, spelling

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
