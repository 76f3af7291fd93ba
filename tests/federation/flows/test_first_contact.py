"""First contact through a relay proves nothing: what it says of others waits for themselves (14)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from entraide import clock, database, runtime, site_names
from entraide.app import create_app
from entraide.testing import browser
from entraide_federation import settings as federation_settings
from entraide_federation.listing import visibility
from entraide_federation.origins import confirmation, dial_budget
from entraide_federation.pages.sites_box import count_offers
from entraide_federation.protocol.errors import UnknownOrigin
from entraide_federation.reading import confirming, peers, puller
from entraide_federation.reading.pull import open_client
from entraide_federation.serving import origins
from entraide_federation.store import health
from entraide_federation.store.models import KeysetVersion, Origin, Own, SignedObject, Source
from entraide_federation.testing import FakeOrigin, answer, silent
from entraide_federation.testing.publication import FakePublication

KEYSETS = "/federation/v1/keysets"
POLICE = "Préfecture de police de Paris"


@pytest.fixture
def forged(peer):
    """What a liar signs in the name of a site that really runs."""
    publication = FakePublication(peer.base, clock.now, "a liar")
    publication.organise(name=POLICE)
    publication.first = publication.publish(title="Envoyez 50 euros à ce numéro")
    return publication


@pytest.fixture
def invented(reading_site):
    publication = FakePublication("http://127.0.0.1:1", clock.now, "a liar")
    publication.first = publication.publish(title="Un site inventé de toutes pièces")
    return publication


@pytest.fixture
def liar(desk, relay, forged, invented):
    for one in (forged, invented):
        relay.relay(one)
        relay.names[one.base] = POLICE
    desk.subscribe(relay, role="hub")
    return relay


@pytest.fixture
def honest(desk, peer):
    """A second relay, which tells the truth."""
    with FakeOrigin(clock.now, seed="honest") as second:
        second.relay(peer.publication)
        yield second


def pages(site, *words):
    """Return which of these words any public page, list or answer shows."""
    visitor = browser(create_app(site))
    paths = (
        "/",
        "/find",
        "/find?q=euros",
        "/organisations",
        "/api/v1/offers",
        "/api/v1/organisations",
        "/federation/v1/heads",
    )
    answers = [visitor.get(path) for path in paths]
    assert 404 not in [answer.status_code for answer in answers]
    shown = "".join(answer.get_data(as_text=True) for answer in answers)
    return [word for word in words if word in shown]


def assert_nothing_is_shown(site, desk, *publications):
    assert desk.listed() == {}
    assert pages(site, "50 euros", POLICE, "toutes pièces") == []
    with database.reading() as session:
        bases = [one.base for one in publications]
        assert site_names(session, bases) == {}
        assert [one for one in health.health(session) if one.base in bases] == []
        assert count_offers(session) == {}
        for base in bases:
            for ask in (origins.witness, lambda s, b: origins.write_keysets(s, b, 0)):
                with pytest.raises(UnknownOrigin):
                    ask(session, base)
        numbered = select(func.count()).where(
            SignedObject.feed_seq.is_not(None) | Origin.head_feed_seq.is_not(None)
        )
        assert session.scalar(numbered.select_from(SignedObject).join(Origin)) == 0


def test_a_relay_that_lies_at_first_contact_shows_nothing(
    desk, liar, forged, invented, reading_site
):
    assert desk.pull(liar).error == ""
    assert len(desk.objects()) == 4
    assert_nothing_is_shown(reading_site, desk, forged, invented)


@pytest.mark.parametrize("days", [8, 16, 29])
def test_an_invented_site_is_never_shown(desk, liar, invented, reading_site, days):
    desk.pull(liar)
    for _day in range(days):
        reading_site.clock.advance(timedelta(days=1))
        invented.publish(title="Encore une fausse offre")
        liar.relay(invented)
        desk.pull(liar)
        desk.confirm()
        with database.writing() as session:
            confirmation.drop_unanswered(session, federation_settings.limits())
            visibility.hide_silent(session, now=clock.now(), limits=federation_settings.limits())
    assert desk.origin(invented).confirmed_at is None
    assert desk.origin(invented).dials >= days
    assert_nothing_is_shown(reading_site, desk, invented)


def test_after_thirty_days_an_invented_site_is_dropped(desk, liar, invented, reading_site):
    def drop():
        with database.writing() as session:
            confirmation.drop_unanswered(session, federation_settings.limits())

    desk.pull(liar)
    reading_site.clock.advance(timedelta(days=30))
    for _time in range(2):
        drop()
    assert desk.origin(invented).state == "dropped"
    assert desk.objects(invented.base) == {}
    invented.publish()
    liar.relay(invented)
    assert desk.pull(liar).error == ""
    desk.confirm()
    assert desk.objects(invented.base) == {}
    assert desk.origin(invented).keyset_version == 0
    reading_site.clock.advance(timedelta(days=30))
    drop()
    assert desk.origin(invented) is None
    invented.publish()
    liar.relay(invented)
    desk.pull(liar)
    assert desk.origin(invented).confirmed_at is None
    assert_nothing_is_shown(reading_site, desk, invented)


def test_the_site_itself_unmasks_the_relay(desk, liar, forged, peer, reading_site):
    desk.pull(liar)
    peer.names[peer.base] = "Site Exemple"
    desk.confirm()
    assert desk.events() == ["forged-keys"]
    assert desk.origin(peer).root_fingerprint == peer.publication.fingerprint
    assert desk.origin(peer).is_confirmed
    assert desk.objects(peer.base) == {}
    assert liar.base == desk.origin(peer).met_through
    assert peer.base in desk.source(liar).accusation
    with database.reading() as session:
        row = next(one for one in peers.describe_peers(session) if one["base"] == liar.base)
        assert "denies" in row["error"]
        assert "release" in row["remedy"]
        keys = select(func.count()).select_from(KeysetVersion).join(Origin)
        assert session.scalar(keys.where(Origin.base == peer.base)) == 1
    forged.publish(title="Encore une fausse offre")
    liar.relay(forged)
    desk.pull(liar)
    assert desk.listed() == {}


@pytest.mark.parametrize("is_honest_first", [True, False])
@pytest.mark.parametrize("days", [0, 8])
def test_of_two_relays_the_honest_one_heals(
    desk, liar, forged, peer, honest, reading_site, is_honest_first, days
):
    desk.subscribe(liar, honest, role="hub")
    for relay in (honest, liar) if is_honest_first else (liar, honest):
        desk.pull(relay)
    for _offer in range(4):
        peer.publish()
    honest.relay(peer.publication)
    reading_site.clock.advance(timedelta(days=days))
    peer.reissue_head()
    honest.relay(peer.publication)
    desk.pull(honest)
    assert desk.source(honest).state != "frozen"
    assert forged.first not in desk.listed()
    desk.confirm()
    reading_site.clock.advance(timedelta(seconds=10))
    desk.pull(liar)
    desk.pull(honest)
    assert peer.first in desk.listed()
    assert forged.first not in desk.listed()
    assert desk.origin(peer).root_fingerprint == peer.publication.fingerprint
    assert bool(desk.source(liar).accusation) is not is_honest_first
    assert desk.source(honest).accusation == ""


def test_an_honest_relay_is_believed_as_soon_as_the_site_answers(desk, relay, peer, reading_site):
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    desk.pull(relay)
    assert desk.listed() == {}
    assert desk.confirm() == 1
    assert peer.first in desk.listed()
    assert desk.events() == []
    assert desk.confirm() == 0


@pytest.mark.parametrize(
    "reply",
    [answer(404, b"{}"), answer(200, b'{"keysets":[]}'), answer(200, b"no"), answer(503, b"{}")],
)
def test_a_site_that_does_not_answer_is_asked_again_later(desk, relay, peer, reading_site, reply):
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    desk.pull(relay)
    peer.instead = {KEYSETS: reply}
    for number in range(1, 4):
        assert desk.confirm() == 0
        assert desk.origin(peer).dials == number
        assert desk.origin(peer).dial_at == clock.now() + timedelta(seconds=2**number)
        reading_site.clock.advance(timedelta(seconds=2**number))
    peer.instead = {}
    assert desk.confirm() == 1
    assert peer.first in desk.listed()


def test_keys_that_were_changed_since_are_the_same_history(desk, relay, peer):
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    desk.pull(relay)
    peer.publication.rotate_key()
    assert desk.confirm() == 1
    assert desk.origin(peer).keyset_version == 2
    assert peer.first in desk.listed()


def test_what_was_read_by_keys_that_the_site_no_longer_tells_is_read_again(desk, relay, peer):
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    desk.pull(relay)
    peer.publication.rotate_key()
    # The site has lost its first Keyset: it cannot say whether the key of that one was its own.
    peer.publication.keysets = peer.publication.keysets[1:]
    assert desk.confirm() == 1
    assert desk.origin(peer).keyset_version == 2
    assert (desk.objects(), desk.listed()) == ({}, {})
    assert desk.source(relay).accusation == ""
    peer.reissue_head()
    relay.relay(peer.publication)
    assert desk.pull(relay).error == ""
    assert peer.first in desk.listed()


def test_keys_are_compared_by_the_versions_that_they_say_themselves(desk, relay, peer):
    peer.publication.rotate_key()
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    desk.pull(relay)
    with database.writing() as session:
        session.execute(update(KeysetVersion).where(KeysetVersion.version == 2).values(version=9))
        session.execute(update(Origin).where(Origin.base == peer.base).values(keyset_version=9))
        session.execute(update(KeysetVersion).where(KeysetVersion.version == 1).values(version=8))
    assert desk.confirm() == 1
    assert peer.first in desk.listed()


def test_a_peer_of_our_own_speaks_for_itself(desk, liar, peer, forged):
    desk.pull(liar)
    desk.subscribe(liar, role="hub")
    with database.writing() as session:
        session.add(Source(base=peer.base, role="origin"))
    assert desk.pull(peer).error == ""
    assert peer.first in desk.listed()
    assert forged.first not in desk.objects()
    assert desk.source(liar).accusation != ""


@pytest.mark.parametrize("is_true", [True, False])
def test_a_pin_of_an_operator_decides(desk, liar, peer, forged, is_true):
    desk.pull(liar)
    fingerprint = peer.publication.fingerprint if is_true else forged.fingerprint
    peer.instead = {KEYSETS: answer(503, b"{}")}
    desk.subscribe(peer, root=fingerprint)
    assert desk.origin(peer).is_confirmed
    assert (forged.first in desk.listed()) is not is_true
    assert (desk.events() == ["forged-keys"]) is is_true


def test_a_site_that_a_liar_had_frozen_begins_anew(desk, relay, peer, reading_site):
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    desk.pull(relay)
    stranger = FakePublication(peer.base, clock.now, "someone else")
    stranger.rotate_key()
    relay.relay(stranger)
    desk.pull(relay)
    assert desk.origin(peer).state == "frozen"
    desk.confirm()
    assert desk.origin(peer).state == "new"
    relay._feed.clear()
    relay._seen.clear()
    relay.relay(peer.publication)
    reading_site.clock.advance(timedelta(minutes=1))
    assert desk.pull(relay).error == ""
    assert peer.first in desk.listed()


def test_what_a_relay_told_before_it_was_taken_out_is_asked_all_the_same(desk, relay, peer):
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    desk.pull(relay)
    desk.subscribe()
    assert desk.confirm() == 1
    assert peer.first in desk.listed()


def test_who_speaks_for_itself_meanwhile_is_settled_once(desk, relay, peer, reading_site):
    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    desk.pull(relay)
    at = clock.now()

    def accept(_path, body):
        with runtime.activate(reading_site), database.writing() as session:
            confirmation.accept(session, confirmation.lock(session, peer.base))
        reading_site.clock.advance(timedelta(minutes=1))
        return body

    peer.edit_bytes = accept
    assert desk.confirm() == 1
    assert desk.origin(peer).confirmed_at == at
    assert peer.first in desk.listed()


def test_a_name_that_stood_beside_forged_keys_goes_with_them(desk, liar, forged, peer):
    peer.instead = {KEYSETS: answer(200, b'{"keysets":[],"name":"Nom d\'avant"}')}
    desk.subscribe(peer, quota=50)
    desk.pull(peer)
    assert desk.origin(peer).name == "Nom d'avant"
    with database.writing() as session:
        session.add(Source(base=liar.base, role="hub"))
    desk.pull(liar)
    peer.instead = {}
    assert desk.confirm() == 1
    assert desk.origin(peer).name == ""
    with database.reading() as session:
        assert site_names(session, [peer.base]) == {}
    assert desk.origin(peer).root_fingerprint == peer.publication.fingerprint


def test_a_release_gives_a_dropped_site_another_month(desk, relay, peer, reading_site):
    from entraide_federation.reading import sources

    relay.relay(peer.publication)
    desk.subscribe(relay, role="hub")
    desk.pull(relay)
    reading_site.clock.advance(timedelta(days=31))
    with database.writing() as session:
        confirmation.drop_unanswered(session, federation_settings.limits())
        sources.release(session, peer.base)
    peer.reissue_head()
    relay.relay(peer.publication)
    desk.pull_confirmed(relay)
    assert peer.first in desk.listed()


def test_each_relay_has_a_budget_of_dials(desk, liar, invented, forged, reading_site):
    desk.pull(liar)
    limits = federation_settings.limits()
    with database.writing() as session:
        assert len(dial_budget.due(session, limits)) == 2
        source = session.get_one(Source, liar.base)
        source.dials, source.dials_since = limits.dials_per_relay - 1, clock.now()
    with database.reading() as session:
        assert len(dial_budget.due(session, limits)) == 1
    with open_client() as http:
        confirming.confirm(invented.base, http, lambda: False)
    with database.reading() as session:
        assert dial_budget.due(session, limits) == []
    reading_site.clock.advance(timedelta(hours=1))
    with database.reading() as session:
        assert len(dial_budget.due(session, limits)) == 2


def test_a_relay_names_a_bounded_number_of_strangers(desk, liar, monkeypatch):
    from entraide_federation import settings
    from entraide_federation.reading.receiving import keyring

    few = settings.limits().__class__(unconfirmed_per_relay=1)
    monkeypatch.setattr(keyring.settings, "limits", lambda: few)
    assert desk.pull(liar).error_name == "origins"
    assert len(desk.objects()) == 2


def test_the_worker_asks_by_itself_and_no_silent_site_delays_it(
    desk, relay, peer, reading_site, invented
):
    from entraide import JobRun

    with FakeOrigin(clock.now, seed="silent") as hanging:
        for one in (hanging.publication, peer.publication):
            one.publish()
            relay.relay(one)
        hanging.instead = {KEYSETS: silent()}
        reading_site.plugin_settings["federation"]["peers"] = [
            {"base": relay.base, "role": "hub", "root": None, "quota": None}
        ]
        run = JobRun(clock.now() + timedelta(minutes=1), lambda: False)
        one = puller.Puller()
        for _second in range(100):
            one.run(run)
            if peer.first in desk.listed():
                break
        assert peer.first in desk.listed()
        assert desk.origin(hanging).confirmed_at is None


def test_our_own_trouble_with_a_dial_ends_in_the_log(reading_site, monkeypatch, capsys):
    from entraide.errors import Busy

    for error, words in ((Busy("busy"), "postponed"), (RuntimeError("x"), "dial-failed")):

        def fail(*_, error=error):
            raise error

        monkeypatch.setattr(puller, "confirm", fail)
        puller.Puller().dial("http://127.0.0.1:11", lambda: False)
        assert words in capsys.readouterr().out


HUB = '[site]\ndevelopment = true\nbase_url = "http://127.0.0.1:9"\n[federation]\nrole = "hub"\n'


def test_a_hub_relays_what_it_learned_from_a_hub_once_it_is_confirmed(
    make_site, database_url, relay, peer, desk
):
    relay.relay(peer.publication)
    made = make_site(
        url=database_url, name="hub", plugins=("federation",), files={"local.toml": HUB}
    )
    with runtime.activate(made):
        with database.writing() as session:
            session.add(
                Own(
                    id=1,
                    epoch="AAAAAAAAAAA",
                    feed_epoch="AAAAAAAAAAA",
                    tombstones_from=clock.now() - timedelta(days=400),
                )
            )
        desk.subscribe(relay, role="hub")
        desk.pull(relay)
        with database.reading() as session:
            assert session.scalar(select(func.count(SignedObject.feed_seq))) == 0
        assert desk.origin(peer).head_feed_seq is None
        desk.confirm()
        with database.reading() as session:
            assert session.scalar(select(func.count(SignedObject.feed_seq))) == 2
        assert desk.origin(peer).head_feed_seq == 3
