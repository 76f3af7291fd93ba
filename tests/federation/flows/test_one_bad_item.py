"""One bad item is one bad item: it hides itself, in feed and snapshot, direct and relayed (20)."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from entraide import clock, database
from entraide_federation.protocol import heads, profile, proofs
from entraide_federation.reading.pull import bootstrap
from entraide_federation.reading.receiving import json_parts
from entraide_federation.store.models import Origin, SignedObject
from entraide_federation.testing.publication import FakePublication

CHANGES, SNAPSHOT = "/federation/v1/changes", "/federation/v1/snapshot"


def resign(publication, identifier, **change):
    """Sign an object again with members that a correct site would not publish."""
    document = {**publication.objects[identifier], **change}
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    unsigned["version"] += 1
    proof = proofs.make_proof(unsigned, publication.key, publication.method, clock.now())
    put(publication, identifier, {**unsigned, "proof": proof}, 0)


def put(publication, identifier, document, step=1):
    document = {**document, "version": document["version"] + step}
    publication.seq += 1
    publication.objects[identifier] = document
    publication.numbers[identifier] = publication.seq
    publication.reissue_head()


def future_context(publication, identifier):
    resign(publication, identifier, **{"@context": "https://entraide.example/ns/federation/v2"})


def context_list(publication, identifier):
    resign(publication, identifier, **{"@context": [profile.CONTEXT, "https://x.example"]})


def no_context(publication, identifier):
    resign(publication, identifier, **{"@context": None})


def graph(publication, identifier):
    resign(publication, identifier, ext={"tutoring": {"@graph": "x"}})


def bad_signature(publication, identifier):
    put(publication, identifier, publication.objects[identifier] | {"title": "Autre titre"})


def no_proof(publication, identifier):
    document = dict(publication.objects[identifier])
    del document["proof"]
    put(publication, identifier, document)


def proof_of_the_future(publication, identifier):
    document = publication.objects[identifier]
    suite = {**document["proof"], "cryptosuite": "eddsa-jcs-2030"}
    put(publication, identifier, {**document, "proof": suite})


def unknown_key(publication, identifier, step=1):
    document = publication.objects[identifier]
    proof = {**document["proof"], "verificationMethod": f"{publication.base}/federation/actor#k9"}
    put(publication, identifier, {**document, "proof": proof}, step)


def control_character(publication, identifier):
    resign(publication, identifier, title="Titre \u0007 avec cloche")


def direction_control(publication, identifier):
    resign(publication, identifier, summary="abc\u202edef")


def strange_key(publication, identifier):
    resign(publication, identifier, clé="x")


def too_deep(publication, identifier):
    resign(publication, identifier, ext={"tutoring": {"a": [[[[[["x"]]]]]]}})


def nameless_type(publication, identifier):
    resign(publication, identifier, type="x" * 200)


def typeless(publication, identifier):
    resign(publication, identifier, type=["Offer"])


def unknown_type(publication, identifier):
    resign(publication, identifier, type="Meeting")


def bad_schema(publication, identifier):
    resign(publication, identifier, title="")


def not_normal(publication, identifier):
    resign(publication, identifier, title="e\u0301te\u0301")


BAD = [
    (future_context, "context"),
    (context_list, "context"),
    (no_context, "context"),
    (graph, "context"),
    (bad_signature, "signature"),
    (no_proof, "proof-form"),
    (proof_of_the_future, "proof-suite"),
    (unknown_key, "key-unknown"),
    (control_character, "control"),
    (direction_control, "control"),
    (strange_key, "key-name"),
    (too_deep, "depth"),
    (nameless_type, "schema"),
    (typeless, "schema"),
    (unknown_type, None),
    (bad_schema, "schema"),
    (not_normal, "nfc"),
]


def problem_of(uid):
    with database.reading() as session:
        return session.scalar(select(SignedObject.problem).where(SignedObject.uid == uid))


def root_of(base):
    with database.reading() as session:
        rows = select(SignedObject.element).join(Origin).where(Origin.base == base)
        return heads.root(session.scalars(rows))


@pytest.fixture(params=["direct", "relayed"])
def source(request, desk, peer, relay):
    """A source of the peer's objects, and what to do when the peer has published."""
    if request.param == "direct":
        desk.subscribe(peer)
        return peer, lambda: None
    desk.know(peer.publication)
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    return relay, lambda: relay.relay(peer.publication)


