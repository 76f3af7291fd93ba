"""What an operator keeps back at a hub: at once, for its readers too, and taken back as easily."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from federation_network import follow, serving
from sqlalchemy import select, text

from entraide import database, runtime
from entraide.app import create_app
from entraide.errors import BadInput
from entraide.testing import add_offer, add_organisation, browser
from entraide_federation import reading, settings, withholding_commands
from entraide_federation.keys import identity
from entraide_federation.listing import visibility
from entraide_federation.publishing import own_head
from entraide_federation.reading import peers, sources
from entraide_federation.reading.pull import open_client
from entraide_federation.store import health as relay_feed
from entraide_federation.store import verification
from entraide_federation.store.models import KeptBack, Origin, Own, SignedObject, Source
from entraide_federation.testing import FakeOrigin
from entraide_federation.withholding import decisions

REASON = "--reason"


def run(site, command, *arguments):
    with runtime.activate(site):
        return CliRunner().invoke(
            getattr(withholding_commands, command), arguments, catch_exceptions=False
        )


@pytest.fixture
def hub(make_origin, database_url):
    with serving(make_origin, "hub", "hub", url=database_url) as made:
        yield made


@pytest.fixture
def peer(hub):
    """An origin with one association and one offer, whose clock is the hub's."""
    with FakeOrigin(hub.clock.now) as origin:
        origin.first = origin.publish(title="Aide aux devoirs")
        yield origin


@pytest.fixture
def relay(hub):
    with FakeOrigin(hub.clock.now, seed="relay") as other:
        yield other


@pytest.fixture
def network(hub, make_origin, peer, publish_all):
    """A hub on each database that reads an origin, and a site that reads the hub."""
    with serving(make_origin, "reader", "origin") as reader:
        reader.clock = hub.clock
        follow(hub, "origin", peer)
        follow(reader, "hub", hub)
        for site in (hub, reader):
            with runtime.activate(site):
                publish_all()
        travel(hub, peer, reader)
        yield hub, reader


def travel(hub, peer, reader):
    """Do what the workers of both sites do."""
    outcomes = []
    for site, source in ((hub, peer), (reader, hub)):
        site.clock.advance(timedelta(seconds=5))
        with runtime.activate(site):
            outcomes.append(reading.pull_source(source.base))
            with open_client() as http:
                reading.confirm_due(http, lambda: False)
    assert [one.error for one in outcomes] == ["", ""]


def listed(site):
    with runtime.activate(site), database.reading() as session:
        return {uid for (uid,) in session.execute(text("SELECT uid FROM directory_listing"))}


def relayed(hub):
    """Return the ids of everything that the hub serves to its readers."""
    with runtime.activate(hub), database.reading() as session:
        rows = select(SignedObject.uid).where(SignedObject.feed_seq.is_not(None))
        return set(session.scalars(rows))


def verified(site):
    with runtime.activate(site), database.reading() as session:
        return all(one.is_equal for one in verification.check_roots(session))


def test_a_hidden_offer_goes_and_comes_back(network, peer):
    hub, reader = network
    second = peer.publish(title="Autre offre")
    travel(hub, peer, reader)
    assert {peer.first, second} <= listed(reader)
    answer = run(hub, "hide", peer.first, REASON, "spam")
    assert f"unhide {peer.first}" in answer.output
    assert peer.first not in listed(hub)
    assert peer.first not in relayed(hub)
    travel(hub, peer, reader)
    assert peer.first not in listed(reader)
    assert second in listed(reader)
    assert verified(hub)
    assert verified(reader)
    with runtime.activate(reader), database.reading() as session:
        rows = peers.describe_peers(session)
        told = next(row for row in rows if row["role"] == "withheld")
        assert (told["base"], told["reason"], told["pinned_by"]) == (peer.first, "spam", hub.base)
    run(hub, "unhide", peer.first)
    assert peer.first in listed(hub)
    travel(hub, peer, reader)
    assert peer.first in listed(reader)
    assert verified(reader)
    with runtime.activate(reader), database.reading() as session:
        assert session.scalar(select(KeptBack.uid)) is None


