"""Descriptions of others' kinds: kept as far as pages show them, replaced, removed, bounded."""

from sqlalchemy import select

from entraide import DescribedKind, DescribedKindRow, clock, database, store_described_kinds
from entraide.directory.listing.described_kinds import MOST_KINDS

ORIGIN = "https://other.example"


def row(number, label=("Prêt", "Loan"), fields=()):
    return DescribedKindRow(
        uid=f"{ORIGIN}/federation/o/{number}",
        origin=ORIGIN,
        document={
            "kind": f"loan{number}",
            "schemaVersion": "1.0",
            "languages": ["fr", "en"],
            "label": list(label),
            "fields": list(fields),
        },
        updated_at=clock.now(),
    )


def labels():
    with database.reading() as session:
        return [kind.document["label"] for kind in session.scalars(select(DescribedKind))]


def test_a_later_description_takes_the_place_of_the_one_before(site):
    for label in (("Prêt", "Loan"), ("Don", "Gift")):
        with database.writing() as session:
            store_described_kinds(session, [row(1, label)])
    assert labels() == [["Don", "Gift"]]


def test_more_than_a_hundred_kinds_of_one_site_are_not_described(site):
    with database.writing() as session:
        store_described_kinds(session, [row(number) for number in range(MOST_KINDS + 5)])
    assert len(labels()) == MOST_KINDS
