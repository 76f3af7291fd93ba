"""Identifiers and tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

from entraide import clock, ids


def test_new_id_is_a_version_7_uuid_of_this_moment():
    moment = datetime(2026, 11, 22, 9, 0, 0, 123_000, tzinfo=UTC)
    with clock.using(clock.FakeClock(moment)):
        identifier = ids.new_id()
    assert (identifier.version, identifier.variant) == (7, RFC_4122)
    assert identifier.int >> 80 == 1000 * moment.timestamp()


def test_new_ids_sort_by_time_and_differ():
    fake = clock.FakeClock(datetime(2026, 11, 22, tzinfo=UTC))
    made = []
    with clock.using(fake):
        for _ in range(200):
            fake.advance(timedelta(milliseconds=1))
            made.append(ids.new_id())
        assert made == sorted(made)
        assert len({ids.new_id() for _ in range(200)}) == 200


def test_token_has_192_bits_and_only_its_digest_is_kept():
    token = ids.new_token()
    assert len(token) == 32
    assert token != ids.new_token()
    assert ids.digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_public_id():
    identifier = UUID("018f0000-0000-7000-8000-000000000001")
    assert ids.public_id("https://site.example", identifier) == (
        "https://site.example/federation/o/018f0000-0000-7000-8000-000000000001"
    )
