"""Periodic work of the directory, and two requests with one key at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select

from entraide import clock, database
from entraide.app import jobs_of
from entraide.directory.listing.models import Listing
from entraide.directory.models import Offer
from entraide.directory.offers.service import find_offer
from entraide.kinds import JobRun
from entraide.testing import in_days
from entraide.web.idempotency import IdempotencyKey


def run(town, name):
    job = next(job for job in jobs_of(town.site) if job.name == name)
    job.function(JobRun(clock.now() + timedelta(seconds=60), lambda: False))


def count(table):
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_offers_expire_the_day_after_their_last_one(town):
    made = town.add_offers(3, verify_by=in_days(0))
    run(town, "directory.expire")
    assert count(Listing) == 5
    town.site.clock.advance(timedelta(days=1))
    run(town, "directory.expire")
    assert count(Listing) == 2
    with database.reading() as session:
        states = {find_offer(session, offer_id=one).publication for one in made}
    assert states == {"expired"}


def test_the_index_follows_the_listing(village):
    assert village.post().status_code == 201
    run(village, "directory.index")
    assert "Aide aux devoirs exemple" in village.browse().get("/find?q=devoirs+exemple").text
    with database.reading() as session:
        assert None not in set(session.scalars(select(Listing.position)))


def test_keys_are_forgotten_after_a_day(village):
    village.post(headers={"Idempotency-Key": "a"})
    run(village, "directory.forget_keys")
    assert count(IdempotencyKey) == 1
    village.site.clock.advance(timedelta(hours=24))
    run(village, "directory.forget_keys")
    assert count(IdempotencyKey) == 0


def test_two_requests_with_one_key_at_once_make_one_offer(town):
    def send(_number):
        return town.post(headers={"Idempotency-Key": "twice"})

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert count(Offer) == 1