@pytest.mark.parametrize("is_snapshot", [False, True])
@pytest.mark.parametrize(("spoil", "problem"), BAD)
def test_a_bad_item_hides_itself_alone(desk, peer, source, spoil, problem, is_snapshot):
    served, pass_on = source
    bad, good = peer.publish(title="Mauvaise"), peer.publish(title="Bonne")
    if not is_snapshot:
        pass_on()
        desk.pull(served)
        assert {bad, good} <= desk.listed().keys()
    spoil(peer.publication, bad)
    late = peer.publish(title="Nouvelle")
    pass_on()
    outcome = desk.pull(served)
    assert outcome.error_name == ""
    assert {good, late, peer.first} <= desk.listed().keys()
    assert bad not in desk.listed()
    assert problem_of(bad) == problem
    assert desk.origin(peer).state == "live"
    assert root_of(peer.base) == peer.publication.head["root"]
    assert desk.pull(served).error_name == ""
    assert problem_of(bad) == problem
    peer.publish(id=bad, title="Réparée")
    pass_on()
    assert desk.pull(served).error_name == ""
    assert desk.listed()[bad] == "Réparée"
    peer.withdraw(bad)
    pass_on()
    assert desk.pull(served).error_name == ""
    assert root_of(peer.base) == peer.publication.head["root"]


@pytest.mark.parametrize("spoil", [control_character, strange_key, too_deep])
def test_what_breaks_the_profile_need_not_be_counted(desk, peer, source, spoil):
    """An origin that keeps the rule leaves it out of its root; then nothing of it is stored."""
    served, pass_on = source
    bad = peer.publish(title="Mauvaise")
    spoil(peer.publication, bad)
    counted = [one for uid, one in peer.publication.objects.items() if uid != bad]
    root = heads.root(map(profile.element_of, counted))
    peer.reissue_head(root=root, count=len(counted))
    pass_on()
    assert desk.pull(served).error_name == ""
    assert bad not in desk.objects()
    assert peer.first in desk.listed()
    late = peer.publish()
    root = heads.root(
        [*map(profile.element_of, counted), profile.element_of(peer.publication.objects[late])]
    )
    peer.reissue_head(root=root, count=len(counted) + 1)
    pass_on()
    assert desk.pull(served).error_name == ""
    assert late in desk.listed()


def twice(part):
    return part.replace(b'"lang":"fr"', b'"lang":"fr","lang":"fr"', 1)


def float_number(part):
    return part.replace(b'"lang":"fr"', b'"lang":1.5', 1)


def broken_text(part):
    return part.replace(b'"lang":"fr"', b'"lang":"\\ud800"', 1)


def no_json(part):
    return part.replace(b'"lang":"fr"', b'"lang":', 1)


@pytest.mark.parametrize("is_snapshot", [False, True])
@pytest.mark.parametrize("spoil", [twice, float_number, broken_text, no_json])
def test_an_unparsable_item_of_a_relay_makes_no_other_origin_wait(
    desk, peer, relay, spoil, is_snapshot
):
    other = FakePublication("http://127.0.0.1:12", clock.now)
    desk.know(peer.publication, other)
    other.first = other.publish()
    relay.relay(peer.publication)
    relay.relay(other)
    desk.subscribe(relay, role="hub")
    if not is_snapshot:
        desk.pull(relay)
    victim = peer.publish(title="Victime")
    late = other.publish()
    relay.relay(peer.publication)
    relay.relay(other)
    marker = victim.encode()

    def edit(_path, body):
        parts = body.split(b'{"@context"')
        return b'{"@context"'.join(spoil(part) if marker in part else part for part in parts)

    relay.edit_bytes = edit
    desk.pull(relay)
    assert late in desk.listed()
    assert victim not in desk.objects()
    relay.edit_bytes = lambda _path, body: body
    bootstrap(relay.base)
    assert victim in desk.listed()


