"""Three whole sites: what one publishes travels through the relay to another, and goes again."""

import pytest
from federation_network import follow, serving
from sqlalchemy import select

from entraide import Listing, database, runtime
from entraide.testing import add_offer, add_organisation
from entraide_federation import reading
from entraide_federation.reading import Result
from entraide_federation.reading.pull import open_client
from entraide_federation.store.models import Origin, SignedObject


@pytest.fixture
def network(make_origin):
    with (
        serving(make_origin, "hub", "hub") as hub,
        serving(make_origin, "one", "origin") as one,
        serving(make_origin, "two", "origin") as two,
    ):
        follow(hub, "origin", one, two)
        for pilot in (one, two):
            follow(pilot, "hub", hub)
        yield hub, one, two


def pull(site, *peers):
    with runtime.activate(site):
        return [reading.pull_source(peer.base) for peer in peers]


def travel(publish_all, hub, one, two):
    for site in (hub, one, two):
        with runtime.activate(site):
            publish_all()
    outcomes = pull(hub, one, two) + pull(one, hub) + pull(two, hub)
    for site in (one, two):
        with runtime.activate(site), open_client() as http:
            reading.confirm_due(http, lambda: False)
    assert [outcome.error for outcome in outcomes] == [""] * 4
    return outcomes


def held(site):
    """Return the signed bytes of everything that a site has, its own included."""
    with runtime.activate(site), database.reading() as session:
        return dict(map(tuple, session.execute(select(SignedObject.uid, SignedObject.body))))


def test_offers_travel_and_go(network, publish_all):
    hub, one, two = network
    for site in (one, two):
        with runtime.activate(site), database.writing() as session:
            organisation = add_organisation(session)
            add_offer(
                session,
                kind="canary",
                organisation_id=organisation.id,
                payload={"level": "a"},
            )
    travel(publish_all, hub, one, two)
    assert len(held(hub)) == 4
    assert held(hub) == held(one) == held(two)
    with runtime.activate(two), database.reading() as session:
        row = session.scalar(
            select(Listing).where(Listing.origin == one.base, Listing.type == "offer")
        )
        assert row.payload == {"level": "a"}
        assert row.organisation["name"] == "Association Exemple 1"
    outcomes = travel(publish_all, hub, one, two) + travel(publish_all, hub, one, two)
    assert {outcome.kind for outcome in outcomes} == {Result.UNCHANGED}
    with runtime.activate(one), database.reading() as session:
        assert session.scalar(select(Origin).where(Origin.base == two.base)).live_count == 2
