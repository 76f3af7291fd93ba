"""What one hub keeps back, a hub that reads it keeps back too: roots hold along a chain of hubs."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from federation_network import follow, serving
from sqlalchemy import select, text

from entraide import database, runtime
from entraide.errors import BadInput
from entraide_federation import reading, withholding_commands
from entraide_federation.reading.pull import open_client
from entraide_federation.store import verification
from entraide_federation.store.models import KeptBack, Origin, SignedObject, Source
from entraide_federation.testing import FakeOrigin


class Chain:
    """An origin, a hub that reads it, a second hub that reads the first, readers of the second."""

    def __init__(self, peer, first, second, third, publish_all):
        self.peer, self.first, self.second, self.third = peer, first, second, third
        self.pulls = [(first, peer), (second, first), (third, second)]
        self.publish_all = publish_all

    def travel(self):
        """Let everything that is news pass along the chain."""
        for site, source in [pair for pair in self.pulls for _round in range(2)]:
            self.first.clock.advance(timedelta(seconds=5))
            with runtime.activate(site):
                self.publish_all()
                assert reading.pull_source(source.base).error == "", (site.base, source.base)
                with open_client() as http:
                    reading.confirm_due(http, lambda: False)

    def run(self, site, command, *arguments):
        with runtime.activate(site):
            call = getattr(withholding_commands, command)
            return CliRunner().invoke(call, arguments, catch_exceptions=False).output

    def shows(self, uid):
        """Return which of the three sites show an object."""
        names = {"first": self.first, "second": self.second, "third": self.third}
        return {name for name, site in names.items() if uid in self.listed(site)}

    def listed(self, site):
        with runtime.activate(site), database.reading() as session:
            return {uid for (uid,) in session.execute(text("SELECT uid FROM directory_listing"))}

    def holds(self):
        """Return whether the roots of all that the three sites hold are those of the Heads."""
        for site in (self.first, self.second, self.third):
            with runtime.activate(site), database.reading() as session:
                if not all(check.is_equal for check in verification.check_roots(session)):
                    return False
        return True


ALL = {"first", "second", "third"}


@pytest.fixture
def chain(make_origin, publish_all, database_url):
    with (
        serving(make_origin, "first", "hub") as first,
        serving(make_origin, "second", "hub", url=database_url) as second,
        serving(make_origin, "third", "origin") as third,
        FakeOrigin(first.clock.now) as peer,
    ):
        second.clock = third.clock = first.clock
        peer.first = peer.publish(title="Aide aux devoirs")
        follow(first, "origin", peer)
        follow(second, "hub", first)
        follow(third, "hub", second)
        made = Chain(peer, first, second, third, publish_all)
        made.travel()
        assert made.shows(peer.first) == ALL
        yield made


def test_a_hidden_offer_and_its_new_versions(chain):
    peer = chain.peer
    chain.run(chain.first, "hide", peer.first)
    chain.travel()
    assert chain.shows(peer.first) == set()
    peer.publish(id=peer.first, title="Nouvelle version")
    other = peer.publish(title="Une autre")
    chain.travel()
    assert (chain.shows(peer.first), chain.shows(other)) == (set(), ALL)
    assert chain.holds()
    chain.run(chain.first, "unhide", peer.first)
    chain.travel()
    assert chain.shows(peer.first) == ALL
    assert chain.holds()
    with runtime.activate(chain.second), database.reading() as session:
        assert session.scalars(select(KeptBack)).all() == []


@pytest.mark.parametrize("is_dead", [False, True])
def test_who_joins_late_reads_what_the_second_hub_never_had(chain, make_origin, is_dead):
    """The second hub holds an older version, a Tombstone or nothing of what the first hides."""
    peer = chain.peer
    chain.run(chain.first, "hide", peer.first)
    if is_dead:
        peer.withdraw(peer.first)
        chain.travel()
    chain.first.clock.advance(timedelta(seconds=1))
    peer.publish(id=peer.first, title="Jamais vue en aval")
    unseen = peer.publish(title="Cachée avant la lecture")
    with runtime.activate(chain.first):
        reading.pull_source(peer.base)
    chain.run(chain.first, "hide", unseen)
    chain.travel()
    assert chain.holds()
    with serving(make_origin, "late", "origin") as late:
        late.clock = chain.first.clock
        follow(late, "hub", chain.second)
        chain.pulls.append((late, chain.second))
        chain.travel()
        listed = chain.listed(late)
        assert peer.publication.organisation in listed
        assert not {peer.first, unseen} & listed
        for uid in (peer.first, unseen):
            chain.run(chain.first, "unhide", uid)
        chain.travel()
        assert {peer.first, unseen} <= chain.listed(late)
        assert chain.shows(unseen) == ALL
        assert chain.holds()


def test_with_an_organisation_go_its_offers_all_along(chain):
    peer = chain.peer
    chain.run(chain.first, "hide", peer.publication.organisation)
    chain.travel()
    late = peer.publish(title="Plus tard")
    chain.travel()
    chain.travel()
    for uid in (peer.publication.organisation, peer.first, late):
        assert chain.shows(uid) == set()
    assert chain.holds()
    chain.run(chain.first, "unhide", peer.publication.organisation)
    chain.travel()
    for uid in (peer.publication.organisation, peer.first, late):
        assert chain.shows(uid) == ALL
    assert chain.holds()


def test_each_hub_decides_for_its_own_readers(chain):
    peer = chain.peer
    chain.run(chain.second, "hide", peer.first, "--reason", "spam")
    chain.travel()
    assert chain.shows(peer.first) == {"first"}
    chain.run(chain.first, "hide", peer.first)
    chain.travel()
    assert "keeps it back." in chain.run(chain.second, "unhide", peer.first)
    chain.travel()
    assert chain.shows(peer.first) == set()
    with pytest.raises(BadInput, match="list its site as a peer"):
        chain.run(chain.second, "unhide", peer.first)
    chain.run(chain.second, "hide", peer.first, "--reason", "spam")
    chain.run(chain.first, "unhide", peer.first)
    chain.travel()
    assert chain.shows(peer.first) == {"first"}
    chain.run(chain.second, "unhide", peer.first)
    chain.travel()
    assert chain.shows(peer.first) == ALL
    assert chain.holds()


@pytest.mark.parametrize("command", ["hide", "suspend"])
def test_a_hub_that_is_read_no_more_keeps_nothing_back(chain, command):
    """Its readers read on through another; listed again, its word counts again."""
    peer = chain.peer
    with FakeOrigin(chain.first.clock.now, seed="other") as other:
        other.relay(peer.publication)
        chain.run(chain.first, command, peer.first if command == "hide" else peer.base)
        follow(chain.second, "hub", chain.first, other)
        chain.travel()
        assert chain.shows(peer.first) == set()
        for round_ in range(2):
            follow(chain.second, "hub", other)
            chain.pulls[1] = (chain.second, other)
            peer.publish(title=f"Nouvelle {round_}")
            other.relay(peer.publication)
            chain.travel()
            assert peer.first in chain.listed(chain.second) & chain.listed(chain.third)
            follow(chain.second, "hub", chain.first, other)
            chain.pulls[1] = (chain.second, chain.first)
            assert peer.first not in chain.listed(chain.second)
            chain.travel()
            assert peer.first not in chain.listed(chain.third)


def test_whoever_reads_the_site_itself_from_now_on_shows_it(chain):
    chain.run(chain.first, "hide", chain.peer.first)
    chain.travel()
    with runtime.activate(chain.third), database.writing() as session:
        session.add(Source(base=chain.peer.base, role="origin"))
    chain.pulls.append((chain.third, chain.peer))
    chain.travel()
    assert chain.shows(chain.peer.first) == {"third"}


def test_what_is_gone_meanwhile_can_still_be_taken_back(chain):
    """An object that left in a new epoch without a Tombstone, as after a restored backup."""
    peer = chain.peer
    for _offer in range(3):
        peer.publish()
    chain.run(chain.first, "hide", peer.first)
    chain.travel()
    chain.first.clock.advance(timedelta(minutes=1))
    peer.publication.forget(peer.first)
    peer.publication.begin_epoch()
    peer.forgets_cursors = "cursor-unknown"
    with runtime.activate(chain.first):
        reading.pull_source(peer.base)
        with database.reading() as session:
            assert session.get(SignedObject, peer.first) is None
    peer.forgets_cursors = ""
    chain.run(chain.first, "unhide", peer.first)
    with runtime.activate(chain.first), database.reading() as session:
        assert session.get(KeptBack, (peer.first, "")) is None


def test_a_whole_site_is_no_hidden_object(chain):
    chain.run(chain.first, "suspend", chain.peer.base)
    with pytest.raises(BadInput, match=f"unsuspend {chain.peer.base}"):
        chain.run(chain.first, "unhide", chain.peer.base)
    with runtime.activate(chain.first), database.reading() as session:
        origin = session.scalars(select(Origin).where(Origin.base == chain.peer.base)).one()
        assert origin.suspended_at is not None
