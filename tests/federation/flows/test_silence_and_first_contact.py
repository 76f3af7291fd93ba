"""Expired keys beside the other rules: first contact, bad items, what an operator keeps back."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from entraide import database
from entraide_federation.listing import visibility
from entraide_federation.reading import peers
from entraide_federation.store import finding, health
from entraide_federation.store.models import KeptBack, Origin, SignedObject
from entraide_federation.withholding import decisions


@pytest.fixture
def aged(peer):
    """An origin whose first Keyset is good for a year."""
    peer.publication.keyset_days = 365
    peer.publication.keysets[0] = peer.publication._make_keyset()
    peer.publication.reissue_head()
    return peer


def expire(site, peer):
    site.clock.advance(timedelta(days=366))
    peer.reissue_head()


def decide(peer, act, *arguments):
    """Let an operator suspend or unsuspend the peer, as the commands do."""
    with database.writing() as session:
        origin = session.scalars(select(Origin).where(Origin.base == peer.base)).one()
        act(session, origin, *arguments)


def test_whom_a_relay_named_is_confirmed_by_expired_keys_and_shown_once_they_are_renewed(
    desk, relay, aged, reading_site
):
    expire(reading_site, aged)
    relay.relay(aged.publication)
    desk.subscribe(relay, role="hub")
    assert desk.pull(relay).error == ""
    assert not desk.origin(aged).is_confirmed
    assert desk.listed() == {}
    with database.reading() as session:
        assert [row for row in health.health(session) if row.base == aged.base] == []
    assert desk.confirm() == 1
    assert desk.origin(aged).is_confirmed
    assert desk.listed() == {}, "what came under expired keys waits"
    with database.reading() as session:
        (row,) = [row for row in health.health(session) if row.base == aged.base]
    assert row.state == "stale"
    assert row.keys_end_at is not None
    assert "forged-keys" not in desk.events()
    aged.publication.renew_keyset()
    relay.relay(aged.publication)
    assert desk.pull(relay).error == ""
    assert aged.first in desk.listed()


def test_a_bad_item_of_a_silent_origin_hides_only_itself(desk, aged, reading_site):
    desk.subscribe(aged)
    desk.pull(aged)
    expire(reading_site, aged)
    late = aged.publish(title="Sous des clés échues")
    odd = aged.publish(title="Signature abîmée")
    document = aged.publication.objects[odd]
    document["proof"] = {**document["proof"], "proofValue": "z" + "1" * 64}
    aged.publication.reissue_head()
    aged.withdraw(aged.first, "erasure")
    assert desk.pull(aged).error == ""
    assert desk.origin(aged).state == "stale"
    with database.reading() as session:
        rows = session.execute(select(SignedObject.uid, SignedObject.problem))
        problems = {row.uid: row.problem for row in rows}
    assert problems[late] == "keyset-expired"
    assert problems[odd] not in (None, "keyset-expired")
    assert problems[aged.first] is None
    assert desk.listed().keys().isdisjoint({late, odd, aged.first})
    aged.publication.renew_keyset()
    assert desk.pull(aged).error == ""
    assert late in desk.listed()
    assert odd not in desk.listed()


def test_signatures_that_are_looked_at_later_take_nothing_out(desk, aged, reading_site):
    """A large snapshot is shown at once; its last signatures are verified under expired keys."""
    for _ in range(visibility.CHECKED_AT_ONCE + 3):
        aged.publish()
    desk.subscribe(aged)
    desk.pull(aged)
    shown = desk.listed()

    def left():
        with database.reading() as session:
            rows = select(func.count()).select_from(SignedObject).where(SignedObject.is_vouched)
            return session.scalar(rows)

    assert left() > 0
    expire(reading_site, aged)
    assert desk.pull(aged).error == ""
    assert left() == 0
    assert desk.listed() == shown


def test_what_was_hidden_meanwhile_waits_with_the_rest(desk, aged, reading_site):
    desk.subscribe(aged)
    desk.pull(aged)
    expire(reading_site, aged)
    desk.pull(aged)
    with database.writing() as session:
        decisions.hide(session, *finding.find(session, aged.first), "spam")
    assert aged.first not in desk.listed()
    second = aged.publish(title="Sous des clés échues")
    with database.writing() as session:
        kept = session.get(KeptBack, (aged.first, ""))
        decisions.unhide(session, kept, finding.find(session, aged.first)[1])
    desk.pull(aged)
    assert desk.listed().keys().isdisjoint({aged.first, second})
    aged.publication.renew_keyset()
    desk.pull(aged)
    assert {aged.first, second} <= desk.listed().keys()


def test_a_suspended_site_is_told_as_suspended_whatever_its_keys(desk, aged, reading_site):
    desk.subscribe(aged)
    desk.pull(aged)
    expire(reading_site, aged)
    desk.pull(aged)

    def remedy():
        with database.reading() as session:
            return next(
                row["remedy"]
                for row in peers.describe_peers(session)
                if row["base"] == aged.base and row["role"] != "withheld"
            )

    assert "federation renew" in remedy()
    decide(aged, decisions.suspend, "abuse")
    assert "unsuspend" in remedy()
    assert desk.listed() == {}
    decide(aged, decisions.unsuspend)
    assert "federation renew" in remedy()
    assert aged.first in desk.listed(), "what was shown before its keys ended"
