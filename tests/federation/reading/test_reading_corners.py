"""Rare ways through the reader: plugins that judge, missing keys, forged weekly answers, limits."""

import gc
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from entraide import clock, database, runtime
from entraide.hook_registry import Implementation
from entraide_federation.http import PeerRefused
from entraide_federation.listing import visibility
from entraide_federation.protocol import profile
from entraide_federation.reading import Result, SourceState, bootstrap, sources
from entraide_federation.reading.pull import open_client
from entraide_federation.reading.receiving import feed, keyring
from entraide_federation.store import health, security_events
from entraide_federation.store.models import KeysetVersion, Origin, SecurityEvent, SignedObject
from entraide_federation.testing import answer
from entraide_federation.testing.publication import FakePublication

KEYSETS, CHANGES = "/federation/v1/keysets", "/federation/v1/changes"


@pytest.fixture
def critic(reading_site):
    """A plugin that accepts remote offers while its word is True."""
    said = {"word": False}
    one = Implementation("critic", lambda offer: said["word"] or offer.title == "", ("offer",))
    reading_site.registry.implementations["accept_remote_offer"].append(one)
    return said


def test_a_plugin_hides_an_offer_until_it_changes_its_mind(desk, peer, critic):
    desk.subscribe(peer)
    desk.pull(peer)
    assert peer.first in desk.objects()
    assert peer.first not in desk.listed()
    desk.pull(peer)
    critic["word"] = True
    desk.pull(peer)
    assert peer.first in desk.listed()


def test_every_refused_offer_is_judged_again_in_its_turn(desk, peer, critic, monkeypatch):
    monkeypatch.setattr(visibility, "BATCH", 2)
    offers = {peer.publish() for _ in range(4)} | {peer.first}
    desk.subscribe(peer)
    desk.pull(peer)
    critic["word"] = True
    seen = []
    for _ in range(3):
        desk.pull(peer)
        seen.append(len(offers & set(desk.listed())))
    # The first look was at the two oldest, so they come last.
    assert seen == [2, 3, 5]
    critic["word"] = False
    late = peer.publish()
    desk.pull(peer)
    critic["word"] = True
    desk.pull(peer)
    assert late in desk.listed()


def test_a_relay_that_does_not_know_an_origin_serves_the_others(desk, relay, peer):
    stranger = FakePublication("http://127.0.0.1:12", clock.now)
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    desk.pull_confirmed(relay)
    relay.relay(stranger)
    del relay.relayed[stranger.base]
    late = peer.publish()
    relay.relay(peer.publication)
    assert desk.pull(relay).error_name == "no-keyset"
    assert late in desk.listed()


def test_a_relay_whose_keysets_fail_is_tried_again(desk, relay, peer):
    relay.relay(peer.publication)
    relay.instead = {KEYSETS: answer(503, b"{}", content_type="application/json")}
    desk.subscribe(relay, role="hub")
    assert desk.pull(relay).error_name == "status-503"
    assert desk.source(relay).state == SourceState.BACKOFF


@pytest.mark.parametrize("origin", ["ftp://nowhere.example", "http://127.0.0.1:99999"])
def test_an_origin_that_is_none_is_left_out(desk, relay, peer, origin):
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    desk.pull_confirmed(relay)
    late = peer.publish()
    relay.relay(peer.publication)
    relay.edit = lambda items: [{"origin": origin, "type": "Offer"}] * 2 + items
    assert desk.pull(relay).error_name != ""
    assert desk.origin(peer).state == "live"
    relay.edit = list
    bootstrap(relay.base)
    assert late in desk.listed()


def test_the_number_of_origins_is_bounded(desk, relay, peer, monkeypatch):
    relay.relay(peer.publication)
    monkeypatch.setattr(keyring, "MAX_ORIGINS", 0)
    desk.subscribe(relay, role="hub")
    assert desk.pull(relay).error_name == "origins"


def test_the_number_of_pages_is_bounded(desk, peer, monkeypatch):
    desk.subscribe(peer)
    desk.pull(peer)
    peer.page = 1
    for _ in range(3):
        peer.publish()
    monkeypatch.setattr(feed, "MAX_PAGES", 2)
    assert desk.pull(peer).error_name == "endless"