def test_items_without_an_origin_are_left_out(desk, peer, source):
    served, pass_on = source
    late = peer.publish()
    pass_on()
    served.edit = lambda items: [*items, {"type": "Offer"}, 5]
    desk.pull(served)
    served.edit = lambda items: [{"type": "Offer"}, *items]
    newer = peer.publish()
    pass_on()
    desk.pull(served)
    assert {late, newer} <= desk.listed().keys()


def test_a_key_that_is_told_of_later_shows_the_item(desk, peer, reading_site):
    desk.subscribe(peer)
    desk.pull(peer)
    bad = peer.publish(title="Signée par une clé future")
    unknown_key(peer.publication, bad, 0)
    desk.pull(peer)
    assert problem_of(bad) == "key-unknown"
    sound = peer.publication.objects[bad]
    with database.writing() as session:
        repaired = {
            **sound,
            "proof": {**sound["proof"], "verificationMethod": peer.publication.method},
        }
        session.execute(
            update(SignedObject)
            .where(SignedObject.uid == bad)
            .values(body=profile.canonical(repaired))
        )
    desk.pull(peer)
    assert problem_of(bad) is None
    assert bad in desk.listed()


def test_signatures_of_a_long_snapshot_are_verified_a_few_at_a_time(desk, peer, monkeypatch):
    from entraide_federation.listing import visibility

    bad = [peer.publish() for _offer in range(6)]
    for identifier in bad:
        bad_signature(peer.publication, identifier)
    monkeypatch.setattr(visibility, "CHECKED_AT_ONCE", 3)
    desk.subscribe(peer)
    desk.pull(peer)
    assert 0 < len(set(bad) & desk.listed().keys()) < 6
    desk.pull(peer)
    assert not set(bad) & desk.listed().keys()
    assert root_of(peer.base) == peer.publication.head["root"]


def test_an_erasure_that_nobody_signed_erases_nothing_without_a_root(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    peer.withdraw(peer.first, "erasure")
    dead = peer.publication.objects[peer.first]
    put(peer.publication, peer.first, dead | {"deleted": "2020-01-01T00:00:00Z"})
    peer.reissue_head(root="sha256:" + "0" * 64)
    desk.pull(peer)
    assert peer.first in desk.listed()


@pytest.mark.parametrize(
    "source",
    [
        "",
        "[",
        "{",
        '{"a"}',
        '{"a":}',
        '{"a":1 "b":2}',
        '{"a":1,"a":2}',
        "{1:2}",
        '{"a":1} x',
        '{"a":1,}',
        "[1]",
    ],
)
def test_what_cannot_be_cut_is_refused(source):
    with pytest.raises(ValueError, match=r"."):
        json_parts.members(source)


def test_json_is_cut_into_its_parts():
    source = ' { "a" : [1, {"b": "]"}] , "c":"}" } '
    assert json_parts.members(source) == {"a": '[1, {"b": "]"}]', "c": '"}"'}
    assert json_parts.items('[1, {"b": "]"}]') == ["1", '{"b": "]"}']
    assert json_parts.items("[]") == []


def test_a_clock_that_is_behind_shows_the_item_later(desk, peer, reading_site):
    desk.subscribe(peer)
    ahead = peer.publish()
    resign(peer.publication, ahead, version=int(clock.now().timestamp() * 1000) + 3_600_000)
    desk.pull(peer)
    assert problem_of(ahead) == "version-in-future"
    reading_site.clock.advance(timedelta(hours=1))
    desk.pull(peer)
    assert ahead in desk.listed()


def test_a_line_that_says_nothing_before_the_first_object_is_left_out(desk, peer):
    def spoil(path, body):
        return body.replace(b"\n", b"\n{\n", 1) if path.endswith("/snapshot") else body

    peer.edit_bytes = spoil
    desk.subscribe(peer)
    assert desk.pull(peer).error == ""
    assert peer.first in desk.listed()


@pytest.mark.parametrize("value", [2**70, "\ud800"])
def test_what_has_no_canonical_form_counts_nowhere_whatever_else_it_breaks(peer, value):
    from entraide_federation.protocol import keysets, objects
    from entraide_federation.protocol.errors import BadProfile

    keys = keysets.read_keyset(peer.publication.keysets[0], development=True)
    document = {**peer.publication.objects[peer.first], "no name": 1, "value": value}
    with pytest.raises(BadProfile, match="canonical form"):
        objects.count(document, keys, now=clock.now())
