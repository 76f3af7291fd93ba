"""What a later version of the protocol may say around its objects, at a reader of this one."""

from datetime import timedelta

import orjson
import pytest

from entraide import clock
from entraide_federation.protocol import profile, proofs, spelling
from entraide_federation.reading.pull import bootstrap
from entraide_federation.testing import answer

KEYSET, KEYSETS = "/federation/v1/keyset", "/federation/v1/keysets"
DISCOVERY = "/.well-known/entraide-federation"
OTHER_KEY = "zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"


def sign_keyset(publication, document, more=()):
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    method = spelling.method_of(publication.base, "r1")
    proof = proofs.make_proof(unsigned, publication.root_key, method, clock.now())
    return {**unsigned, "proof": [*more, proof]}


def with_key(publication, document):
    key = {"id": spelling.method_of(publication.base, "k9"), "publicKeyMultibase": OTHER_KEY}
    return sign_keyset(publication, {**document, "keys": [*document["keys"], key]})


def with_long_key(publication, document):
    key = {"id": spelling.method_of(publication.base, "k9"), "publicKeyMultibase": "z" + "2" * 1800}
    return sign_keyset(publication, {**document, "keys": [*document["keys"], key]})


def with_root(publication, document):
    root = {"id": spelling.method_of(publication.base, "r9"), "publicKeyMultibase": OTHER_KEY}
    return sign_keyset(publication, {**document, "root": [root, *document["root"]]})


def with_member(publication, document):
    return sign_keyset(publication, {**document, "notices": [{"of": ["a later version"]}]})


def with_proof(publication, document):
    other = {"type": "DataIntegrityProof", "cryptosuite": "mldsa44-jcs-2024", "proofValue": "u"}
    return sign_keyset(publication, document, [other, {"type": "RsaSignature2038"}])


def with_strange_root_proof(publication, document):
    method = spelling.method_of(publication.base, "r8")
    other = proofs.make_proof({**document}, publication.key, method, clock.now())
    return sign_keyset(publication, document, [other])


@pytest.mark.parametrize("way", ["direct", "relay"])
@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(
    "change",
    [with_key, with_long_key, with_root, with_member, with_proof, with_strange_root_proof],
)
def test_a_keyset_says_more_than_we_know(desk, relay, peer, reading_site, way, is_first, change):
    def read():
        relay.relay(peer.publication)
        outcome = bootstrap(relay.base if way == "relay" else peer.base)
        desk.confirm()
        return outcome

    desk.subscribe(relay, role="hub") if way == "relay" else desk.subscribe(peer)
    if not is_first:
        read()
        peer.publication.renew_keyset()
    keysets = peer.publication.keysets
    keysets[-1] = change(peer.publication, keysets[-1])
    late = peer.publish(title="Après")
    assert read().error == ""
    assert late in desk.listed()
    reading_site.clock.advance(timedelta(days=8))
    peer.reissue_head()
    assert read().error == ""
    assert (desk.origin(peer).state, desk.events()) == ("live", [])


@pytest.mark.parametrize("member", ["sketch", "keyset2", "$more"])
def test_a_head_says_more_than_we_know(desk, peer, member):
    desk.subscribe(peer)
    peer.reissue_head(**{member: {"of": ["a later version"]}})
    assert desk.pull(peer).error == ""
    assert peer.first in desk.listed()


