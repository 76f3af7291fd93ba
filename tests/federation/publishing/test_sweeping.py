"""The sweep: what no event told of is found and marked."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from entraide import JobRun, clock, database, events, runtime
from entraide.directory.models import Offer
from entraide.testing import add_offer, add_organisation
from entraide_federation.publishing import marks, sweeping
from entraide_federation.settings import Federation
from entraide_federation.store.models import Mark, Own, SignedObject


@pytest.fixture
def run():
    return JobRun(clock.now() + timedelta(days=1), lambda: False)


@pytest.fixture
def offer(origin_site, publish_all):
    with database.writing() as session:
        organisation = add_organisation(session).id
        added = add_offer(session, kind="canary", organisation_id=organisation).id
    publish_all()
    return added


def marked():
    with database.reading() as session:
        return dict(session.execute(select(Mark.object_id, Mark.type)).all())


def types():
    with database.reading() as session:
        return session.scalars(select(SignedObject.type).order_by(SignedObject.seq)).all()


def test_nothing_to_find(offer, run, origin_site):
    sweeping.sweep(run)
    assert marked() == {}
    with database.reading() as session:
        assert session.scalar(select(Own.swept_at)) == origin_site.clock.now()


def test_a_change_without_an_event(offer, run, publish_all):
    with database.writing() as session:
        session.get_one(Offer, offer).title = "Changé sans bruit"
    sweeping.sweep(run)
    assert marked() == {offer: "offer"}


def test_a_row_deleted_without_an_event(offer, run, publish_all):
    with database.writing() as session:
        session.execute(delete(Offer).where(Offer.id == offer))
    sweeping.sweep(run)
    assert marked() == {offer: "offer"}
    publish_all()
    assert types() == ["Organisation", "Tombstone"]
    sweeping.sweep(run)
    assert marked() == {}, "what is buried stays buried"


def test_rows_from_before_federation(origin_site, run, publish_all):
    with database.writing() as session:
        organisation = add_organisation(session).id
        add_offer(session, kind="canary", organisation_id=organisation)
        add_offer(session, 2, kind="canary")
    from entraide import outbox

    outbox.deliver_pending()
    with database.writing() as session:
        session.execute(delete(Mark))
    sweeping.sweep(run)
    publish_all()
    assert types() == ["Organisation", "Offer"]


def test_a_stopped_sweep_leaves_the_rest(offer, run, publish_all):
    with database.writing() as session:
        session.get_one(Offer, offer).title = "Changé sans bruit"
    sweeping.sweep(JobRun(run.deadline, lambda: True))
    assert marked() == {}


def test_without_keys_nothing_happens(make_site, run):
    with runtime.activate(make_site(plugins=("federation",))):
        sweeping.sweep(run)
        with database.reading() as session:
            assert session.scalar(select(func.count()).select_from(Own)) == 0


def test_a_site_that_becomes_a_hub_numbers_what_it_has(offer, run, origin_site):
    table = origin_site.plugin_settings["federation"]
    table["role"] = "hub"
    sweeping.sweep(run)
    with database.reading() as session:
        numbers = session.scalars(select(SignedObject.feed_seq)).all()
        assert sorted(numbers) == [1, 2]
        assert session.scalar(select(Own.feed_seq)) == 3, "its Head comes last"
    sweeping.sweep(run)
    with database.reading() as session:
        assert session.scalar(select(Own.feed_seq)) == 3


def test_other_events_mark_nothing(origin_site, offer):
    import entraide_federation

    with database.writing():
        entraide_federation.on_event(events.OfferPublished(offer))
        assert marked() == {}


def test_marking_again_moves_the_mark(origin_site, offer):
    for _ in range(2):
        origin_site.clock.advance(timedelta(seconds=1))
        with database.writing() as session:
            marks.mark(session, {offer: "offer"})
    with database.reading() as session:
        assert session.scalars(select(Mark.marked_at)).all() == [origin_site.clock.now()]


def test_a_federation_knows_its_role():
    assert Federation("hub", development=False, poll_seconds=1, peers=()).is_hub
