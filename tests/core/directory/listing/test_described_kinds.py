"""Descriptions of kinds, kept by site and kind: what pages find of them."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from entraide import (
    DescribedKind,
    DescribedKindRow,
    remove_listings,
    runtime,
    store_described_kinds,
)
from entraide.directory.listing.described_kinds import (
    MOST_KINDS,
    OWN,
    describe_own_kinds,
    descriptions_of,
    find_description,
)

PLUGINS = ("tutoring",)
PEER, OTHER = "https://peer.example", "https://other.example"
DOCUMENT = {
    "kind": "toyloan",
    "schemaVersion": "1.0",
    "languages": ["fr", "en"],
    "label": ["Prêt de jouets", "Toy loan"],
    "fields": [{"name": "toy", "type": "text", "label": ["Jouet", "Toy"]}],
}


def row(uid, origin=PEER, **members):
    return DescribedKindRow(
        uid=f"{origin}/federation/o/{uid}",
        origin=origin,
        document=DOCUMENT | members,
        updated_at=datetime(2026, 11, uid, tzinfo=UTC),
    )


def words(session, origin, kind, payload=None):
    of_site = origin, kind
    description = find_description(descriptions_of(session, [of_site]), of_site, payload)
    return description and description.words


def test_a_description_rules_its_own_site_and_version_alone(session):
    store_described_kinds(session, [row(1), row(2, OTHER, label=["Jeux", "Games"])])
    assert words(session, PEER, "toyloan") == "Prêt de jouets"
    assert words(session, OTHER, "toyloan", {"toy": "a"}) == "Jeux"
    assert words(session, OTHER, "toyloan", {"$version": "2.0"}) is None
    assert words(session, None, "toyloan") is None
    assert words(session, PEER, "elsewhere") is None
    assert words(session, PEER, None) is None


def test_the_later_of_two_counts_and_what_is_not_fit_goes(session):
    store_described_kinds(session, [row(2), row(1, label=["Premier", "First"])])
    assert words(session, PEER, "toyloan") == "Prêt de jouets"
    store_described_kinds(session, [row(2, label=["www.exemple.fr", "First"])])
    assert words(session, PEER, "toyloan") == "Premier"
    remove_listings(session, [f"{PEER}/federation/o/1"])
    assert words(session, PEER, "toyloan") is None


def test_a_kind_that_is_on_needs_no_description(session):
    store_described_kinds(session, [row(1, kind="tutoring")])
    assert words(session, PEER, "tutoring") is None


def test_own_kinds_are_described_once_and_stay(session):
    for _start in range(2):
        describe_own_kinds(session)
    kept = select(DescribedKind).where(DescribedKind.origin == OWN)
    (own,) = session.scalars(kept).all()
    assert own.document["kind"] == "tutoring"
    remove_listings(session, [own.uid])
    del runtime.current().kinds["tutoring"]
    describe_own_kinds(session)
    assert words(session, None, "tutoring") == own.document["label"][0]


@pytest.mark.parametrize("count", [0, 3])
def test_the_descriptions_of_several_kinds_come_together(session, count):
    kinds = [f"kind_{number}" for number in range(count)]
    store_described_kinds(session, [row(at, kind=kind) for at, kind in enumerate(kinds, 1)])
    descriptions = descriptions_of(session, [(PEER, kind) for kind in kinds])
    assert descriptions.keys() == {(PEER, kind) for kind in kinds}


def test_more_than_a_hundred_kinds_of_one_site_are_not_described(session):
    store_described_kinds(session, [row(1, kind=f"kind_{number}") for number in range(3)])
    count = select(func.count()).select_from(DescribedKind)
    assert session.scalar(count) == 1
    for number in range(MOST_KINDS + 5):
        kind = row(1, kind=f"kind_{number}")
        store_described_kinds(session, [kind | {"uid": f"{PEER}/federation/o/a{number}"}])
    assert session.scalar(count) == MOST_KINDS
