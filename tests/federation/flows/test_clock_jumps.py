"""A clock that was ahead for a while: what was published meanwhile can still be buried and read."""

from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select

from entraide import database
from entraide.directory.offers import service
from entraide.testing import add_offer, add_organisation
from entraide_federation.protocol import heads
from entraide_federation.store.models import Origin, SignedObject

JUMP = timedelta(days=500)


@pytest.fixture
def organisation(origin_site, publish_all):
    """An organisation whose first offer was buried before the clock jumps."""
    with database.writing() as session:
        organisation = add_organisation(session).id
        offer = add_offer(session, kind="canary", organisation_id=organisation)
    publish_all()
    withdraw(offer.id)
    publish_all()
    return organisation


def withdraw(offer_id):
    with database.writing() as session:
        offer = service.find_offer(session, offer_id=offer_id)
        service.withdraw_offer(session, offer=offer, actor=None)


def head():
    with database.reading() as session:
        return heads.read_head(orjson.loads(session.scalar(select(Origin.head))))


def test_what_was_published_ahead_of_time_can_be_buried(origin_site, publish_all, organisation):
    origin_site.clock.advance(JUMP)
    with database.writing() as session:
        offer = add_offer(session, 2, kind="canary", organisation_id=organisation).id
    publish_all()
    origin_site.clock.advance(-JUMP)
    withdraw(offer)
    publish_all()
    with database.reading() as session:
        uid = select(SignedObject).where(SignedObject.uid.endswith(str(offer)))
        assert session.scalars(uid).one().type == "Tombstone"


def test_a_head_from_the_future_is_replaced(origin_site, publish_all, organisation):
    before = head()
    origin_site.clock.advance(JUMP)
    publish_all()
    ahead = head()
    origin_site.clock.advance(timedelta(seconds=3) - JUMP)
    publish_all()
    after = head()
    assert ahead.issued - before.issued == JUMP
    assert after.issued - before.issued == timedelta(seconds=3)
    assert after.state == before.state == ahead.state, "readers take it: nothing has changed"
    assert after.seq == before.seq
