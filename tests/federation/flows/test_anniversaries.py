"""No anniversary kills a site: expired keys make an origin silent, never a forger."""

from datetime import timedelta

import orjson
import pytest

from entraide import clock, database
from entraide_federation import settings
from entraide_federation.listing import visibility
from entraide_federation.protocol import proofs
from entraide_federation.reading import Result, SourceState, peers
from entraide_federation.reading.receiving import asking
from entraide_federation.store import health
from entraide_federation.testing import FakeOrigin, answer

YEAR = timedelta(days=365)


@pytest.fixture
def aged(peer, desk):
    """An origin whose Keyset of 365 days, as sites once made, is pinned here."""
    peer.publication.keyset_days = 365
    peer.publication.keysets[0] = peer.publication._make_keyset()
    peer.publication.reissue_head()
    desk.subscribe(peer)
    assert desk.pull(peer).error == ""
    return peer


def speak(origin, site, days=0.0):
    """Let time pass and the origin issue its Head, as its worker does."""
    site.clock.advance(timedelta(days=days))
    origin.reissue_head()


def grey(site):
    with database.writing() as session:
        visibility.hide_silent(session, now=clock.now(), limits=settings.limits())


@pytest.mark.parametrize(
    ("days", "state"), [(364, "live"), (366, "stale"), (397, "stale"), (1100, "stale")]
)
def test_the_day_on_which_the_keys_expire(desk, aged, reading_site, days, state):
    """Each day as found: fine at 364; greyed at 366; at 397, after one more change, no forger."""
    second = aged.publish(title="Deuxième offre")
    desk.pull(aged)
    speak(aged, reading_site, days)
    third = aged.publish(title="Troisième offre", id=None)
    aged.withdraw(aged.first)
    assert desk.pull(aged).error == ""
    grey(reading_site)
    assert (desk.origin(aged).state, desk.source(aged).state) == (state, SourceState.LIVE)
    assert aged.first not in desk.listed(), "who withdraws is obeyed"
    assert second in desk.listed(), "what was shown stays"
    assert (third in desk.listed()) == (state == "live"), "nothing new of a silent one is shown"
    assert "bad-signatures" not in desk.events()
    with database.reading() as session:
        (row,) = health.health(session)
    assert row.state == state
    assert row.keys_end_at is not None


@pytest.mark.parametrize("reason", ["withdrawn", "expired", "erasure", "moderation"])
def test_every_tombstone_is_obeyed_for_years(desk, aged, reading_site, reason):
    speak(aged, reading_site, 9 * 365)
    aged.withdraw(aged.first, reason)
    assert desk.pull(aged).error == ""
    assert aged.first not in desk.listed()
    assert desk.objects(aged.base)[aged.first] == "Tombstone"


def test_hundreds_of_changes_are_no_bad_signatures(desk, aged, reading_site):
    speak(aged, reading_site, 397)
    for _ in range(36):
        aged.publish()
    assert desk.pull(aged).error == ""
    assert desk.origin(aged).state == "stale"
    assert desk.events() == ["keyset-expired"], "told once"
    aged.publish()
    desk.pull(aged)
    assert desk.events() == ["keyset-expired"]


def test_renewed_it_is_live_again_and_all_is_shown(desk, aged, reading_site):
    speak(aged, reading_site, 400)
    late = aged.publish(title="Pendant le silence")
    edited = aged.publish(id=aged.first, title="Changée pendant le silence")
    desk.pull(aged)
    assert desk.listed().keys().isdisjoint({late, edited})
    aged.publication.renew_keyset()
    assert desk.pull(aged).error == ""
    assert (desk.origin(aged).state, desk.origin(aged).reason) == ("live", "")
    assert {late, edited} <= desk.listed().keys()
    assert desk.origin(aged).keyset_version == 2
    speak(aged, reading_site, 9 * 365)
    newest = aged.publish()
    assert desk.pull(aged).error == ""
    assert newest in desk.listed()
    assert desk.origin(aged).state == "live"


def test_met_for_the_first_time_with_expired_keys_nothing_is_shown(desk, aged, reading_site):
    with FakeOrigin(clock.now, seed="late") as other:
        other.publication.keyset_days = 1
        other.publication.keysets[0] = other.publication._make_keyset()
        first = other.publish()
        speak(other, reading_site, 2)
        desk.subscribe(other)
        assert desk.pull(other).error == ""
        assert desk.origin(other).state == "stale"
        assert first not in desk.listed()
        other.publication.renew_keyset()
        desk.pull(other)
        assert first in desk.listed()


def test_a_change_of_an_expired_origin_is_still_verified(desk, aged, reading_site):
    speak(aged, reading_site, 400)
    stranger = proofs.generate_key(b"7" * 32)
    aged.publication.key, good = stranger, aged.publication.key
    for _ in range(3):
        aged.publish()
    desk.pull(aged)
    aged.publication.key = good
    assert "signature" in desk.events() or "bad-signatures" in desk.events()
    assert len(desk.listed()) == 2, "the organisation and the first offer"


def test_a_hub_tells_the_same_to_its_readers(desk, relay, aged, reading_site):
    """Through a relay, which relays the expired Keyset and its Heads byte by byte."""
    desk.subscribe(relay, role="hub")
    relay.relay(aged.publication)
    desk.pull(relay)
    speak(aged, reading_site, 366)
    aged.withdraw(aged.first)
    relay.relay(aged.publication)
    assert desk.pull(relay).error == ""
    assert desk.origin(aged).state == "stale"
    assert aged.first not in desk.listed()
    aged.publication.renew_keyset()
    relay.relay(aged.publication)
    assert desk.pull(relay).error == ""
    assert desk.origin(aged).state == "live"