def test_a_hidden_offer_stays_hidden_in_new_versions_and_for_new_readers(
    network, peer, make_origin, publish_all
):
    hub, reader = network
    run(hub, "hide", f"{hub.base}/offers/127.0.0.1/{peer.first.rpartition('/')[2]}")
    peer.publish(id=peer.first, title="Nouvelle version")
    travel(hub, peer, reader)
    for site in (hub, reader):
        assert peer.first not in listed(site)
    assert peer.first not in relayed(hub)
    with serving(make_origin, "late", "origin") as late:
        late.clock = hub.clock
        follow(late, "hub", hub)
        travel(hub, peer, late)
        assert peer.first not in listed(late)
        assert peer.publication.organisation in listed(late)
        assert verified(late)
        peer.publish(id=peer.first, title="Encore une version")
        other = peer.publish()
        travel(hub, peer, late)
        travel(hub, peer, reader)
        for site in (late, reader):
            assert other in listed(site)
            assert peer.first not in listed(site)
        run(hub, "unhide", peer.first)
        travel(hub, peer, late)
        travel(hub, peer, reader)
        assert peer.first in listed(late) & listed(reader) & listed(hub)
        assert verified(late)
        assert verified(reader)


def test_a_hidden_offer_that_dies_and_returns(network, peer):
    hub, reader = network
    run(hub, "hide", peer.first)
    peer.withdraw(peer.first)
    travel(hub, peer, reader)
    assert peer.first in relayed(hub)
    assert verified(reader)
    with runtime.activate(reader), database.reading() as session:
        assert session.get(SignedObject, peer.first).type == "Tombstone"
    hub.clock.advance(timedelta(seconds=1))
    peer.publish(id=peer.first, title="De retour")
    travel(hub, peer, reader)
    assert peer.first not in listed(hub) | listed(reader) | relayed(hub)
    assert verified(reader)


def test_with_a_hidden_organisation_go_its_offers(network, peer):
    hub, reader = network
    organisation = peer.publication.organisation
    run(hub, "hide", organisation, REASON, "abuse")
    late = peer.publish(title="Offre de l'association cachée")
    travel(hub, peer, reader)
    assert not {organisation, peer.first, late} & (listed(hub) | listed(reader))
    assert verified(hub)
    assert verified(reader)
    with pytest.raises(BadInput, match=f"unhide {organisation}"):
        run(hub, "unhide", late)
    run(hub, "unhide", organisation)
    travel(hub, peer, reader)
    assert {organisation, peer.first, late} <= listed(hub) & listed(reader)
    assert verified(reader)


def test_a_suspended_origin_goes_and_comes_back(network, peer):
    hub, reader = network
    run(hub, "hide", peer.first)
    answer = run(hub, "suspend", peer.base, REASON, "abuse")
    assert f"unsuspend {peer.base}" in answer.output
    assert listed(hub) == set()
    assert not any(uid.startswith(peer.base) for uid in relayed(hub))
    late = peer.publish(title="Pendant la suspension")
    travel(hub, peer, reader)
    assert listed(hub) == listed(reader) == set()
    with runtime.activate(reader), database.reading() as session:
        rows = {row["base"]: row for row in peers.describe_peers(session)}
        assert rows[peer.base]["role"] == "withheld"
        origin = session.scalar(select(Origin).where(Origin.base == peer.base))
        assert origin.suspended_reason == "relay"
    with runtime.activate(hub), database.reading() as session:
        rows = [row for row in peers.describe_peers(session) if row["base"] == peer.base]
        assert rows[0]["origin_state"] == "suspended"
        assert f"unsuspend {peer.base}" in rows[0]["remedy"]
    run(hub, "unsuspend", peer.base)
    assert late in listed(hub)
    travel(hub, peer, reader)
    for site in (hub, reader):
        assert late in listed(site)
        assert peer.first not in listed(site)
        assert verified(site)


def test_a_suspended_origin_does_not_come_back_through_another_hub(network, peer, relay):
    hub, reader = network
    relay.relay(peer.publication)
    with runtime.activate(hub), database.writing() as session:
        session.add(Source(base=relay.base, role="hub"))
    run(hub, "suspend", peer.base)
    peer.publish()
    relay.relay(peer.publication)
    with runtime.activate(hub):
        assert reading.pull_source(relay.base).error == ""
    travel(hub, peer, reader)
    assert listed(hub) == listed(reader) == set()


