"""Reading many origins through a relay: each is proved alone, and one bad one stops no other."""

import copy
from datetime import timedelta

import pytest

from entraide import clock, database
from entraide_federation.protocol import profile, types
from entraide_federation.reading import Result, SourceState, bootstrap, sources
from entraide_federation.store import health
from entraide_federation.store.models import Origin
from entraide_federation.testing import FakeOrigin, answer
from entraide_federation.testing.publication import FakePublication

OWN_BASE = "http://127.0.0.1:9"


@pytest.fixture
def origins(desk):
    made = [FakePublication(f"http://127.0.0.1:{port}", clock.now) for port in (11, 12, 13)]
    for one in made:
        one.first = one.publish(title=f"Offre de {one.base}")
    desk.know(*made)
    return made


@pytest.fixture
def served(desk, relay, origins):
    for one in origins:
        relay.relay(one)
    desk.subscribe(relay, role="hub")
    return relay


def test_a_relay_brings_every_origin_with_its_own_proof(desk, served, origins):
    assert desk.pull(served).objects == 6
    assert {one.first for one in origins} <= desk.listed().keys()
    for one in origins:
        assert desk.origin(one).head == profile.canonical(one.head)
        assert desk.origin(one).pinned_by == "configuration"
    origins[1].publish(title="Nouvelle")
    origins[2].withdraw(origins[2].first)
    served.relay(origins[1])
    served.relay(origins[2])
    assert desk.pull(served).objects == 2
    assert desk.pull(served).kind is Result.UNCHANGED
    assert origins[2].first not in desk.listed()


def test_an_origin_that_joins_comes_by_the_feed(desk, served, origins):
    desk.pull(served)
    late = FakePublication("http://127.0.0.1:10", clock.now)
    desk.know(late)
    offer = late.publish()
    served.relay(late)
    assert desk.pull(served).objects == 2
    assert offer in desk.listed()


def test_our_own_objects_are_never_taken(desk, served):
    own = FakePublication(OWN_BASE, clock.now)
    offer = own.publish()
    served.relay(own)
    desk.pull(served)
    assert offer not in desk.objects()
    own.publish()
    served.relay(own)
    assert desk.pull(served).error_name == ""
    assert len(desk.objects()) == 6


def test_a_relay_that_hides_is_found_out_and_others_go_on(desk, served, origins):
    desk.pull(served)
    hidden = origins[0].publish()
    other = origins[1].publish()
    served.relay(origins[0])
    served.relay(origins[1])
    served.edit = lambda items: [item for item in items if item.get("id") != hidden]
    outcome = desk.pull(served)
    assert (outcome.kind, outcome.error_name) == (Result.PARTIAL, "root-mismatch")
    assert other in desk.listed()
    assert hidden not in desk.objects()
    assert desk.origin(origins[0]).reason == "root-mismatch"
    assert desk.source(served).error_name == "root-mismatch"
    served.edit = list
    assert bootstrap(served.base).error_name == ""
    assert hidden in desk.listed()
    assert desk.origin(origins[0]).reason == ""


def test_a_relay_that_edits_is_found_out(desk, served, origins):
    desk.pull(served)
    second = origins[0].publish(title="Honnête")
    served.relay(origins[0])
    served.edit = lambda items: [
        {**item, "title": "Menteur"} if item.get("id") == second else item for item in items
    ]
    assert desk.pull(served).error_name == "root-mismatch"
    assert sorted(desk.events()) == ["root-mismatch", "signature"]
    assert second not in desk.objects()


def test_a_held_origin_is_judged_again_by_its_whole_set(desk, served, origins):
    desk.pull(served)
    with database.writing() as session:
        held = session.get_one(Origin, desk.origin(origins[0]).id)
        held.state, held.reason = "held", "behind"
    late = origins[0].publish()
    served.relay(origins[0])
    served.requests.clear()
    assert desk.pull(served).error_name == ""
    assert any(b"/snapshot?scope=all" in one for one in served.requests)
    assert (desk.origin(origins[0]).state, desk.origin(origins[0]).reason) == ("live", "")
    assert late in desk.listed()


