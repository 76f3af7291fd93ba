"""Heads: the root of the vectors, freshness, and what may never follow what."""

import hashlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entraide_federation.protocol import heads, proofs
from entraide_federation.protocol.errors import (
    EpochFork,
    HeadRollback,
    Refusal,
    SchemaRefused,
    VersionInFuture,
)
from entraide_federation.protocol.heads import Progress

ELEMENTS = st.lists(st.binary(min_size=32, max_size=32), max_size=20)


@pytest.fixture
def elements(vectors):
    return [bytes.fromhex(vectors["objects"][index]["element"]) for index in (0, 1, 3)]


@pytest.fixture
def head(vectors, keyset, now):
    return heads.authenticate_head(vectors["head"], keyset, now=now)


@pytest.fixture
def follow(head):
    """Return a head that follows the one of the vectors, with the changes given."""

    def make(**changes):
        arguments = {
            "origin": head.origin,
            "epoch": head.epoch,
            "seq": head.seq,
            "count": head.count,
            "tombstones": head.tombstones,
            "tombstones_from": head.tombstones_from,
            "root": head.root,
            "keyset": head.keyset,
            "issued": head.issued,
        }
        return heads.read_head(heads.make_head(**{**arguments, **changes}))

    return make


def test_roots_of_the_vectors(vectors, elements):
    assert heads.root(elements) == vectors["root_over_first_and_second_and_tombstone"]
    assert heads.root([]) == vectors["empty_root"]


@given(ELEMENTS, st.randoms())
def test_a_root_knows_neither_order_nor_repetition(elements, random):
    expected = hashlib.sha256(b"".join(sorted(set(elements)))).hexdigest()
    shuffled = elements + elements[:3]
    random.shuffle(shuffled)
    assert heads.root(iter(shuffled)) == f"sha256:{expected}"
    assert heads.root_of_sorted(sorted(set(elements))) == f"sha256:{expected}"


def test_the_head_of_the_vectors(vectors, head, key, method, now):
    assert (head.epoch, head.seq, head.count, head.tombstones) == ("k3J9xQ2mR0s", 3, 2, 1)
    again = heads.make_head(
        origin=head.origin,
        epoch=head.epoch,
        seq=3,
        count=2,
        tombstones=1,
        tombstones_from=head.tombstones_from,
        root=head.root,
        keyset=1,
        issued=head.issued,
    )
    signed_at = head.issued - timedelta(seconds=5)
    assert proofs.sign(again, key, method, signed_at) == vectors["head"]
    assert heads.check_head(head, None, now).progress is Progress.FIRST


def test_a_head_accounts_for_what_is_served_and_withheld(head, elements):
    assert heads.accounts_for(head, elements)
    assert heads.accounts_for(head, elements[:2], elements[2:])
    assert heads.accounts_for(head, elements, elements[:1])
    assert not heads.accounts_for(head, elements[:2])
    assert not heads.accounts_for(head, elements, [bytes(32)])


def test_every_changed_member_of_a_head_is_refused(vectors, keyset, now):
    for name in vectors["head"]:
        less = {key: value for key, value in vectors["head"].items() if key != name}
        for document in (less, {**vectors["head"], name: "changed"}):
            with pytest.raises(Refusal):
                heads.authenticate_head(document, keyset, now=now)


@pytest.mark.parametrize(
    "members",
    [
        {"type": "Offer"},
        {"origin": 5},
        {"epoch": "k3J9xQ2mR0"},
        {"epoch": "k3J9xQ2mR0t"},
        {"epoch": None},
        {"root": "sha256:00"},
        {"root": "sha256:" + "A" * 64},
        {"seq": -1},
        {"seq": True},
        {"count": "2"},
        {"tombstones": 2**53},
        {"keyset": 0},
        {"issued": "2026-01-06"},
        {"tombstonesFrom": None},
        {"tombstonesFrom": "2024-12-02T10:00:06Z"},
        {"expires": "2026-01-06T10:00:05Z"},
    ],
)
def test_forms_that_are_refused(vectors, members):
    with pytest.raises(SchemaRefused):
        heads.read_head({**vectors["head"], **members})


