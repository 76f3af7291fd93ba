"""Relays that lie while they are read, or begin to after they were believed (rule 14)."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from entraide import clock, database, runtime
from entraide_federation import settings as federation_settings
from entraide_federation.listing import visibility
from entraide_federation.origins import confirmation
from entraide_federation.reading.pull import bootstrap
from entraide_federation.store.models import Origin
from entraide_federation.testing import answer
from entraide_federation.testing.publication import FakePublication
from entraide_federation.withholding import decisions

CHANGES, SNAPSHOT = "/federation/v1/changes", "/federation/v1/snapshot"
KEYSET = "/federation/v1/keyset"


def forge(base, offers=1, seed="a liar"):
    publication = FakePublication(base, clock.now, seed)
    for _offer in range(offers):
        publication.first = publication.publish(title="Envoyez 50 euros", reissues=False)
    publication.reissue_head()
    return publication


def while_answering(relay, site, path, act):
    """Let something happen here between the first byte that the relay sends and the last."""

    def edit(asked, body):
        if asked == path:
            with runtime.activate(site):
                act()
        return body

    relay.edit_bytes = edit


@pytest.mark.parametrize("offers", [1, visibility.CHECKED_AT_ONCE + 50])
def test_the_origin_denies_the_keys_while_the_snapshot_is_still_coming(
    desk, relay, peer, reading_site, offers
):
    """More offers than signatures are looked at with a snapshot: the Head alone vouches."""
    forged = forge(peer.base, offers)
    relay.relay(forged)
    desk.subscribe(relay, role="hub")
    while_answering(relay, reading_site, SNAPSHOT, desk.confirm)
    assert desk.pull(relay).error_name == "keys-replaced"
    assert desk.origin(peer).is_confirmed
    assert desk.origin(peer).root_fingerprint == peer.publication.fingerprint
    assert (desk.objects(), desk.listed()) == ({}, {})
    assert peer.base in desk.source(relay).accusation
    relay.edit_bytes = lambda _path, body: body
    reading_site.clock.advance(timedelta(minutes=1))
    bootstrap(relay.base)
    assert (desk.objects(), desk.listed()) == ({}, {})


def test_an_erasure_by_keys_that_are_denied_meanwhile_erases_nothing(
    desk, relay, peer, reading_site
):
    desk.subscribe(peer)
    desk.pull(peer)
    honest = desk.listed()
    forged = forge(peer.base)
    forged.withdraw(peer.first, "erasure")
    with database.writing() as session:
        session.execute(update(Origin).where(Origin.base == peer.base).values(confirmed_at=None))
    relay.relay(forged)
    desk.subscribe(peer, relay, role="hub")
    desk.pull(relay)
    assert desk.objects().keys() == honest.keys()
    assert "Tombstone" not in desk.objects().values()


@pytest.mark.parametrize("path", [CHANGES, SNAPSHOT])
@pytest.mark.parametrize("is_compromised", [True, False])
def test_a_key_that_is_revoked_while_it_is_read_proves_nothing_more(
    desk, relay, peer, reading_site, path, is_compromised
):
    desk.subscribe(peer)
    if path == CHANGES:
        desk.pull(peer)
    late = peer.publish(title="Signée par la clé volée")

    def rotate():
        peer.publication.rotate_key(is_compromised=is_compromised)
        reading_site.clock.advance(timedelta(days=8))
        with database.writing() as session:
            session.execute(update(Origin).where(Origin.base == peer.base).values(name="Nom"))

    while_answering(peer, reading_site, path, rotate)
    desk.pull(peer)
    assert (late in desk.listed()) is not is_compromised


def test_dropped_while_it_is_read_it_stays_dropped(desk, relay, peer, reading_site):
    forged = forge("http://127.0.0.1:1")
    relay.relay(forged)
    desk.subscribe(relay, role="hub")
    desk.pull(relay)
    forged.publish()
    relay.relay(forged)

    def drop():
        reading_site.clock.advance(timedelta(days=31))
        with database.writing() as session:
            confirmation.drop_unanswered(session, federation_settings.limits())

    while_answering(relay, reading_site, CHANGES, drop)
    assert desk.pull(relay).error == ""
    assert desk.origin(forged).state == "dropped"
    assert desk.objects() == {}


@pytest.fixture
def believed(desk, relay, peer):
    """A relay of a site that has spoken for itself."""
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    desk.pull_confirmed(relay)
    assert peer.first in desk.listed()
    return relay


def lie(relay, base, keysets):
    """Let a relay serve keys of its own making, so many versions, and what they sign."""
    forged = forge(base)
    for _version in range(keysets - 1):
        forged.rotate_key()
    forged.seq = 50
    forged.reissue_head()
    relay._seen.clear()
    relay.relay(forged)
    return forged


@pytest.mark.parametrize("keysets", [1, 2, 4])
@pytest.mark.parametrize("way", ["feed", "snapshot"])
def test_a_relay_that_lies_later_silences_nobody(desk, believed, peer, reading_site, keysets, way):
    forged = lie(believed, peer.base, keysets)
    outcome = bootstrap(believed.base) if way == "snapshot" else desk.pull(believed)
    assert outcome.error_name != ""
    assert (desk.origin(peer).state, desk.origin(peer).keyset_version) == ("live", 1)
    assert forged.first not in desk.objects()
    assert bool(desk.source(believed).accusation) is (keysets > 1)
    if keysets > 1:
        assert "forged-keys" in desk.events()
        assert "keyset-broken" not in desk.events()
    late = peer.publish(title="Honnête")
    believed._feed.clear()
    believed._seen.clear()
    believed.relay(peer.publication)
    reading_site.clock.advance(timedelta(minutes=1))
    bootstrap(believed.base)
    assert late in desk.listed()
    assert desk.origin(peer).state == "live"


def test_the_followers_that_the_site_itself_tells_are_taken(desk, believed, peer):
    peer.publication.rotate_key()
    lie(believed, peer.base, 2)
    desk.pull(believed)
    assert desk.origin(peer).keyset_version == 2
    assert desk.origin(peer).state == "live"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (lambda _: answer(503, b"{}", content_type="application/json"), "keyset-broken"),
        (lambda _: answer(200, b"{}"), "keyset-broken"),
        (lambda forged: answer(200, forged), "keyset-differs"),
    ],
)
def test_without_a_word_of_the_site_itself_a_person_decides(desk, believed, peer, reply, reason):
    from entraide_federation.protocol import profile

    forged = lie(believed, peer.base, 2)
    peer.instead = {KEYSET: reply(profile.canonical(forged.keysets[-1]))}
    desk.pull(believed)
    assert (desk.origin(peer).state, desk.origin(peer).reason) == ("frozen", reason)
    assert desk.source(believed).accusation == ""
    assert peer.first in desk.listed()


def test_suspended_while_it_is_read_nothing_is_shown(desk, believed, peer, reading_site):
    late = peer.publish(title="En route")
    believed.relay(peer.publication)

    def suspend():
        with database.writing() as session:
            decisions.suspend(session, confirmation.lock(session, peer.base), "abuse")

    while_answering(believed, reading_site, CHANGES, suspend)
    assert desk.pull(believed).error == ""
    assert desk.listed() == {}
    with database.writing() as session:
        decisions.unsuspend(session, confirmation.lock(session, peer.base))
    assert late in desk.listed()