def test_of_two_heads_the_later_counts_in_any_order(desk, served, origins, reading_site):
    desk.pull(served)
    old = origins[0].head
    reading_site.clock.advance(timedelta(seconds=10))
    late = origins[0].publish()
    served.relay(origins[0])
    served.edit = lambda items: [*items, old]
    assert desk.pull(served).error_name == ""
    assert late in desk.listed()
    assert desk.origin(origins[0]).head == profile.canonical(origins[0].head)


def test_an_origin_that_comes_out_of_order_is_refused(desk, served, origins):
    served.edit_bytes = shuffled
    assert desk.pull(served).error_name == "order"
    assert desk.objects(origins[0].base) == {}
    assert desk.source(served).state == SourceState.BACKOFF


def shuffled(path, body):
    """Put the first line with what follows it, an origin, behind all the others."""
    if path != "/federation/v1/snapshot":
        return body
    header, *lines = body.splitlines(keepends=True)
    return b"".join([header, *lines[3:], *lines[:3]])


def test_a_relay_that_lags_changes_nothing(desk, served, origins, peer):
    desk.pull(served)
    old = copy.deepcopy(served._feed)
    origins[0].publish()
    served.relay(origins[0])
    desk.pull(served)
    before = desk.objects()
    served._feed = {name: (number + 100, one) for name, (number, one) in old.items()}
    assert desk.pull(served).error_name == ""
    assert desk.objects() == before


def test_a_fork_seen_through_a_relay_freezes_the_origin(desk, served, origins):
    desk.pull(served)
    origins[0].reissue_head(root="sha256:" + "0" * 64)
    served.relay(origins[0])
    desk.pull(served)
    assert (desk.origin(origins[0]).state, desk.origin(origins[0]).reason) == (
        "frozen",
        "epoch-fork",
    )
    other = origins[1].publish()
    served.relay(origins[1])
    assert desk.pull(served).error_name == ""
    assert other in desk.listed()
    origins[0].withdraw(origins[0].first, "erasure")
    served.relay(origins[0])
    desk.pull(served)
    assert desk.objects()[origins[0].first] == "Tombstone"


def test_the_same_origin_from_two_sources_is_one(desk, served, peer):
    served.relay(peer.publication)
    with database.writing() as session:
        sources.sync_configured(
            session,
            {
                "peers": [
                    {"base": peer.base, "role": "origin"},
                    {"base": served.base, "role": "hub"},
                ]
            },
        )
    desk.pull(peer)
    desk.pull(served)
    newer = peer.publish()
    desk.pull(peer)
    assert desk.pull(served).error_name == ""
    assert newer in desk.listed()


def test_what_a_relay_withholds_is_accounted_for(desk, served, origins):
    served.relay(served.publication)
    hide(served, origins[0])
    assert desk.pull(served).error_name == ""
    assert origins[0].first not in desk.objects()
    other = origins[0].publish()
    served.relay(origins[0])
    served.edit = lambda items: [one for one in items if one.get("id") != origins[0].first]
    assert desk.pull(served).error_name == ""
    assert other in desk.listed()


def hide(relay, origin, **change):
    target = origin.objects[origin.first]
    publication = relay.publication
    withheld = types.WITHHELD.make(
        id=publication._make_id(),
        origin=publication.base,
        version=1,
        target=origin.first,
        targetVersion=target["version"],
        element=profile.element_of(target),
        reason="spam",
        since=clock.now(),
    )
    publication.store(withheld | change)
    relay.relay(publication)
    withheld = [one for one in publication.objects.values() if one["type"] == "Withheld"]

    def edit(items):
        kept = [one for one in items if one.get("id") != origin.first]
        is_group = len(kept) < len(items)
        return kept + (withheld if is_group else [])

    relay.edit = edit


@pytest.mark.parametrize(
    "change", [{"element": "zz"}, {"element": 5}, {"target": "http://127.0.0.1:12/federation/o/1"}]
)
def test_a_withheld_that_names_nothing_here_accounts_for_nothing(desk, served, origins, change):
    served.relay(served.publication)
    hide(served, origins[0], **change)
    assert desk.pull(served).error_name != ""
    assert desk.objects(origins[0].base) == {}
    assert origins[1].first in desk.listed()


def test_a_withheld_that_is_forged_taints_the_group(desk, served, origins):
    served.relay(served.publication)
    hide(served, origins[0])
    honest = served.edit
    served.edit = lambda items: [
        {**one, "reason": "other"} if one["type"] == "Withheld" else one for one in honest(items)
    ]
    assert desk.pull(served).kind is Result.PARTIAL
    assert origins[0].first not in desk.objects()


