"""What a lying, broken or slow peer achieves: nothing stored, a named error, others go on."""

import copy
from datetime import timedelta

import pytest

from entraide import clock, database
from entraide_federation.protocol import heads
from entraide_federation.reading import SourceState, bootstrap, sources
from entraide_federation.testing import FakeOrigin, answer, endless
from entraide_federation.testing.publication import FakePublication

CHANGES, SNAPSHOT = "/federation/v1/changes", "/federation/v1/snapshot"


def foreign(peer):
    other = FakePublication("http://127.0.0.1:11", clock.now)
    document = other.objects[other.publish()]
    peer.edit = lambda items: [*items, document]


def foreign_first(peer):
    other = FakePublication("http://127.0.0.1:11", clock.now)
    document = other.objects[other.publish()]
    peer.edit = lambda items: [document, *items]


def ours(peer):
    own = FakePublication("http://127.0.0.1:9", clock.now)
    document = own.objects[own.publish()]
    peer.edit = lambda items: [*items, document]


def foreign_id(peer):
    document = copy.deepcopy(peer.publication.objects[peer.publish()])
    document["id"] = document["id"].replace(peer.base, "http://127.0.0.1:11")
    peer.edit = lambda items: [document]


def altered(peer):
    peer.publish(title="Titre honnête")
    peer.edit = lambda items: [change(item) for item in items]


def change(item):
    return {**item, "title": "Titre menteur"} if "title" in item else item


def dropped(peer):
    hidden = peer.publish()
    peer.publish(id=peer.first, title="Neuf, mais sans preuve")
    peer.edit = lambda items: [item for item in items if item["id"] != hidden]


def duplicate_key(peer):
    peer.publish()
    peer.edit_bytes = lambda _, body: body.replace(b'"lang":"fr"', b'"lang":"fr","lang":"fr"', 1)


def duplicate_key_in_head(peer):
    twice = b'"type":"Head","type":"Head"'
    peer.edit_bytes = lambda _, body: body.replace(b'"type":"Head"', twice, 1)


def oversized(peer):
    big = b'{"a":"' + b"x" * 2_000_000 + b'"}\n'
    peer.instead = {CHANGES: answer(200, big), SNAPSHOT: answer(200, big, content_type=NDJSON)}


def endless_body(peer):
    start = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nTransfer-Encoding: chunked\r\n\r\n"
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    peer.instead = {
        CHANGES: endless(piece, start % b"application/vnd.efp+json"),
        SNAPSHOT: endless(piece, start % b"application/vnd.efp+ndjson"),
    }


def not_json(peer):
    peer.edit_bytes = lambda _, body: b"<html>" + body


def no_items(peer):
    peer.edit_bytes = lambda path, body: b"{}" if path == CHANGES else body[:0]


def wrong_type(peer):
    peer.instead = dict.fromkeys((CHANGES, SNAPSHOT), answer(200, b"{}", content_type="text/html"))


def a_list(peer):
    peer.edit_bytes = lambda _, body: b"[]\n"


def older_head(peer):
    peer.head = peer.publication.head
    peer.publication.seq -= 1
    peer.reissue_head()
    peer.head = peer.publication.head
    peer.publication.seq += 1


def forked_head(peer):
    peer.reissue_head(root="sha256:" + "0" * 64)


def future_head(peer):
    now = clock.now() + timedelta(hours=1)
    peer.publication.now = lambda: now
    peer.reissue_head()


def forged_head(peer):
    head = {**peer.publication.head, "count": 99}
    peer.head = head


def no_head(peer):
    peer.edit_bytes = without_head


def without_head(path, body):
    if path == SNAPSHOT:
        return body[: body.rindex(b"\n", 0, -1) + 1]
    return body.replace(b'"head":', b'"other":')


def broken_keys(peer):
    stranger = FakePublication(peer.base, clock.now, "someone else")
    stranger.rotate_key()
    peer.publication.rotate_key()
    peer.publication.keysets[1:] = stranger.keysets[1:]
    peer.publish()


def moving_nowhere(peer):
    peer.edit_bytes = lambda path, body: body.replace(b'"more":false', b'"more":true')


def bad_cursor(peer):
    peer.edit_bytes = lambda _, body: body.replace(b'"next":"c.', b'"next":"c?').replace(
        b'"cursor":"c.', b'"cursor":"c?'
    )


def too_many(peer):
    peer.publish()
    peer.edit = lambda items: items * 500


NDJSON = "application/vnd.efp+ndjson"


