"""Reading one origin: first contact, snapshot, change feed, silence and return."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from entraide import Listing, clock, database
from entraide_federation import reading, settings
from entraide_federation.listing import visibility
from entraide_federation.protocol import profile
from entraide_federation.reading import Result, SourceState, bootstrap, sources
from entraide_federation.reading.storing import write
from entraide_federation.store.models import Evidence, SignedObject, Source


def test_first_contact_reads_the_snapshot_and_pins_the_root_key(desk, peer):
    desk.subscribe(peer)
    outcome = desk.pull(peer)
    assert (outcome.kind, outcome.objects) == (Result.CHANGED, 2)
    assert desk.listed()[peer.first] == "Aide aux devoirs"
    origin = desk.origin(peer)
    assert (origin.state, origin.live_count, origin.name) == ("live", 2, "Site Exemple")
    assert (origin.pinned_by, origin.root_fingerprint) == (
        "first use",
        peer.publication.fingerprint,
    )
    assert desk.source(peer).state == SourceState.LIVE
    assert peer.requests[1].startswith(b"GET /federation/v1/snapshot?scope=own ")


def test_a_listed_offer_has_what_pages_show(desk, peer):
    offer = peer.publish(
        title="Sortie",
        kind="outing",
        places=3,
        ext={"outing": {"price": "3.50"}},
        schedule={"starts": "2026-12-01T14:00", "timezone": "Europe/Paris"},
        verified=clock.today(),
    )
    desk.subscribe(peer)
    desk.pull(peer)
    with database.reading() as session:
        row = session.get(Listing, offer)
    assert row.organisation == {"id": peer.publication.organisation, "name": "Association Exemple"}
    assert (row.origin, row.kind, row.seats) == (peer.base, "outing", 3)
    assert row.payload == {"price": "3.50"}
    assert row.schedule["starts"] == "2026-12-01T14:00"
    assert (row.verified_on, row.updated_at) == (clock.today(), clock.now())


def test_the_change_feed_brings_news_and_a_304_none(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    second = peer.publish(title="Parrainage")
    assert desk.pull(peer).objects == 1
    assert [desk.pull(peer).kind for _ in range(2)] == [Result.UNCHANGED] * 2
    assert b"If-None-Match" in peer.requests[-1]
    peer.publish(id=second, title="Parrainage de proximité")
    peer.withdraw(peer.first)
    assert desk.pull(peer).objects == 2
    assert desk.listed()[second] == "Parrainage de proximité"
    assert peer.first not in desk.listed()
    assert desk.objects()[peer.first] == "Tombstone"


def test_what_was_withdrawn_may_return_unless_it_was_erased(desk, peer):
    desk.subscribe(peer)
    peer.withdraw(peer.first)
    desk.pull(peer)
    peer.publish(id=peer.first, title="De retour")
    desk.pull(peer)
    assert desk.listed()[peer.first] == "De retour"
    peer.withdraw(peer.first, "erasure")
    desk.pull(peer)
    peer.publish(id=peer.first, title="Jamais")
    outcome = desk.pull(peer)
    assert (outcome.error_name, desk.objects()[peer.first]) == ("lost", "Tombstone")


def test_many_pages_are_one_change(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    peer.page = 3
    for number in range(10):
        peer.publish(title=f"Offre {number}")
    assert desk.pull(peer).objects == 10
    assert len(desk.listed()) == 12


def test_an_association_that_is_renamed_is_renamed_in_its_offers(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    peer.publication.organise("Nouveau nom", id=peer.publication.organisation)
    desk.pull(peer)
    with database.reading() as session:
        assert session.get(Listing, peer.first).organisation["name"] == "Nouveau nom"


def test_an_association_that_comes_later_names_its_offers(desk, peer):
    missing = peer.publication._make_id()
    offer = peer.publish(title="Sans association", org=missing)
    desk.subscribe(peer)
    desk.pull(peer)
    with database.reading() as session:
        assert session.get(Listing, offer).organisation is None
    peer.publication.organise("Enfin là", id=missing)
    desk.pull(peer)
    with database.reading() as session:
        assert session.get(Listing, offer).organisation["name"] == "Enfin là"


@pytest.mark.parametrize("name", [5, "x" * 500, None])
def test_an_association_with_an_impossible_name_is_kept_and_names_nothing(desk, peer, name):
    desk.subscribe(peer)
    desk.pull(peer)
    organisation = peer.publication.organise("Nom possible")
    offer = peer.publish()
    unsigned = {**peer.publication.objects[organisation], "name": name}
    del unsigned["proof"]
    peer.publication.store(unsigned)
    desk.pull(peer)
    assert organisation in desk.objects()
    assert organisation not in desk.listed()
    with database.reading() as session:
        assert session.get(Listing, offer).organisation is None
        assert session.get(SignedObject, organisation).problem == "schema"


@pytest.mark.parametrize("problem", ["cursor-unknown", "cursor-expired"])
def test_a_cursor_that_is_not_known_any_more_leads_to_the_snapshot(desk, peer, problem):
    desk.subscribe(peer)
    desk.pull(peer)
    peer.forgets_cursors = problem
    peer.publish()
    assert desk.pull(peer).objects == 1
    assert desk.source(peer).state == SourceState.LIVE


def test_a_new_epoch_replaces_the_old_set(desk, peer):
    second = peer.publish()
    desk.subscribe(peer)
    desk.pull(peer)
    peer.forgets_cursors = "cursor-unknown"
    reading_again(peer, lose=second)
    assert desk.pull(peer).kind is Result.CHANGED
    assert second not in desk.objects()
    assert second not in desk.listed()


def reading_again(peer, *, lose):
    peer.publication.now = later(peer, 60)
    peer.publication.forget(lose)
    peer.publication.begin_epoch()


def later(peer, seconds):
    now = clock.now() + timedelta(seconds=seconds)
    return lambda: now


def test_silence_greys_then_hides_and_never_deletes(desk, peer, reading_site):
    desk.subscribe(peer)
    desk.pull(peer)
    for days, state, is_listed in ((2, "stale", True), (6, "stale", False)):
        reading_site.clock.advance(timedelta(days=days))
        with database.writing() as session:
            visibility.hide_silent(session, now=clock.now(), limits=settings.limits())
        assert desk.origin(peer).state == state
        assert (peer.first in desk.listed()) is is_listed
    assert desk.objects()[peer.first] == "Offer"
    second = peer.publish()
    desk.pull(peer)
    assert {peer.first, second} <= desk.listed().keys()
    assert desk.origin(peer).state == "live"


def test_an_expired_head_still_proves_what_it_covers(desk, peer, reading_site):
    desk.subscribe(peer)
    reading_site.clock.advance(timedelta(days=3))
    assert desk.pull(peer).objects == 2
    assert desk.origin(peer).state == "stale"


def test_what_is_ahead_of_our_clock_is_kept_and_shown_later(desk, peer, reading_site):
    desk.subscribe(peer)
    peer.publication.now = later(peer, 600)
    offer = peer.publish(reissues=False)
    peer.publication.now = clock.now
    peer.reissue_head()
    desk.pull(peer)
    assert offer in desk.objects()
    assert offer not in desk.listed()
    reading_site.clock.advance(timedelta(seconds=400))
    desk.pull(peer)
    assert offer in desk.listed()


def test_unknown_types_are_kept_and_not_shown(desk, peer):
    identifier = peer.publication._make_id()
    document = {
        "@context": "https://entraide.example/ns/federation/v1",
        "id": identifier,
        "type": "Ride",
        "origin": peer.base,
        "version": 7,
    }
    peer.publication.store(document)
    desk.subscribe(peer)
    desk.pull(peer)
    assert desk.objects()[identifier] == "Ride"
    assert identifier not in desk.listed()


def test_a_new_publishing_key_is_followed(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    peer.publication.rotate_key()
    second = peer.publish()
    desk.pull(peer)
    assert second in desk.listed()
    assert desk.origin(peer).keyset_version == 2


def test_a_new_key_is_learned_from_a_head_alone(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    peer.publication.rotate_key()
    assert desk.pull(peer).kind is Result.UNCHANGED
    assert desk.origin(peer).keyset_version == 2
    assert desk.origin(peer).head == profile.canonical(peer.publication.head)


def test_a_key_unknown_is_asked_for_when_an_object_needs_it(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    peer.head = None
    peer.publication.rotate_key()
    peer.publish()
    old = peer.publication.head
    assert desk.pull(peer).kind is Result.CHANGED
    assert old["keyset"] == 2


def test_heads_of_a_stolen_key_are_forgotten(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    stolen = peer.publication.seq
    peer.publication.seq = 10**9
    peer.reissue_head()
    desk.pull(peer)
    peer.publication.seq = stolen
    peer.publication.rotate_key(is_compromised=True)
    for identifier, document in list(peer.publication.objects.items()):
        unsigned = {name: value for name, value in document.items() if name != "proof"}
        peer.publication.store({**unsigned, "version": document["version"] + 1})
        assert identifier
    peer.publication.begin_epoch()
    peer.forgets_cursors = "cursor-unknown"
    assert desk.pull(peer).error_name == ""
    assert desk.origin(peer).head_seq < 10**9


def test_two_contents_under_one_version_leave_evidence_until_erased(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    equivocate(peer, "Autre contenu")
    desk.pull(peer)
    assert "equivocation" in desk.events()
    with database.reading() as session:
        assert session.scalar(select(Evidence.uid)) == peer.first
    peer.withdraw(peer.first, "erasure")
    desk.pull(peer)
    desk.pull(peer)
    with database.reading() as session:
        assert session.scalar(select(Evidence.uid)) is None


def test_an_origin_with_two_contents_shows_it_until_a_newer_version(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    assert desk.origin(peer).reason == ""
    equivocate(peer, "Autre contenu")
    desk.pull(peer)
    assert desk.origin(peer).reason == "equivocation"
    peer.publish(id=peer.first)
    desk.pull(peer)
    assert desk.origin(peer).reason == ""


@pytest.mark.parametrize(("most", "events"), [(1_000, 1), (0, 0)])
def test_evidence_is_kept_once_per_version_and_bounded(desk, peer, monkeypatch, most, events):
    monkeypatch.setattr(write, "EVIDENCE_PER_ORIGIN", most)
    desk.subscribe(peer)
    desk.pull(peer)
    for number in range(3):
        equivocate(peer, f"Contenu {number}")
        bootstrap(peer.base)
    assert desk.events().count("equivocation") == events
    with database.reading() as session:
        assert len(session.scalars(select(Evidence.id)).all()) == events


def test_a_clock_that_was_ahead_hides_nobody_for_long(desk, peer, reading_site):
    desk.subscribe(peer)
    desk.pull(peer)
    listed = desk.listed()
    for days, state, shown in ((8, "stale", {}), (-8, "live", listed)):
        reading_site.clock.advance(timedelta(days=days))
        with database.writing() as session:
            visibility.hide_silent(session, now=clock.now(), limits=settings.limits())
        assert (desk.origin(peer).state, desk.listed()) == (state, shown)
    assert desk.pull(peer).kind is Result.UNCHANGED


def equivocate(peer, title):
    """Sign another content under the version of the first offer."""
    other = {**peer.publication.objects[peer.first], "title": title}
    peer.publication.store({name: value for name, value in other.items() if name != "proof"})


def test_a_source_no_longer_listed_is_asked_no_more(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    desk.subscribe()
    with database.reading() as session:
        assert session.get(Source, peer.base) is None
        assert session.scalar(select(SignedObject.uid)) is not None
    with pytest.raises(LookupError, match="no configured peer"):
        desk.pull(peer)


def test_bootstrap_reads_the_snapshot_again(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    before = desk.fingerprint()
    assert reading.bootstrap(peer.base).objects == 0
    assert desk.fingerprint() == before


def test_a_changed_role_starts_over(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    desk.subscribe(peer, role="hub")
    assert desk.source(peer).cursor is None


def test_due_sources_come_in_the_order_of_waiting(desk, peer, relay):
    desk.subscribe(peer, relay)
    desk.pull(peer)
    with database.reading() as session:
        assert sources.due(session, clock.now()) == [relay.base]
        assert sources.due(session, clock.now() + timedelta(seconds=2)) == [peer.base, relay.base]
