"""A clock that was ahead for a while, by days or by years: afterwards all goes on as before."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from entraide import clock, database
from entraide_federation import settings as federation_settings
from entraide_federation.origins import confirmation
from entraide_federation.store.models import Source
from entraide_federation.testing import answer
from entraide_federation.withholding import decisions

KEYSET, KEYSETS = "/federation/v1/keyset", "/federation/v1/keysets"
JUMPS = [timedelta(days=2), timedelta(days=40), timedelta(days=11 * 365)]


@pytest.fixture
def ahead(reading_site):
    """A function that does something while the clock is ahead, and puts it right again."""

    def do(jump, act):
        reading_site.clock.advance(jump)
        act()
        reading_site.clock.advance(-jump)

    return do


@pytest.mark.parametrize("jump", JUMPS)
def test_the_weekly_question_is_asked_again(desk, peer, reading_site, ahead, jump):
    desk.subscribe(peer)
    ahead(jump, lambda: (peer.reissue_head(), desk.pull(peer)))
    assert desk.origin(peer).keyset_checked_at > clock.now()
    reading_site.clock.advance(timedelta(days=10))
    peer.requests.clear()
    peer.publish(title="Après")
    desk.pull(peer)
    assert any(b"GET /federation/v1/keyset " in request for request in peer.requests)
    assert len(desk.listed()) == 3


@pytest.mark.parametrize("jump", JUMPS)
def test_an_unconfirmed_site_is_asked_again(desk, relay, peer, reading_site, ahead, jump):
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    desk.pull(relay)
    peer.instead = {KEYSETS: answer(503, b"{}")}
    ahead(jump, desk.confirm)
    peer.instead = {}
    reading_site.clock.advance(timedelta(days=1))
    assert desk.confirm() == 1
    assert peer.first in desk.listed()


def test_whom_a_relay_named_while_the_clock_was_ahead_has_thirty_days(
    desk, relay, peer, reading_site, ahead
):
    def drop():
        with database.writing() as session:
            confirmation.drop_unanswered(session, federation_settings.limits())

    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    ahead(JUMPS[-1], lambda: (relay.relay(peer.publication), desk.pull(relay)))
    peer.instead = {KEYSETS: answer(503, b"{}")}
    assert desk.origin(peer).met_at > clock.now()
    for days, state in ((0, "stale"), (29, "stale"), (1, "dropped")):
        reading_site.clock.advance(timedelta(days=days))
        desk.confirm()
        drop()
        assert (desk.origin(peer).state == "dropped") is (state == "dropped")


def test_what_was_suspended_while_the_clock_was_ahead_is_purged(desk, peer, reading_site, ahead):
    def suspend():
        with database.writing() as session:
            decisions.suspend(session, confirmation.lock(session, peer.base), "spam")

    desk.subscribe(peer)
    desk.pull(peer)
    ahead(JUMPS[-1], suspend)
    for days, is_kept in ((0, True), (29, True), (2, False)):
        reading_site.clock.advance(timedelta(days=days))
        with database.writing() as session:
            decisions.purge(session)
        assert (desk.objects(peer.base) != {}) is is_kept


def sign_ahead(peer, site, jump):
    site.clock.advance(jump)
    peer.publication.renew_keyset()
    site.clock.advance(-jump)
    peer.reissue_head()


@pytest.mark.parametrize("way", ["itself", "relay"])
@pytest.mark.parametrize("is_known", [True, False])
def test_keys_that_were_renewed_ahead_of_time_are_healed_by_renewing_again(
    desk, peer, relay, reading_site, way, is_known
):
    """Version 2 comes from 2037: it is waited for, until version 3 takes its place."""

    def read():
        relay.relay(peer.publication)
        desk.pull(relay if way == "relay" else peer)
        desk.confirm()

    desk.subscribe(relay, role="hub") if way == "relay" else desk.subscribe(peer)
    if is_known:
        read()
    sign_ahead(peer, reading_site, JUMPS[-1])
    late = peer.publish(title="Après")
    read()
    assert late not in desk.listed()
    assert desk.origin(peer).state != "frozen"
    peer.publication.renew_keyset()
    with database.writing() as session:
        session.execute(update(Source).values(next_at=None, cursor=None))
    read()
    origin = desk.origin(peer)
    assert (origin.state, origin.keyset_version) == ("live", 3)
    assert late in desk.listed()