def miscounting_head(peer):
    peer.publish()
    peer.reissue_head(count=1)


def head_that_counts_deaths(peer):
    peer.publish()
    peer.reissue_head(tombstones=1)


def keyset_kept_back(peer):
    """Name a Keyset that nobody is shown: it may say that the key was revoked."""
    peer.publish()
    peer.reissue_head(keyset=2)


SIGNED_TWICE = (future_head, forked_head, miscounting_head, head_that_counts_deaths)
"""One sequence number with two states: an honest Head does not mend that, the next number does."""

LIES = [
    (foreign, "foreign", "origin"),
    (foreign_first, "foreign", "foreign"),
    (broken_keys, "keyset-broken", None),
    (ours, "own-origin", "origin"),
    (foreign_id, "id-origin", "id-origin"),
    (altered, "signature", "root-mismatch"),
    (dropped, "root-mismatch", "root-mismatch"),
    (duplicate_key, "duplicate-key", "duplicate-key"),
    (duplicate_key_in_head, "duplicate-key", "duplicate-key"),
    (oversized, "too-large", "line-too-long"),
    (endless_body, "too-large", "line-too-long"),
    (not_json, "not-json", "not-json"),
    (no_items, "envelope", "not-json"),
    (wrong_type, "content-type", "content-type"),
    (a_list, "envelope", "envelope"),
    (older_head, "head-rollback", None),
    (forked_head, "epoch-fork", "root-mismatch"),
    (future_head, "version-in-future", "version-in-future"),
    (forged_head, "signature", "signature"),
    (no_head, "head-missing", "head-missing"),
    (moving_nowhere, "endless", None),
    (bad_cursor, "cursor", "cursor"),
    (too_many, "page-items", "order"),
    (miscounting_head, "count", "count"),
    (head_that_counts_deaths, "count", "count"),
    (keyset_kept_back, "keyset-missing", "keyset-missing"),
]


@pytest.mark.parametrize(("lie", "name"), [(lie, feed) for lie, feed, _ in LIES])
def test_a_lie_in_the_feed_stores_nothing(desk, peer, lie, name):
    desk.subscribe(peer)
    desk.pull(peer)
    stored, listed = desk.objects(), desk.listed()
    cursor = desk.source(peer).cursor
    lie(peer)
    outcome = desk.pull(peer)
    source = desk.source(peer)
    assert outcome.error_name == name
    assert (source.error_name, source.error_at) == (name, clock.now())
    assert peer.base in source.error
    assert source.state in (SourceState.BACKOFF, SourceState.FROZEN)
    assert source.cursor in (cursor, None)
    assert (desk.objects(), desk.listed()) == (stored, listed)
    assert desk.events()


@pytest.mark.parametrize(
    ("lie", "name"), [(lie, snapshot) for lie, _, snapshot in LIES if snapshot]
)
def test_a_lie_in_the_snapshot_stores_nothing(desk, peer, lie, name):
    desk.subscribe(peer)
    lie(peer)
    assert desk.pull(peer).error_name == name
    assert (desk.objects(), desk.listed()) == ({}, {})
    assert desk.source(peer).failures == 1
    assert desk.events() != []
    peer.edit, peer.edit_bytes, peer.instead, peer.head = list, lambda _, body: body, {}, None
    peer.publication.now = clock.now
    peer.reissue_head()
    if desk.source(peer).state != SourceState.FROZEN and lie not in SIGNED_TWICE:
        assert desk.pull(peer).error_name == ""
        assert peer.first in desk.objects()


def test_a_snapshot_cut_anywhere_stores_nothing(desk, peer):
    desk.subscribe(peer)
    whole = peer._snapshot({})
    for length in range(0, len(whole), 97):
        peer.edit_bytes = lambda path, body, length=length: (
            body[:length] if path == SNAPSHOT else body
        )
        bootstrap(peer.base)
        assert desk.objects() == {}


