"""How other sites call themselves: told with their keys, also behind a relay, for pages only."""

from datetime import timedelta

import pytest

from entraide import clock, database, site_names
from entraide_federation.testing import answer
from entraide_federation.testing.publication import FakePublication

DISCOVERY = "/.well-known/entraide-federation"


@pytest.fixture
def shown():
    """A function that returns under which name pages show an origin, empty for its address."""

    def read(origin):
        with database.reading() as session:
            return site_names(session, [origin.base, None]).get(origin.base, "")

    return read


def test_what_a_relay_calls_others_is_not_believed(desk, relay, peer, shown):
    relay.names[peer.base] = "Préfecture de police de Paris"
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    desk.pull(relay)
    assert (shown(peer), desk.origin(peer).name) == ("", "")
    peer.names[peer.base] = "Site lointain"
    desk.confirm()
    assert shown(peer) == desk.origin(peer).name == "Site lointain"
    relay.names[peer.base] = "Un autre nom"
    peer.publication.rotate_key()
    peer.publish()
    relay.relay(peer.publication)
    assert desk.pull(relay).error == ""
    assert shown(peer) == "Site lointain"


@pytest.mark.parametrize("told", [None, 5, ["x"], "", "a\u202eb", "two\nlines", {"fr": "Nom"}])
def test_what_is_no_name_leaves_the_address(desk, relay, peer, shown, told):
    peer.names[peer.base] = told
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    assert desk.pull_confirmed(relay).error == ""
    assert (shown(peer), desk.origin(peer).name) == ("", "")


def test_a_long_name_is_cut(desk, peer, shown):
    peer.names[peer.base] = "x" * 300
    peer.instead = {DISCOVERY: answer(404, b"{}")}
    desk.subscribe(peer)
    desk.pull(peer)
    assert shown(peer) == "x" * 100


def test_a_source_introduces_itself_in_its_discovery_document(desk, peer, shown):
    desk.subscribe(peer)
    desk.pull(peer)
    assert shown(peer) == "Site Exemple"


@pytest.mark.parametrize(
    ("before", "days", "after"),
    [
        ("Ancien nom", 6, "Ancien nom"),
        ("Ancien nom", 8, "Nouveau nom"),
        (None, 0, ""),
        (None, 2, "Nouveau nom"),
    ],
)
def test_a_site_is_asked_itself_each_week_and_daily_while_it_has_no_name(
    desk, relay, peer, reading_site, shown, before, days, after
):
    if before:
        peer.names[peer.base] = before
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    desk.pull_confirmed(relay)
    peer.names[peer.base] = "Nouveau nom"
    reading_site.clock.advance(timedelta(days=days))
    peer.publish()
    relay.relay(peer.publication)
    desk.pull(relay)
    assert shown(peer) == after


def test_nobody_names_this_site(desk, relay, peer, reading_site, shown):
    own = FakePublication(reading_site.settings.site.base_url, clock.now)
    own.publish()
    relay.names[own.base] = "Un autre nom"
    relay.relay(own)
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    desk.pull(relay)
    assert shown(own) == ""