def test_what_a_reader_reads_itself_no_hub_keeps_from_it(network, peer):
    hub, reader = network
    with runtime.activate(reader), database.writing() as session:
        session.add(Source(base=peer.base, role="origin"))
    run(hub, "hide", peer.first)
    run(hub, "suspend", peer.base)
    travel(hub, peer, reader)
    assert peer.first in listed(reader)


def test_a_peer_taken_out_of_the_settings_is_suspended_until_it_is_listed_again(network, peer):
    hub, reader = network
    follow(hub, "origin")
    assert listed(hub) == set()
    assert not any(uid.startswith(peer.base) for uid in relayed(hub))
    with runtime.activate(reader):
        reader.clock.advance(timedelta(seconds=5))
        assert reading.pull_source(hub.base).error == ""
    assert listed(reader) == set()
    follow(hub, "origin", peer)
    assert peer.first in listed(hub)
    travel(hub, peer, reader)
    assert peer.first in listed(reader)


def test_after_thirty_days_a_suspended_origin_is_purged_and_may_still_return(network, peer):
    hub, _reader = network
    run(hub, "suspend", peer.base)
    hub.clock.advance(timedelta(days=31))
    with runtime.activate(hub), database.writing() as session:
        decisions.purge(session)
    with runtime.activate(hub), database.reading() as session:
        stored = select(SignedObject.uid).where(SignedObject.uid.startswith(peer.base))
        assert session.scalars(stored).all() == []
    peer.publish()
    with runtime.activate(hub):
        reading.pull_source(peer.base)
    assert not any(uid.startswith(peer.base) for uid in relayed(hub) | listed(hub))
    run(hub, "unsuspend", peer.base)
    hub.clock.advance(timedelta(minutes=1))
    with runtime.activate(hub):
        assert reading.pull_source(peer.base).error == ""
    assert peer.first in listed(hub)


def test_who_meets_a_hub_later_learns_of_its_decisions_about_strangers(
    network, peer, make_origin, publish_all
):
    hub, _reader = network
    run(hub, "suspend", peer.base)
    with serving(make_origin, "late", "origin") as late:
        late.clock = hub.clock
        follow(late, "hub", hub)
        with runtime.activate(late):
            publish_all()
        travel(hub, peer, late)
        assert listed(late) == set()
        with runtime.activate(late), database.reading() as session:
            row = next(one for one in peers.describe_peers(session) if one["role"] == "withheld")
        assert row["base"] == peer.base
        run(hub, "unsuspend", peer.base)
        travel(hub, peer, late)
        assert peer.first in listed(late)


def test_a_decision_that_a_hub_lost_with_a_backup_ends_when_it_is_released(network, peer):
    hub, reader = network
    run(hub, "hide", peer.first)
    travel(hub, peer, reader)
    with runtime.activate(hub), database.writing() as session:
        kept = session.get(KeptBack, (peer.first, ""))
        session.delete(session.get(SignedObject, kept.document))
        session.delete(kept)
        session.get(SignedObject, peer.first).problem = None
        own, site = session.get(Own, 1), session.scalars(select(Origin).where(Origin.is_own)).one()
        own.seq += 1
        own_head.issue(session, own, site, identity.load(), is_changed=True)
        other = session.scalars(select(Origin).where(Origin.base == peer.base)).one()
        relay_feed.number_rows(session, [peer.first], [site.id, other.id])
    hub.clock.advance(timedelta(seconds=5))
    with runtime.activate(reader):
        assert reading.bootstrap(hub.base).error_name == "lost"
        with database.writing() as session:
            sources.release(session, hub.base)
        assert reading.pull_source(hub.base).error == ""
        with database.reading() as session:
            assert session.scalars(select(KeptBack)).all() == []
        assert reading.pull_source(hub.base).error == ""
    assert peer.first in listed(reader)
    assert verified(reader)