def test_an_old_page_replayed_changes_nothing(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    old = {CHANGES: answer(200, peer._changes({"since": "c.0"}))}
    peer.publish(id=peer.first, title="Nouveau")
    desk.pull(peer)
    before = desk.listed()
    peer.instead = old
    assert desk.pull(peer).error_name == "head-rollback"
    assert desk.listed() == before


def test_others_go_on_beside_a_liar(desk, peer, relay):
    altered(peer)
    other = relay.publish()
    desk.subscribe(peer, relay)
    desk.pull(peer)
    desk.pull(relay)
    assert set(desk.objects()) == {other, relay.publication.organisation}


@pytest.mark.parametrize("is_feed", [False, True])
def test_many_bad_signatures_freeze_the_source_until_it_is_released(desk, peer, is_feed):
    desk.subscribe(peer)
    if is_feed:
        desk.pull(peer)
    for _ in range(4):
        peer.publish()
    peer.edit = lambda items: [forge(item) for item in items]
    desk.pull(peer)
    assert (desk.source(peer).state == SourceState.FROZEN) is is_feed
    peer.edit = list
    peer.withdraw(peer.first, "erasure")
    desk.pull(peer)
    if is_feed:
        assert desk.source(peer).error_name == "bad-signatures"
        assert desk.objects()[peer.first] == "Tombstone"
        assert len(desk.objects()) == 2
    with database.writing() as session:
        sources.release(session, peer.base)
    assert desk.pull(peer).error_name == ""
    assert len(desk.objects()) == 6


def forge(item):
    return {**item, "title": "Forgé"} if "title" in item else item


def test_a_pin_that_does_not_match_freezes(desk, peer):
    desk.subscribe(peer, root="sha256:" + "0" * 64)
    assert desk.pull(peer).error_name == "keyset-broken"
    assert (desk.source(peer).state, desk.origin(peer).state) == (SourceState.FROZEN, "frozen")
    assert desk.origin(peer).pinned_by == "configuration"


def test_a_pin_that_matches_is_used(desk, peer):
    desk.subscribe(peer, root=peer.publication.fingerprint)
    assert desk.pull(peer).error_name == ""
    assert desk.origin(peer).pinned_by == "configuration"


@pytest.fixture
def trusted(desk, peer):
    """A peer whose keys were trusted on first use, and what was read of it."""
    desk.subscribe(peer)
    desk.pull(peer)
    return desk.objects()


def test_a_pin_that_contradicts_the_trusted_root_freezes(desk, peer, trusted):
    desk.subscribe(peer, root="sha256:" + "0" * 64)
    peer.publish()
    assert desk.pull(peer).error_name == "keyset-broken"
    assert desk.origin(peer).state == "frozen"
    assert desk.objects() == trusted


def test_a_pin_that_confirms_the_trusted_root_changes_nothing_else(desk, peer, trusted):
    asked = desk.source(peer).cursor
    desk.subscribe(peer, root=peer.publication.fingerprint)
    assert (desk.source(peer).cursor, desk.origin(peer).keyset_version) == (asked, 1)
    peer.publish()
    assert desk.pull(peer).error_name == ""
    assert trusted.keys() < desk.objects().keys()


def test_a_pin_of_the_new_root_trusts_a_peer_that_lost_its_keys(desk, peer, trusted, reading_site):
    reading_site.clock.advance(timedelta(seconds=1))
    lost = peer.publication
    peer.publication = new = FakePublication(peer.base, clock.now, seed="new keys")
    new.epoch, new.seq, new.organisation = lost.epoch, lost.seq + 9, lost.organisation
    new.objects = {name: dict(one) for name, one in lost.objects.items()}
    new.organise(id=lost.organisation)
    new.publish(id=peer.first)
    assert desk.pull(peer).error_name != ""
    assert desk.origin(peer).keyset_version == 1
    desk.subscribe(peer, root=new.fingerprint)
    with database.writing() as session:
        sources.release(session, peer.base)
    assert desk.pull(peer).error_name == ""
    assert desk.objects().keys() == trusted.keys()
    assert desk.origin(peer).root_fingerprint == new.fingerprint


KEYSETS = "/federation/v1/keysets"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"{}", "envelope"),
        (b'{"keysets":[1]}', "foreign"),
        (b'{"keysets":[]}', "no-keyset"),
        (b'{"keysets":[{"@context":"x","origin":"%b"}]}', "context"),
    ],
)
def test_a_broken_answer_about_keys_is_refused(desk, peer, body, name):
    desk.subscribe(peer)
    peer.instead = {KEYSETS: answer(200, body.replace(b"%b", peer.base.encode()))}
    assert desk.pull(peer).error_name == name
    assert desk.objects() == {}


@pytest.mark.parametrize("state", ["frozen", "live"])
def test_erasures_count_even_when_frozen(desk, peer, state):
    desk.subscribe(peer)
    desk.pull(peer)
    if state == "frozen":
        older_head(peer)
        desk.pull(peer)
        assert desk.source(peer).state == SourceState.FROZEN
    peer.head = None
    peer.publish()
    peer.withdraw(peer.first, "erasure")
    desk.pull(peer)
    assert desk.objects()[peer.first] == "Tombstone"
    assert peer.first not in desk.listed()
    assert len(desk.objects()) == (2 if state == "frozen" else 3)


