"""A forged Keyset may list the root of the site that it is forged for: only who signed counts."""

from datetime import timedelta

import pytest

from entraide import clock, database
from entraide_federation.protocol import keysets, profile, proofs, spelling
from entraide_federation.reading import sources
from entraide_federation.reading.pull import bootstrap
from entraide_federation.reading.receiving import asking
from entraide_federation.store.models import Source
from entraide_federation.testing import answer
from entraide_federation.testing.publication import FakePublication

KEYSET, KEYSETS = "/federation/v1/keyset", "/federation/v1/keysets"


class Borrower(FakePublication):
    """A liar whose Keysets list, beside its own root, that of the site which it invents."""

    def __init__(self, owner, version=1, names=("r9", "r1")):
        self.owner, self.version, self.names = owner, version, names
        super().__init__(owner.base, clock.now, "a liar")
        self.first = self.publish(title="Envoyez 50 euros à ce numéro")

    def _make_keyset(self, _version=1, older=()):
        own, borrowed = (spelling.method_of(self.base, name) for name in self.names)
        now = self.now()
        return keysets.make_keyset(
            origin=self.base,
            version=self.version,
            issued=now,
            expires=now + timedelta(days=3650),
            roots={
                own: proofs.public_key(self.root_key),
                borrowed: proofs.public_key(self.owner.root_key),
            },
            keys=[*older, keysets.Key(self.method, proofs.public_key(self.key))],
            signers={own: self.root_key},
        )


@pytest.fixture
def tell(desk, relay):
    """A function that lets the relay tell something, and reads it."""

    def tell(publication):
        relay._feed.clear()
        relay._seen.clear()
        relay.relay(publication)
        desk.subscribe(relay, role="hub")
        return bootstrap(relay.base)

    return tell


@pytest.mark.parametrize("version", [1, 2, 9])
@pytest.mark.parametrize("names", [("r9", "r1"), ("r1", "r9"), ("r0", "r2")])
@pytest.mark.parametrize("renewals", [0, 3])
def test_a_borrowed_root_confirms_nothing(desk, relay, peer, tell, version, names, renewals):
    for _renewal in range(renewals):
        peer.publication.renew_keyset()
    tell(Borrower(peer.publication, version, names))
    told = desk.origin(peer).root_fingerprint
    assert told != peer.publication.fingerprint, "an operator compares it by telephone"
    assert desk.confirm() == 1
    assert (desk.objects(), desk.listed()) == ({}, {})
    assert desk.origin(peer).root_fingerprint == peer.publication.fingerprint
    assert desk.origin(peer).keyset_version == renewals + 1
    assert peer.base in desk.source(relay).accusation
    tell(peer.publication)
    assert desk.listed().keys() == peer.publication.objects.keys()


@pytest.mark.parametrize("version", [1, 9])
def test_a_pin_of_the_borrowed_root_shows_nothing_of_it(desk, relay, peer, tell, version):
    forged = Borrower(peer.publication, version)
    tell(forged)
    peers = [
        {"base": relay.base, "role": "hub"},
        {"base": peer.base, "role": "origin", "root": peer.publication.fingerprint},
    ]
    with database.writing() as session:
        sources.sync_configured(session, {"peers": peers})
    assert forged.first not in desk.objects()
    assert peer.base in desk.source(relay).accusation
    assert desk.pull(peer).error == ""
    assert desk.listed().keys() == peer.publication.objects.keys()


def test_a_pin_that_is_held_is_signed_for(desk, relay, peer, tell):
    desk.know(peer.publication)
    assert tell(Borrower(peer.publication)).error_name != ""
    assert "forged-keys" in desk.events()
    assert (desk.listed(), desk.origin(peer).state) == ({}, "new")
    tell(peer.publication)
    assert desk.listed().keys() == peer.publication.objects.keys()


@pytest.mark.parametrize("path", [KEYSETS, KEYSET])
def test_a_pinned_site_that_is_down_is_not_frozen_by_a_liar(desk, peer, tell, path):
    """Nothing is held of it yet: what contradicts the pin is refused, and that is all."""
    desk.know(peer.publication)
    honest, peer.instead = peer.instead, {path: answer(503, b"{}")}
    assert tell(Borrower(peer.publication)).error_name != ""
    assert desk.origin(peer).state == "new"
    assert (desk.listed(), desk.objects()) == ({}, {})
    peer.instead = honest
    tell(peer.publication)
    assert desk.origin(peer).state == "live"
    assert desk.listed().keys() == peer.publication.objects.keys()