def test_a_site_that_was_silent_while_suspended_comes_back_when_it_speaks(network, peer):
    hub, _reader = network
    run(hub, "suspend", peer.base)
    hub.clock.advance(timedelta(days=8))

    def hide_silent():
        with runtime.activate(hub), database.writing() as session:
            visibility.hide_silent(session, now=hub.clock.now(), limits=settings.limits())

    hide_silent()
    run(hub, "unsuspend", peer.base)
    assert listed(hub) == set(), "it is still silent"
    run(hub, "suspend", peer.base)
    peer.reissue_head()
    with runtime.activate(hub):
        assert reading.pull_source(peer.base).error == ""
    assert listed(hub) == set(), "it is still suspended"
    run(hub, "unsuspend", peer.base)
    assert peer.first in listed(hub)


@pytest.mark.parametrize("command", ["hide", "suspend", "settings"])
def test_nobody_resumes_a_snapshot_that_holds_what_is_kept_back_since(network, peer, command):
    hub, _reader = network
    reader = browser(create_app(hub))
    path = "/federation/v1/snapshot?scope=all"
    whole = reader.get(path)
    assert peer.first in whole.text
    rest = {"Range": "bytes=10-", "If-Range": whole.headers["ETag"]}
    assert reader.get(path, headers=rest).status_code == 206
    if command == "settings":
        follow(hub, "origin")
    else:
        run(hub, command, peer.first if command == "hide" else peer.base)
    answer = reader.get(path, headers=rest)
    assert answer.status_code == 200
    assert "Aide aux devoirs" not in answer.text


def test_each_decision_leaves_a_row_in_the_journal(network, peer):
    hub, _reader = network
    for command, what in (
        ("hide", peer.first),
        ("unhide", peer.first),
        ("suspend", peer.base),
        ("unsuspend", peer.base),
    ):
        run(hub, command, what)
    with runtime.activate(hub), database.reading() as session:
        rows = session.execute(
            text("SELECT action, subject FROM audit_entry WHERE action LIKE 'federation.%'")
        )
        assert sorted(tuple(row) for row in rows) == sorted(
            [
                ("federation.hide", peer.first),
                ("federation.unhide", peer.first),
                ("federation.suspend", peer.base),
                ("federation.unsuspend", peer.base),
            ]
        )


def test_what_the_commands_refuse_says_what_to_do(network, peer, publish_all):
    hub, _reader = network
    with runtime.activate(hub):
        with database.writing() as session:
            organisation = add_organisation(session).id
            add_offer(session, kind="canary", organisation_id=organisation)
        publish_all()
        with database.reading() as session:
            own = session.scalar(
                select(SignedObject.uid).where(
                    SignedObject.uid.startswith(hub.base), SignedObject.type == "Offer"
                )
            )
    unknown = f"{peer.base}/federation/o/01932b7e-8f4a-7c1e-9f00-0123456789ab"
    for command, what, words in (
        ("hide", own, "/withdraw"),
        ("hide", unknown, "is not known here"),
        ("hide", "%", "is not known here"),
        ("unhide", peer.first, "is not hidden"),
        ("suspend", hub.base, "this site itself"),
        ("suspend", "https://x.example", "not known"),
        ("unsuspend", peer.base, "is not suspended"),
    ):
        with pytest.raises(BadInput, match=words):
            run(hub, command, what)
    for reason, words in (("Deux mots", "one word"), ("removed", "another word")):
        answer = run(hub, "hide", peer.first, REASON, reason)
        assert answer.exit_code == 2
        assert words in answer.output


def test_deciding_twice_is_deciding_once(network, peer):
    hub, reader = network
    for reason in ("spam", "abuse"):
        run(hub, "hide", peer.first, REASON, reason)
        run(hub, "suspend", peer.base, REASON, reason)
    travel(hub, peer, reader)
    with runtime.activate(hub), database.reading() as session:
        assert session.get(KeptBack, (peer.first, "")).reason == "abuse"
    run(hub, "unsuspend", peer.base)
    run(hub, "unhide", peer.first)
    travel(hub, peer, reader)
    assert peer.first in listed(hub) & listed(reader)


def test_a_site_that_is_no_hub_hides_for_itself(network, peer):
    hub, reader = network
    run(reader, "hide", peer.first)
    travel(hub, peer, reader)
    assert peer.first not in listed(reader)
    assert peer.first in listed(hub)
    run(reader, "unhide", peer.first)
    assert peer.first in listed(reader)