def test_mass_removal_waits_for_a_person(desk, peer):
    for _ in range(30):
        peer.publish(reissues=False)
    peer.reissue_head()
    desk.subscribe(peer)
    desk.pull(peer)
    before = desk.objects()
    now = clock.now() + timedelta(seconds=60)
    peer.publication.now = lambda: now
    for identifier in list(peer.publication.objects)[2:25]:
        peer.publication.forget(identifier)
    peer.publication.begin_epoch()
    peer.forgets_cursors = "cursor-unknown"
    assert desk.pull(peer).error_name == "mass-removal"
    assert desk.objects() == before
    assert desk.origin(peer).state == "held"
    peer.forgets_cursors = ""
    assert desk.pull(peer).error_name == "mass-removal"
    with database.writing() as session:
        sources.release(session, peer.base)
    assert desk.pull(peer).error_name == ""
    assert len(desk.objects()) == 9
    assert desk.origin(peer).state == "live"


@pytest.mark.parametrize(
    ("days", "gone", "error"),
    [(0, 1, "lost"), (399, 1, "lost"), (402, 1, ""), (402, 23, "mass-removal")],
)
@pytest.mark.parametrize("is_dead", [False, True])
def test_only_past_the_horizon_living_objects_may_be_gone_without_a_tombstone(
    desk, peer, reading_site, days, gone, error, is_dead
):
    """Whoever slept longer than Tombstones are kept has not met all; a recent one never goes."""
    for _ in range(30):
        peer.publish(reissues=False)
    peer.reissue_head()
    desk.subscribe(peer)
    desk.pull(peer)
    reading_site.clock.advance(timedelta(days=days))
    peer.publication.tombstones_from = heads.tombstones_from(clock.now())
    victims = list(peer.publication.objects)[2 : 2 + gone]
    if is_dead:
        peer.withdraw(victims[0])
        desk.pull(peer)
        assert desk.objects()[victims[0]] == "Tombstone"
        error = "lost"
    before, now = desk.objects(), clock.now() + timedelta(seconds=60)
    peer.publication.now = lambda: now
    for identifier in victims:
        peer.publication.forget(identifier)
    peer.publication.seq += 1
    peer.reissue_head()
    peer.forgets_cursors = "cursor-unknown"
    assert desk.pull(peer).error_name == error
    assert len(desk.objects()) == len(before) - (0 if error else gone)


def test_an_origin_behind_us_is_held(desk, peer):
    desk.subscribe(peer)
    backup = copy.deepcopy(peer.publication.objects)
    peer.publish(id=peer.first, title="Perdu au retour")
    desk.pull(peer)
    peer.publication.objects = backup
    now = clock.now() + timedelta(seconds=60)
    peer.publication.now = lambda: now
    peer.publication.begin_epoch()
    peer.forgets_cursors = "cursor-unknown"
    assert desk.pull(peer).error_name == "behind"
    assert desk.listed()[peer.first] == "Perdu au retour"


def test_more_than_the_quota_is_held(desk, peer):
    for _ in range(5):
        peer.publish()
    desk.subscribe(peer, quota=3)
    assert desk.pull(peer).error_name == "quota"
    assert desk.objects() == {}
    desk.subscribe(peer, quota=30)
    assert desk.pull(peer).error_name == ""


@pytest.mark.parametrize("status", [429, 503])
def test_a_peer_that_asks_for_peace_gets_it(desk, peer, status):
    desk.subscribe(peer)
    peer.instead = {KEYSETS: answer(status, b"{}", {"Retry-After": "3600"}, "application/json")}
    desk.pull(peer)
    source = desk.source(peer)
    assert (source.state, source.error_name) == (SourceState.BACKOFF, f"status-{status}")
    assert source.next_at == clock.now() + timedelta(hours=1)
    assert desk.events() == []


def test_a_feed_that_answers_gone_is_refused(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    peer.instead = {CHANGES: answer(410, b"{}")}
    assert desk.pull(peer).error_name == "status"


def test_a_peer_that_is_down_is_an_error_of_the_network(desk, reading_site):
    with FakeOrigin(clock.now) as peer:
        peer.publish()
        desk.subscribe(peer)
    assert desk.pull(peer).error_name == "connect"