def test_a_head_of_another_origin_is_refused(vectors, keyset, now):
    with pytest.raises(SchemaRefused) as caught:
        heads.authenticate_head(
            {**vectors["head"], "origin": "https://lille-sud.example"}, keyset, now=now
        )
    assert caught.value.reason == "origin"


def test_a_head_is_fresh_for_24_hours_whatever_it_says(vectors, head):
    end = head.issued + timedelta(hours=24)
    verdict = heads.check_head(head, None, end)
    assert verdict.fresh_until == end
    assert verdict.is_fresh(end)
    assert not verdict.is_fresh(end + timedelta(seconds=1))
    long_lived = heads.read_head({**vectors["head"], "expires": "2027-01-07T10:00:05Z"})
    assert heads.check_head(long_lived, None, end).fresh_until == end
    short_lived = heads.read_head({**vectors["head"], "expires": "2026-01-06T11:00:05Z"})
    assert heads.check_head(short_lived, None, end).fresh_until == head.issued + timedelta(hours=1)


def test_a_head_from_the_future(head):
    early = head.issued - timedelta(seconds=300)
    assert heads.check_head(head, None, early)
    with pytest.raises(VersionInFuture):
        heads.check_head(head, None, early - timedelta(seconds=1))


HOUR = timedelta(hours=1)
OTHER_ROOT = "sha256:" + "0" * 64
OTHER_EPOCH = "AAAAAAAAAAA"


@pytest.mark.parametrize(
    ("changes", "later", "progress"),
    [
        ({}, None, Progress.SAME),
        ({}, -HOUR, Progress.SAME),
        ({}, HOUR, Progress.REISSUED),
        ({"keyset": 2}, HOUR, Progress.REISSUED),
        ({"seq": 4, "root": OTHER_ROOT}, HOUR, Progress.ADVANCED),
        ({"seq": 4, "root": OTHER_ROOT}, None, Progress.ADVANCED),
        ({"epoch": OTHER_EPOCH, "seq": 1}, HOUR, Progress.NEW_EPOCH),
    ],
)
def test_what_may_follow(head, follow, now, changes, later, progress):
    issued = head.issued + (later or timedelta(0))
    follower = follow(**{"tombstones_from": head.tombstones_from, **changes, "issued": issued})
    assert heads.check_head(follower, head, now + HOUR).progress is progress


@pytest.mark.parametrize(
    ("changes", "later", "error"),
    [
        ({"root": OTHER_ROOT}, HOUR, EpochFork),
        ({"count": 3}, HOUR, EpochFork),
        ({"tombstones": 0}, HOUR, EpochFork),
        ({"seq": 2}, HOUR, HeadRollback),
        ({"epoch": OTHER_EPOCH, "seq": 9}, timedelta(0), HeadRollback),
        ({"epoch": OTHER_EPOCH, "seq": 9}, -HOUR, HeadRollback),
        ({"seq": 4, "tombstones_from": -HOUR}, HOUR, HeadRollback),
    ],
)
def test_what_may_not_follow(head, follow, now, changes, later, error):
    if "tombstones_from" in changes:
        moved = head.tombstones_from + changes["tombstones_from"]
        changes = {**changes, "tombstones_from": moved}
    follower = follow(**{**changes, "issued": head.issued + later})
    with pytest.raises(error):
        heads.check_head(follower, head, now + HOUR)


def test_moving_the_horizon_moves_the_sequence(head, follow, now):
    moved = head.tombstones_from + timedelta(days=1)
    issued = head.issued + timedelta(days=1)
    at = now + timedelta(days=1)
    with pytest.raises(EpochFork):
        heads.check_head(follow(tombstones_from=moved, issued=issued), head, at)
    follower = follow(tombstones_from=moved, issued=issued, seq=head.seq + 1)
    assert heads.check_head(follower, head, at).progress is Progress.ADVANCED


def test_the_horizon_never_moves_back(head):
    start = heads.tombstones_from(head.issued)
    assert start == head.tombstones_from
    assert heads.tombstones_from(head.issued + timedelta(hours=3), start) == start
    assert heads.tombstones_from(head.issued - timedelta(days=9), start) == start