def test_the_operator_reads_what_to_do_about_it(desk, aged, reading_site):
    speak(aged, reading_site, 366)
    desk.pull(aged)
    with database.reading() as session:
        (row,) = peers.describe_peers(session)
    assert row["reason"] == "keyset-expired"
    assert "entraide federation renew" in row["remedy"]


# ---- the weekly question, for the whole Keyset ---------------------------------------------


@pytest.fixture
def forged(desk, relay, peer):
    """An origin that is known under keys of a stranger, who held its address for one evening."""
    with FakeOrigin(clock.now, seed="forger") as forger:
        forger.publication.base = peer.base
        forger.publication.__init__(peer.base, clock.now, "forger")
        forger.publication.publish(title="Envoyez 50 euros")
        relay.relay(forger.publication)
        desk.subscribe(relay, role="hub")
        honest, peer.publication = peer.publication, forger.publication
        assert desk.pull_confirmed(relay).error == ""
        peer.publication = honest
        assert desk.origin(peer).is_confirmed
        yield forger.publication


def weekly(desk, relay, publication, site):
    site.clock.advance(timedelta(days=8))
    publication.reissue_head()
    relay.relay(publication)
    return desk.pull(relay)


@pytest.mark.parametrize("versions", [1, 2, 3])
def test_other_keys_at_the_origin_itself_are_told(
    desk, relay, peer, forged, reading_site, versions
):
    """The forger may have signed a higher Keyset than the origin ever did, or as many, or fewer."""
    for _ in range(versions - 1):
        forged.renew_keyset()
    peer.publication.renew_keyset()
    weekly(desk, relay, forged, reading_site)
    origin = desk.origin(peer)
    assert origin.state == "frozen"
    assert origin.reason in ("keyset-differs", "keyset-broken")
    assert origin.reason in desk.events()
    assert any(b"GET /federation/v1/key" in one for one in peer.requests)


def test_the_same_number_of_keysets_hides_nothing(desk, relay, peer, forged, reading_site):
    weekly(desk, relay, forged, reading_site)
    assert (desk.origin(peer).state, desk.origin(peer).reason) == ("frozen", "keyset-differs")
    with database.reading() as session:
        told = {row["base"]: row["remedy"] for row in peers.describe_peers(session)}
    assert f'base = "{peer.base}"' in told[peer.base]
    late = forged.publish(title="Encore 50 euros")
    relay.relay(forged)
    desk.pull(relay)
    assert late not in desk.listed(), "nothing more of it is taken"


def test_pinned_anew_as_advised_the_owner_is_followed(desk, relay, peer, forged, reading_site):
    weekly(desk, relay, forged, reading_site)
    root = peer.publication.fingerprint
    peer.reissue_head()
    desk.subscribe(peer, root=root)
    assert desk.pull(peer).error == ""
    origin = desk.origin(peer)
    assert (origin.state, origin.reason, origin.root_fingerprint) == ("live", "", root)
    assert desk.listed().keys() == peer.publication.objects.keys(), "nothing of the stranger stays"


def test_a_keyset_that_the_list_left_out_is_taken_from_the_whole(desk, peer, reading_site):
    desk.subscribe(peer)
    desk.pull(peer)
    peer.publication.renew_keyset()
    peer.publication.reissue_head(keyset=1)
    peer.instead = {"/federation/v1/keysets": answer(200, b'{"keysets":[]}')}
    reading_site.clock.advance(timedelta(days=8))
    peer.publication.reissue_head(keyset=1)
    assert desk.pull(peer).error == ""
    assert desk.origin(peer).keyset_version == 2
    assert desk.origin(peer).state == "live"


def old(peer):
    return peer.publication.keysets[0]


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (old, asking.OLDER),
        (lambda peer: {**peer.publication.keysets[-1], "origin": "http://127.0.0.1:1"}, "foreign"),
        (lambda peer: {**peer.publication.keysets[-1], "version": 9}, "keyset"),
        (lambda peer: {**peer.publication.keysets[0], "movedTo": peer.base}, "keyset"),
        (lambda peer: {**peer.publication.keysets[0], "movedTo": "x"}, "schema"),
        (lambda peer: {**peer.publication.keysets[-1], "expires": "x"}, "schema"),
    ],
)
def test_an_odd_answer_is_told_and_freezes_nobody(desk, peer, reading_site, body, event):
    desk.subscribe(peer)
    desk.pull(peer)
    peer.publication.renew_keyset()
    desk.pull(peer)
    peer.instead = {"/federation/v1/keyset": answer(200, orjson.dumps(body(peer)))}
    speak(peer, reading_site, 8)
    assert desk.pull(peer).error == ""
    assert desk.origin(peer).state == "live"
    assert desk.events() == [event]


def test_nobody_answers_the_weekly_question(desk, peer, reading_site):
    desk.subscribe(peer)
    desk.pull(peer)
    peer.instead = {"/federation/v1/keyset": answer(503, b"")}
    speak(peer, reading_site, 8)
    assert desk.pull(peer).kind is not Result.FAILED
    assert desk.events() == []


def test_two_contents_of_one_version_under_one_root(desk, peer, reading_site):
    desk.subscribe(peer)
    desk.pull(peer)
    peer.publication.keyset_days = 9
    peer.publication.keysets[0] = peer.publication._make_keyset()
    speak(peer, reading_site, 8)
    desk.pull(peer)
    assert (desk.origin(peer).state, desk.origin(peer).reason) == ("frozen", "keyset-differs")
