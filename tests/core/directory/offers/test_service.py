"""Rules of offers: proposed, published, stepped through their workflow, withdrawn, expired."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from marshmallow import Schema, validate
from sqlalchemy import select

from entraide import clock, database, events, fields
from entraide.audit import AuditEntry
from entraide.directory.listing import own_rows, store
from entraide.directory.listing.models import Listing, ListingRemoved, ListingRow
from entraide.directory.models import Offer, Transition
from entraide.directory.offers import service
from entraide.directory.payloads import values as payloads
from entraide.errors import BadInput, Forbidden, IllegalTransition, NotFound, Refused
from entraide.kinds import Kind, Problem, Workflow
from entraide.outbox.models import OutboxEvent
from entraide.testing import add_member, add_offer, add_organisation, in_days

CHOICES = [("b", "Blue"), ("g", "Green")]


class Lent(Schema):
    item = fields.public(fields.String(required=True), label="Item")
    colour = fields.public(fields.one_of(CHOICES), label="Colour", facet=True)
    parts = fields.public(fields.some_of(CHOICES), label="Parts")
    is_new = fields.public(fields.Boolean(), label="New")
    day = fields.public(fields.Date(), label="Day")
    pickup = fields.parties(fields.String(validate=validate.Length(max=99)), label="Pick-up")
    unmarked = fields.String()


STEPS = {"open": {"reserve": "reserved", "withdraw": "closed"}, "reserved": {"cancel": "open"}}
KIND = Kind("loan", "Loan", Lent, Workflow("open", STEPS), federated=True)
PLAIN = Kind("plain", "Plain", Lent)
FULL = {
    "item": "Lit",
    "colour": "b",
    "parts": ["b", "g"],
    "is_new": True,
    "day": date(2027, 1, 2),
    "pickup": "3 rue Secrète",
}


@pytest.fixture
def people(site, session):
    """A coordinator, a member of nothing, an administrator, and their association."""
    site.kinds |= {kind.name: kind for kind in (KIND, PLAIN)}
    coordinator, member = add_member(session, 1), add_member(session, 2)
    administrator = add_member(session, 3, "administrator")
    association = add_organisation(session, coordinator=coordinator)
    return coordinator, member, administrator, association


@pytest.fixture
def offer(session, people):
    return add_offer(session, kind="loan", organisation_id=people[3].id, payload=FULL)


def listed(session, offer):
    session.flush()
    return session.get(Listing, own_rows.uid_of(offer.id), populate_existing=True)


def told(session):
    session.flush()
    found = session.scalars(select(OutboxEvent.name).order_by(OutboxEvent.id)).all()
    return [name for name in found if name.startswith("Offer")]


def done(session):
    session.flush()
    return session.scalars(
        select(AuditEntry.action).where(AuditEntry.action.startswith("directory"))
    ).all()


def test_the_site_publishes_at_once(session, people, offer):
    row = listed(session, offer)
    assert (offer.publication, offer.state, offer.revision) == ("public", "open", 2)
    assert row.payload == {
        "item": "Lit",
        "colour": "b",
        "parts": ["b", "g"],
        "is_new": True,
        "day": "2027-01-02",
    }
    assert offer.details == {"pickup": "3 rue Secrète"}
    assert row.organisation["name"] == "Association Exemple 1"
    assert row.origin is None
    assert told(session) == ["OfferPublished"]
    assert done(session) == ["directory.publish"]


def test_a_coordinator_publishes_and_a_member_proposes(session, people):
    coordinator, member, _, association = people
    options = {"kind": "plain", "organisation_id": association.id}
    assert add_offer(session, 1, actor=coordinator, **options).publication == "public"
    proposed = add_offer(session, 2, actor=member, **options)
    assert (proposed.publication, listed(session, proposed)) == ("pending", None)
    assert told(session) == ["OfferPublished", "OfferProposed"]
    with pytest.raises(Forbidden):
        service.publish_offer(session, offer=proposed, actor=member)
    service.publish_offer(session, offer=proposed, actor=coordinator)
    assert listed(session, proposed) is not None
    with pytest.raises(Refused):
        service.publish_offer(session, offer=proposed, actor=coordinator)


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"kind": "nosuch"}, "kind", "n’existe pas ici. Les types sont\u00a0: loan, plain"),
        ({"organisation_id": uuid4()}, "organisation", "Cette association n’est plus sur ce site"),
        ({"title": "interdit"}, "title", "à revoir"),
    ],
)
def test_offers_that_are_refused(site, session, people, plug, values, field, words):
    def problems(subject):
        if subject.title == "interdit":
            yield Problem("Choisissez un autre titre.")

    # Only the plugin of a kind objects to what is offered of it.
    plug(site, site.kinds["plain"].plugin, problems)
    with pytest.raises(BadInput, match=words) as caught:
        add_offer(session, **({"kind": "plain"} | values))
    assert list(caught.value.errors) == [field]
    session.flush()
    assert session.scalars(select(Offer)).all() == []


def test_an_organisation_that_is_not_public_has_no_offers(session, people):
    hidden = add_organisation(session, 2, publication="withdrawn")
    with pytest.raises(BadInput, match="n’est plus sur ce site"):
        add_offer(session, kind="plain", organisation_id=hidden.id)


def test_an_offer_whose_last_day_has_passed_is_not_published(session, people):
    with pytest.raises(Refused, match="dernier jour"):
        add_offer(session, kind="plain", verify_by=in_days(-1))


def test_withdrawing_twice_is_once(session, people, offer):
    service.withdraw_offer(session, offer=offer, actor=people[0])
    service.withdraw_offer(session, offer=offer, actor=people[0])
    assert (offer.publication, listed(session, offer)) == ("withdrawn", None)
    assert told(session) == ["OfferPublished", "OfferWithdrawn"]
    assert session.scalars(select(ListingRemoved.uid)).all() == [own_rows.uid_of(offer.id)]
    assert done(session) == ["directory.publish", "directory.withdraw"]


def test_a_stranger_withdraws_and_confirms_nothing(session, people, offer):
    with pytest.raises(Forbidden):
        service.withdraw_offer(session, offer=offer, actor=people[1])
    with pytest.raises(Forbidden):
        service.confirm_offer(session, offer=offer, actor=people[1], verify_by=in_days(1))
    with pytest.raises(Forbidden):
        service.step_offer(session, offer=offer, actor=people[1], step="reserve")
    assert listed(session, offer) is not None


def test_the_site_withdraws(session, people, offer):
    service.withdraw_offer(session, offer=offer, actor=None)
    assert listed(session, offer) is None


def test_steps_take_a_row_out_of_lists_and_back(session, people, offer):
    coordinator = people[0]
    service.step_offer(session, offer=offer, actor=coordinator, step="reserve")
    assert (offer.state, offer.publication, listed(session, offer)) == ("reserved", "public", None)
    service.step_offer(session, offer=offer, actor=coordinator, step="cancel")
    assert listed(session, offer) is not None
    service.step_offer(session, offer=offer, actor=coordinator, step="withdraw")
    assert (offer.state, offer.publication) == ("closed", "withdrawn")
    steps = session.scalars(select(Transition)).all()
    assert {(one.step, one.source, one.target) for one in steps} == {
        ("reserve", "open", "reserved"),
        ("cancel", "reserved", "open"),
        ("withdraw", "open", "closed"),
    }
    stepped = ["OfferStepped"] * 3
    assert told(session) == ["OfferPublished", *stepped, "OfferWithdrawn"]
    rows = session.scalars(select(OutboxEvent).where(OutboxEvent.name == "OfferStepped"))
    assert [(row.members["step"], row.members["state"]) for row in rows] == [
        ("reserve", "reserved"),
        ("cancel", "open"),
        ("withdraw", "closed"),
    ]


@pytest.mark.parametrize("kind", ["loan", "plain"])
def test_steps_that_do_not_exist(session, people, kind):
    coordinator, _, _, association = people
    offer = add_offer(session, kind=kind, organisation_id=association.id)
    step = "cancel" if kind == "loan" else "reserve"
    with pytest.raises(IllegalTransition):
        service.step_offer(session, offer=offer, actor=coordinator, step=step)
    service.withdraw_offer(session, offer=offer, actor=coordinator)
    with pytest.raises(IllegalTransition):
        service.step_offer(session, offer=offer, actor=coordinator, step="reserve")
    assert session.scalars(select(Transition)).all() == []


def test_confirming(session, people, offer):
    coordinator = people[0]
    service.confirm_offer(session, offer=offer, actor=coordinator, verify_by=in_days(200))
    row = listed(session, offer)
    assert (row.verify_by, row.verified_on) == (in_days(200), clock.today())
    assert told(session) == ["OfferPublished", "OfferConfirmed"]
    with pytest.raises(BadInput, match="jour à venir"):
        service.confirm_offer(session, offer=offer, actor=coordinator, verify_by=in_days(-1))


def test_offers_expire_the_day_after_their_last(site, session, people):
    last_day = add_offer(session, kind="plain", verify_by=in_days(10))
    longer = add_offer(session, kind="plain", verify_by=in_days(11))
    session.commit()
    site.clock.advance(timedelta(days=10))
    assert service.expire_offers() == 0
    site.clock.advance(timedelta(days=1))
    assert service.expire_offers() == 1
    with database.reading() as reader:
        assert reader.get_one(Offer, last_day.id).publication == "expired"
        assert reader.get(Listing, own_rows.uid_of(last_day.id)) is None
        assert reader.get(Listing, own_rows.uid_of(longer.id)) is not None
        assert told(reader).count("OfferExpired") == 1


def test_find_offer(session, people, offer):
    assert service.find_offer(session, offer_id=offer.id) is offer
    with pytest.raises(NotFound):
        service.find_offer(session, offer_id=uuid4())


def test_an_offer_of_a_removed_kind_leaves_the_lists(site, session, people, offer):
    del site.kinds["loan"]
    own_rows.list_offer(session, offer)
    assert listed(session, offer) is None
    assert service.workflow_of(offer) is None


def test_an_organisation_that_withdraws_leaves_the_list(session, people):
    association = people[3]
    assert listed(session, association).type == "organisation"
    association.publication = "withdrawn"
    own_rows.list_organisation(session, association)
    assert listed(session, association) is None


# Payloads ---------------------------------------------------------------------------------


def test_load_payload_lists_its_fields():
    assert payloads.load_payload(PLAIN, {"item": "Lit"}) == {"item": "Lit"}
    with pytest.raises(BadInput) as caught:
        payloads.load_payload(PLAIN, {"colour": "red", "x": 1})
    assert set(caught.value.errors["payload"]) == {"item", "colour", "x"}


def test_split_payload_keeps_what_is_not_public_apart():
    assert payloads.split_payload(PLAIN, {"item": "Lit"}) == ({"item": "Lit"}, None)
    public, details = payloads.split_payload(PLAIN, FULL | {"unmarked": "x", "colour": None})
    assert set(public) == {"item", "parts", "is_new", "day"}
    assert details == {"pickup": "3 rue Secrète", "unmarked": "x"}


def test_facets_are_public_fields_only():
    assert payloads.facets_of(PLAIN) == ["colour"]


def test_described():
    shown = payloads.described(
        PLAIN, {"item": "Lit", "colour": "b", "parts": ["b", "g"], "is_new": False}
    )
    assert dict(shown)["Colour"] == "Blue"
    assert dict(shown)["Parts"] == "Blue, Green"
    assert set(dict(shown)) == {"Item", "Colour", "Parts"}
    assert payloads.described(None, {"item": "Lit"}) == []
    assert payloads.described(PLAIN, None) == []


# The seam table -----------------------------------------------------------------------------


def foreign(number, **values):
    now = clock.now()
    return ListingRow(
        uid=f"https://far.example/federation/o/{number}",
        type="offer",
        origin="https://far.example",
        kind="plain",
        title=f"Loin {number}",
        summary="",
        organisation=None,
        territory=["93059"],
        schedule=None,
        seats=None,
        payload=None,
        lang="fr",
        contact_url=None,
        created_at=now,
        updated_at=now,
        verified_on=None,
        verify_by=None,
        **values,
    )


def test_rows_are_stored_replaced_and_removed_in_bulk(site, session):
    many = [foreign(number) for number in range(store.BATCH + 3)]
    store.store_listings(session, [])
    store.store_listings(session, many)
    store.store_listings(session, [many[0] | {"title": "Plus loin"}])
    rows = {row.uid: row for row in session.scalars(select(Listing))}
    assert len(rows) == len(many)
    changed = rows[many[0]["uid"]]
    assert (changed.title, changed.position) == ("Plus loin", None)
    assert rows[many[1]["uid"]].title != "Plus loin"
    session.expunge_all()
    for _ in range(2):
        store.remove_listings(session, [row["uid"] for row in many[1:]])
    assert session.scalars(select(Listing.uid)).all() == [many[0]["uid"]]
    assert len(session.scalars(select(ListingRemoved.uid)).all()) == len(many) - 1


def test_events_of_the_listing_are_recorded(session, people, offer):
    session.flush()
    names = session.scalars(select(OutboxEvent.name)).all()
    assert names.count(events.ListingChanged.__name__) == 2