def test_a_feed_that_is_refused_is_tried_again(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    peer.instead = {CHANGES: answer(500, b"{}", content_type="application/json")}
    assert desk.pull(peer).error_name == "status-500"


@pytest.mark.parametrize("body", [b"[]", b'{"name":"a\\u0000"}', b"{"])
def test_a_peer_without_a_usable_name_keeps_its_address(desk, peer, body):
    peer.instead = {"/.well-known/entraide-federation": answer(200, body)}
    desk.subscribe(peer)
    desk.pull(peer)
    assert desk.origin(peer).name == ""


@pytest.mark.parametrize("is_broken", [False, True])
def test_the_weekly_look_at_an_origin_s_own_keys(desk, relay, peer, reading_site, is_broken):
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    desk.pull_confirmed(relay)
    stranger = FakePublication(peer.base, clock.now, "someone else")
    stranger.rotate_key()
    if is_broken:
        peer.instead = {KEYSETS: answer(200, profile.canonical({"keysets": stranger.keysets[1:]}))}
    else:
        peer.stop()
    reading_site.clock.advance(timedelta(days=8))
    late = peer.publish()
    relay.relay(peer.publication)
    desk.pull(relay)
    assert (late in desk.listed()) is not is_broken
    assert desk.origin(peer).state == ("frozen" if is_broken else "live")


def test_a_group_without_any_head_is_read_from_the_snapshot(desk, relay, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    with database.writing() as session:
        session.execute(update(Origin).values(head=None, witnessed=None))
    peer.publish()
    relay.relay(peer.publication)
    del relay._feed[f"head of {peer.base}"]
    desk.subscribe(relay, role="hub")
    with database.writing() as session:
        sources.sync_configured(session, {"peers": [{"base": relay.base, "role": "hub"}]})
        source = session.get_one(sources.Source, relay.base)
        source.cursor, source.state = "c.0", "live"
    assert desk.pull(relay).kind is Result.CHANGED
    assert len(desk.objects()) == 3


def test_an_old_head_beside_a_forgery_does_not_replace_the_one_seen(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    old = peer.publication.head
    peer.publish()
    desk.pull(peer)
    seen = desk.origin(peer).witnessed
    peer.publish(title="Honnête")
    peer.head = old
    peer.edit = lambda items: [{**item, "title": "Menteur"} for item in items]
    assert desk.pull(peer).error_name == "head-rollback"
    assert desk.origin(peer).witnessed == seen
    assert seen != profile.canonical(old)


def test_keys_lost_from_our_own_database_stop_their_origin(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    before = desk.objects()
    with database.writing() as session:
        session.execute(delete(KeysetVersion))
    peer.publish()
    assert bootstrap(peer.base).error_name == "no-keyset"
    assert desk.source(peer).state == SourceState.BACKOFF
    assert desk.objects() == before


@pytest.mark.parametrize("is_used", [True, False])
def test_a_pull_leaves_the_collector_as_it_was(desk, peer, is_used):
    desk.subscribe(peer)
    if not is_used:
        gc.disable()
    try:
        assert desk.pull(peer).objects == 2
        assert gc.isenabled() == is_used
    finally:
        gc.enable()


def test_an_offer_may_be_refused_for_one_reason_after_another(desk, peer, critic, reading_site):
    now = clock.now() + timedelta(seconds=600)
    peer.publication.now = lambda: now
    offer = peer.publish(reissues=False)
    peer.publication.now = clock.now
    peer.reissue_head()
    desk.subscribe(peer)
    problems = []
    for seconds in (0, 400):
        reading_site.clock.advance(timedelta(seconds=seconds))
        desk.pull(peer)
        with database.reading() as session:
            problems.append(session.get(SignedObject, offer).problem)
    assert problems == ["version-in-future", "refused-by-plugin:critic"]
    assert offer not in desk.listed()


def test_a_fake_origin_has_no_other_addresses(peer):
    with open_client() as http, pytest.raises(PeerRefused) as refused:
        http.get(peer.base, "/federation/v1/nothing")
    assert refused.value.problem_name == "unknown-object"


def test_a_forged_erasure_erases_nothing(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    tombstone = {**peer.publication.objects[peer.first]}
    peer.withdraw(peer.first, "erasure")
    real = peer.publication.objects[peer.first]
    peer.publication.objects[peer.first] = tombstone
    peer.forgets_cursors = "cursor-unknown"
    peer.edit = lambda items: [
        {**real, "reason": "moderation"} if one["id"] == peer.first else one for one in items
    ]
    assert desk.pull(peer).error_name == "root-mismatch"
    assert desk.objects()[peer.first] == "Offer"


def test_events_of_a_source_are_bounded(reading_site, monkeypatch, desk):
    monkeypatch.setattr(security_events, "KEPT_PER_SOURCE", 3)
    with database.writing() as session:
        for number in range(5):
            security_events.record(
                session, source="a", origin="b", name=str(number), detail="x" * 1000
            )
        security_events.record(session, source="other", origin="b", name="o", detail="")
    assert len(desk.events()) == 4
    with database.reading() as session:
        assert max(len(one.detail) for one in session.query(SecurityEvent)) == 500


def test_a_frozen_origin_shows_as_frozen(desk, peer):
    desk.subscribe(peer, root="sha256:" + "0" * 64)
    desk.pull(peer)
    with database.reading() as session:
        assert [one.state for one in health.health(session)] == ["frozen"]
    assert runtime.current().settings.development


def test_releasing_an_unknown_peer_does_no_harm(desk, peer):
    with database.writing() as session:
        sources.release(session, "http://127.0.0.1:14")
    desk.subscribe(peer)
    assert desk.pull(peer).error_name == ""
