"""Years in which nobody touches a site: its jobs run, its clock moves, and every peer reads it."""

from datetime import timedelta

import pytest
from federation_network import RECOVERY_SHEET
from sqlalchemy import select

from entraide import JobRun, Listing, clock, database, outbox, runtime
from entraide.testing import add_offer, add_organisation
from entraide_federation import reading, settings
from entraide_federation.listing import visibility
from entraide_federation.publishing import publisher, renewal, sweeping
from entraide_federation.reading import sources
from entraide_federation.reading.pull import open_client
from entraide_federation.store.models import Origin, Source

DAYS = (45, 89, 92, 364, 365, 366, 397, 400, 492, 1095, 1825, 2920, 3285, 3652)
"""Chosen: before and after each term that somewhere counts (90 days of an offer, a year, 397, the
horizon of 400 days with and after the offer's death, the warning of the last year, the last day).
What the jobs do depends on the time that passed, not on how often they looked meanwhile: walked in
steps of a month, which takes minutes, the same was seen."""
LIVE, LATER = "live", timedelta(hours=12, minutes=1)


class Network:
    """An origin, a hub that reads it and a third site that reads the hub, under one clock."""

    def __init__(self, origin, hub, third):
        self.origin, self.hub, self.third = origin, hub, third
        hub.clock = third.clock = origin.clock
        self.base = origin.settings.site.base_url
        self.subscribe(hub, self.base, "origin")
        self.subscribe(third, hub.settings.site.base_url, "hub")
        self.started = origin.clock.now()

    def subscribe(self, site, base, role):
        with runtime.activate(site), database.writing() as session:
            sources.sync_configured(session, {"peers": [{"base": base, "role": role}]})

    def go_to(self, day):
        self.origin.clock.advance(self.started + timedelta(days=day) - self.origin.clock.now())

    def work(self, asleep=()):
        """Do what the workers of the three sites do, but those that are `asleep`."""
        run = JobRun(self.origin.clock.now() + timedelta(days=1), lambda: False)
        for site, peer in (
            (self.origin, None),
            (self.hub, self.base),
            (self.third, self.hub.settings.site.base_url),
        ):
            if site in asleep:
                continue
            with runtime.activate(site):
                outbox.deliver_pending()
                sweeping.sweep(run)
                renewal.remind(run)
                publisher.publish(run)
                if peer:
                    assert reading.pull_source(peer).error == "", clock.now()
                    with open_client() as http:
                        reading.confirm_due(http, lambda: False)
                    with database.writing() as session:
                        visibility.hide_silent(session, now=clock.now(), limits=settings.limits())

    def look(self):
        """Return how the origin stands at the two readers, and what they list of it."""
        found = []
        for site in (self.hub, self.third):
            with runtime.activate(site), database.reading() as session:
                row = session.scalars(select(Origin).where(Origin.base == self.base)).one()
                titles = session.scalars(select(Listing.title).where(Listing.origin == self.base))
                found.append((row.state, row.is_hidden, set(titles)))
        return found


@pytest.fixture
def network(serve_origin, make_origin):
    origin = serve_origin(name="origin")
    hub = serve_origin(name="hub", toml='[federation]\nrole = "hub"\n')
    local = '[site]\ndevelopment = true\nbase_url = "http://127.0.0.1:9"\n'
    return Network(origin, hub, make_origin(name="third", files={"local.toml": local}))


@pytest.fixture
def published(network):
    """An association and one of its offers, after which its people do nothing any more."""
    with runtime.activate(network.origin), database.writing() as session:
        organisation = add_organisation(session)
        add_offer(session, kind="canary", organisation_id=organisation.id)
    network.work()
    return organisation


def test_ten_years_without_people(network, published):
    """Read all along; the offer ends with its last day; after ten years silent, then renewed."""
    name = published.name
    assert [titles for *_rest, titles in network.look()] == [{name, "Offre exemple 1"}] * 2
    for day in DAYS:
        network.go_to(day)
        network.work()
        network.origin.clock.advance(LATER)
        network.work()
        shown = network.look()
        assert shown == [(LIVE, False, shown[0][2])] * 2, day
        assert name in shown[0][2]
    assert shown[0][2] == {name}, "the offer was confirmed by nobody"
    with runtime.activate(network.origin), database.writing() as session:
        add_offer(session, 2, kind="canary", organisation_id=published.id)
    network.work()
    assert [titles for *_rest, titles in network.look()] == [{name, "Offre exemple 2"}] * 2
    for day in (3655, 3700, 4500):
        network.go_to(day)
        network.work()
        assert [found[:2] for found in network.look()] == [("stale", False)] * 2
    with runtime.activate(network.hub), database.reading() as session:
        assert session.scalars(select(Source)).one().state == LIVE
    with runtime.activate(network.origin):
        renewal.renew(RECOVERY_SHEET.get(network.origin))
        with database.writing() as session:
            add_offer(session, 3, kind="canary", organisation_id=published.id)
    network.work()
    assert [(state, "Offre exemple 3" in titles) for state, _, titles in network.look()] == [
        ("live", True)
    ] * 2


@pytest.mark.parametrize("renewals", [0, 2])
@pytest.mark.parametrize("sleepers", [("hub",), ("third",), ("hub", "third"), ("origin",)])
def test_who_slept_for_five_years_goes_on_by_itself(network, published, sleepers, renewals):
    """Longer than Tombstones are kept: an offer of the first day ended and left no trace."""
    asleep = [getattr(network, name) for name in sleepers]
    for day in (10, 100, 400, 900, 1825):
        network.go_to(day)
        if network.origin not in asleep:
            with runtime.activate(network.origin):
                with database.writing() as session:
                    add_offer(session, day, kind="canary", organisation_id=published.id)
                if day <= 10 * renewals:
                    renewal.renew(RECOVERY_SHEET.get(network.origin))
        network.work(asleep)
    network.origin.clock.advance(LATER)
    network.work()
    network.work()
    newest = {published.name} | (set() if sleepers == ("origin",) else {"Offre exemple 1825"})
    for state, is_hidden, titles in network.look():
        assert (state, is_hidden) == (LIVE, False)
        assert newest <= titles
        assert "Offre exemple 1" not in titles