def test_later_keys_of_the_owner_do_not_vouch_for_borrowed_ones(desk, peer, tell):
    """The owner's second Keyset follows from the forged first one, by the root in common."""
    forged = Borrower(peer.publication)
    tell(forged)
    peer.publication.rotate_key()
    later = profile.canonical({"keysets": peer.publication.keysets[1:]})
    peer.instead = {KEYSETS: answer(200, later)}
    assert desk.confirm() == 1
    assert forged.first not in desk.objects()
    assert desk.listed() == {}


def test_a_peer_whose_confirmation_failed_is_not_read_under_a_liars_keys(desk, peer, tell):
    forged = Borrower(peer.publication)
    tell(forged)
    peer.publication.rotate_key()
    peer.instead = {KEYSETS: answer(200, b'{"keysets":[]}')}
    with database.writing() as session:
        session.add(Source(base=peer.base, role="origin"))
    desk.pull(peer)
    assert not desk.origin(peer).is_confirmed
    assert desk.listed() == {}
    del peer.instead[KEYSETS]
    assert bootstrap(peer.base).error == ""
    assert desk.listed().keys() == peer.publication.objects.keys()


@pytest.mark.parametrize("version", [2, 9])
def test_the_weekly_question_sees_a_borrowed_root(desk, relay, peer, tell, reading_site, version):
    """As a site that believed one before would have it in its database."""
    forged = Borrower(peer.publication, version)
    tell(forged)
    honest, peer.publication = peer.publication, forged
    desk.confirm()
    peer.publication = honest
    assert forged.first in desk.listed()
    reading_site.clock.advance(timedelta(days=8))
    forged.reissue_head()
    tell(forged)
    assert (desk.origin(peer).state, desk.origin(peer).reason) == ("frozen", asking.DIFFERS)


def rotate_root(publication):
    """Sign a Keyset with another root, by the old root and the new one."""
    old_method, old = spelling.method_of(publication.base, "r1"), publication.root_key
    method = spelling.method_of(publication.base, "r2")
    publication.root_key = proofs.generate_key(bytes(range(32)))
    now = publication.now()
    publication.keysets.append(
        keysets.make_keyset(
            origin=publication.base,
            version=2,
            issued=now,
            expires=now + timedelta(days=3650),
            roots={method: proofs.public_key(publication.root_key)},
            keys=[keysets.Key(publication.method, proofs.public_key(publication.key))],
            signers={old_method: old, method: publication.root_key},
        )
    )
    publication.reissue_head()


@pytest.mark.parametrize("weeks", [0, 60])
def test_a_root_that_was_changed_while_nobody_read_is_no_lie(
    desk, relay, peer, tell, reading_site, weeks
):
    tell(peer.publication)
    desk.confirm()
    rotate_root(peer.publication)
    reading_site.clock.advance(timedelta(weeks=weeks))
    peer.reissue_head()
    forged = FakePublication(peer.base, clock.now, "someone else")
    forged.rotate_key()
    forged.rotate_key()
    assert tell(forged).error_name != ""
    assert peer.base in desk.source(relay).accusation
    assert desk.origin(peer).state != "frozen"
    assert desk.origin(peer).keyset_version == 2
    tell(peer.publication)
    assert desk.origin(peer).state == "live"


def test_an_old_keyset_that_is_served_again_contradicts_nothing(desk, relay, peer, tell):
    peer.publication.renew_keyset()
    tell(peer.publication)
    desk.confirm()
    peer.publication.reissue_head(keyset=3)
    replayed = profile.canonical({"keysets": peer.publication.keysets[:1]})
    relay.instead = {KEYSETS: answer(200, replayed)}
    assert tell(peer.publication).error_name != ""
    assert asking.OLDER in desk.events()
    assert desk.source(relay).accusation == ""
    assert desk.origin(peer).state == "live"


@pytest.mark.parametrize("is_read", [True, False])
def test_a_pin_of_a_later_root_is_found_in_the_history(desk, relay, peer, tell, is_read):
    """The operator reads the root of today from the sheet; the first Keyset has another one."""
    rotate_root(peer.publication)
    if is_read:
        tell(peer.publication)
    peers = [
        {"base": relay.base, "role": "hub"},
        {"base": peer.base, "role": "origin", "root": peer.publication.fingerprint},
    ]
    with database.writing() as session:
        sources.sync_configured(session, {"peers": peers})
    assert desk.pull(peer).error == ""
    assert desk.listed().keys() == peer.publication.objects.keys()
    assert (desk.origin(peer).state, desk.origin(peer).keyset_version) == ("live", 2)
    assert desk.source(relay).accusation == ""