@pytest.mark.parametrize(
    "lies",
    [{"@context": "https://entraide.example/ns/federation/v2"}, {"type": "Head2"}, {"seq": "7"}],
)
def test_a_head_of_a_later_version_is_not_understood_and_harms_nobody(
    desk, relay, peer, reading_site, lies
):
    """What was read stays; the other origins of a relay go on, and the next sound Head too."""
    relay.publish(title="Du relais lui-même")
    desk.know(peer.publication, relay.publication)
    relay.relay(peer.publication)
    relay.relay(relay.publication)
    desk.subscribe(relay, role="hub")
    desk.pull(relay)
    late = peer.publish(title="Après")
    sound = peer.publication.head
    unsigned = {**sound, **lies}
    peer.publication.head = {
        **unsigned,
        "proof": proofs.make_proof(
            {name: value for name, value in unsigned.items() if name != "proof"},
            peer.publication.key,
            peer.publication.method,
            clock.now(),
        ),
    }
    relay.relay(peer.publication)
    other = relay.publish(title="Encore du relais")
    relay.relay(relay.publication)
    desk.pull(relay)
    assert peer.first in desk.listed()
    assert late not in desk.listed()
    reading_site.clock.advance(timedelta(minutes=1))
    bootstrap(relay.base)
    assert other in desk.listed()
    assert desk.origin(peer).state != "frozen"
    assert desk.source(relay).state != "frozen"
    peer.publication.head = sound
    relay.relay(peer.publication)
    reading_site.clock.advance(timedelta(minutes=5))
    bootstrap(relay.base)
    assert late in desk.listed()


@pytest.mark.parametrize(
    "body",
    [
        orjson.dumps({"efp": ["1.0", "2.0"], "base": "x", "name": ["A", "B"], "more": {"a": 1.5}}),
        orjson.dumps({"efp": ["2.0"]}),
        b"[]",
        b"{",
        b"null",
        b"\xff",
        b'{"name": "a\\u0000b"}',
        b"[" * 5_000,
    ],
)
def test_a_discovery_document_that_is_not_understood(desk, peer, body):
    desk.subscribe(peer)
    peer.instead = {DISCOVERY: answer(200, body)}
    assert desk.pull(peer).error == ""
    assert peer.first in desk.listed()


def test_the_profile_of_a_keyset_holds(desk, peer):
    """A Keyset of another context is one of another protocol: nothing is taken under it."""
    later = {**peer.publication.keysets[0], "@context": "https://entraide.example/ns/federation/v2"}
    peer.instead = {KEYSETS: answer(200, profile.canonical({"keysets": [later]}))}
    desk.subscribe(peer)
    assert desk.pull(peer).error_name == "context"
    assert (desk.listed(), desk.objects()) == ({}, {})
    peer.instead = {}
    bootstrap(peer.base)
    assert peer.first in desk.listed()


@pytest.mark.parametrize("is_snapshot", [False, True])
@pytest.mark.parametrize("way", ["direct", "relay"])
@pytest.mark.parametrize(
    "change",
    [
        {"successor": "https://elsewhere.example/federation/o/x"},
        {"reason": "moved"},
        {"reason": ["erasure"]},
        {"deleted": "2026-01-06"},
        {"deleted": None},
        {"@context": "https://entraide.example/ns/federation/v2"},
        {"proof": {"type": "RsaSignature2038"}},
    ],
)
def test_a_tombstone_of_a_later_version_ends_its_own_object_alone(
    desk, relay, peer, reading_site, change, way, is_snapshot
):
    def read():
        relay.relay(peer.publication)
        served = relay if way == "relay" else peer
        return bootstrap(served.base) if is_snapshot else desk.pull(served)

    desk.know(peer.publication)
    desk.subscribe(relay, role="hub") if way == "relay" else desk.subscribe(peer)
    ended = peer.publish(title="Finie")
    read()
    peer.withdraw(ended)
    tombstone = {**peer.publication.objects[ended], **change}
    if "proof" not in change:
        unsigned = {name: value for name, value in tombstone.items() if name != "proof"}
        publication = peer.publication
        made = proofs.make_proof(unsigned, publication.key, publication.method, clock.now())
        tombstone["proof"] = made
    peer.publication.objects[ended] = tombstone
    peer.reissue_head()
    assert read().error == ""
    assert desk.listed().keys() == peer.publication.objects.keys() - {ended}
    assert desk.origin(peer).state == "live"
    reading_site.clock.advance(timedelta(hours=1))
    again = peer.publish(title="Encore une")
    assert read().error == ""
    assert again in desk.listed()
    assert ended not in desk.listed()