def test_an_origin_whose_keys_are_broken_is_left_out(desk, served, origins):
    desk.pull(served)
    stranger = FakePublication(origins[0].base, clock.now, "someone else")
    stranger.rotate_key()
    served.relay(stranger)
    other = origins[1].publish()
    served.relay(origins[1])
    desk.pull(served)
    assert (desk.origin(stranger).state, desk.origin(stranger).reason) == (
        "frozen",
        "keyset-broken",
    )
    assert {other, origins[0].first} <= desk.listed().keys()


def test_keysets_of_an_unknown_origin_are_missing(desk, served, origins):
    origins[0].keysets.clear()
    assert desk.pull(served).error_name == "no-keyset"
    assert desk.source(served).state == SourceState.LIVE
    assert origins[1].first in desk.listed()


def test_what_failed_in_part_is_repaired_by_a_later_snapshot(desk, served, reading_site):
    served.instead = {"/federation/v1/heads": answer(200, b'{"heads":[1,{"origin":2}]}')}
    assert desk.pull(served).error_name == "no-keyset"
    assert desk.objects() == {}
    assert desk.pull(served).kind is Result.UNCHANGED
    assert (desk.source(served).state, desk.source(served).failures) == (SourceState.LIVE, 1)
    served.instead = {"/federation/v1/heads": answer(200, b"{}")}
    reading_site.clock.advance(timedelta(seconds=3))
    assert desk.pull(served).error_name == "no-keyset"
    served.instead = {}
    reading_site.clock.advance(timedelta(seconds=5))
    assert desk.pull(served).error_name == ""
    assert (desk.source(served).failures, len(desk.objects())) == (0, 6)


def test_the_origin_itself_is_asked_for_its_keys_every_seven_days(desk, relay, peer, reading_site):
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    desk.pull_confirmed(relay)
    peer.requests.clear()
    peer.publication.rotate_key()
    reading_site.clock.advance(timedelta(days=8))
    late = peer.publish()
    relay.relay(peer.publication)
    relay.instead = {"/federation/v1/keysets": answer(200, b'{"keysets":[]}')}
    assert desk.pull(relay).error_name == ""
    assert any(b"/federation/v1/keysets" in one for one in peer.requests)
    assert desk.origin(peer).keyset_version == 2
    assert desk.origin(peer).keyset_checked_at == clock.now()
    assert late in desk.listed()


def test_health_tells_how_each_origin_does(desk, served, origins, peer, reading_site):
    with database.writing() as session:
        sources.sync_configured(
            session,
            {
                "peers": [
                    {"base": peer.base, "role": "origin"},
                    {"base": served.base, "role": "hub"},
                ]
            },
        )
    desk.pull(served)
    with database.reading() as session:
        found = {one.base: one for one in health.health(session)}
    assert found[peer.base].state == "new"
    known = found[origins[0].base]
    assert (known.state, known.live_count, known.source) == ("live", 2, served.base)
    assert known.host == "127.0.0.1:11"
    for days, state in ((2, "stale"), (6, "hidden")):
        reading_site.clock.advance(timedelta(days=days))
        with database.reading() as session:
            found = {one.base: one for one in health.health(session)}
        assert found[origins[0].base].state == state


def test_an_older_head_that_a_slower_relay_brings_lowers_nothing(desk, relay, peer):
    """The other relay served a later Head, whose objects it left out."""
    with FakeOrigin(clock.now, seed="second") as second:
        desk.know(peer.publication)
        relay.relay(peer.publication)
        desk.subscribe(relay, second, role="hub")
        desk.pull(relay)
        middle = peer.publish(title="Deuxième offre")
        relay.relay(peer.publication)
        late = peer.publish(title="Troisième offre")
        second.relay(peer.publication)
        second.edit = lambda documents: [one for one in documents if one.get("id") != late]
        desk.pull(second)
        witnessed = desk.origin(peer).witnessed
        assert witnessed == profile.canonical(peer.publication.head)
        assert desk.pull(relay).error == ""
        assert middle in desk.listed()
        assert desk.origin(peer).witnessed == witnessed
