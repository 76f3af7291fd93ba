"""A site that relays: numbers in the order of commits, and readers of it that end up equal."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from entraide import clock, database, runtime
from entraide_federation.protocol import heads
from entraide_federation.reading import pull_source, sources
from entraide_federation.store import health
from entraide_federation.store.models import Origin, Own, SignedObject
from entraide_federation.testing.publication import FakePublication

HUB = '[site]\ndevelopment = true\nbase_url = "http://127.0.0.1:9"\n[federation]\nrole = "hub"\n'


@pytest.fixture
def reading_site(make_site, database_url):
    made = make_site(url=database_url, plugins=("federation",), files={"local.toml": HUB})
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
        yield made


def numbers():
    with database.reading() as session:
        rows = session.execute(select(SignedObject.feed_seq, SignedObject.uid)).all()
        head = session.execute(select(Origin.head_feed_seq, Origin.base)).all()
        last = session.get_one(Own, 1).feed_seq
    return sorted([*map(tuple, rows), *map(tuple, head)]), last


def test_every_row_has_a_number_and_the_head_comes_last(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    found, last = numbers()
    assert [number for number, _ in found] == [1, 2, 3]
    assert (found[-1], last) == ((3, peer.base), 3)
    second = peer.publish()
    desk.pull(peer)
    found, last = numbers()
    assert [name for _, name in found[-2:]] == [second, peer.base]
    assert (last, len(found)) == (5, 4)


def test_rows_can_be_numbered_again(desk, peer):
    desk.subscribe(peer)
    desk.pull(peer)
    with database.writing() as session:
        health.number_rows(session, [peer.first], [desk.origin(peer).id])
    found, last = numbers()
    assert found[-2:] == [(4, peer.first), (5, peer.base)]
    assert last == 5


def test_readers_of_origins_and_of_a_relay_end_equal(desk, relay, peer):
    """Many random changes, pulled at random moments: every reader holds the signed set."""
    chance = random.Random(7)  # noqa: S311 - repeatable on purpose
    other = FakePublication("http://127.0.0.1:12", clock.now)
    desk.subscribe(relay, role="hub")
    desk.know(peer.publication, other)
    for _ in range(40):
        for one in (peer.publication, other):
            change(one, chance)
            if chance.random() < 0.6:
                relay.relay(one)
        if chance.random() < 0.5:
            assert pull_source(relay.base).error == ""
    for one in (peer.publication, other):
        relay.relay(one)
    assert pull_source(relay.base).error == ""
    with database.writing() as session:
        sources.sync_configured(session, {"peers": [{"base": peer.base, "role": "origin"}]})
    assert pull_source(peer.base).error == ""
    for one in (peer.publication, other):
        assert root_of(one.base) == one.head["root"]
    with database.reading() as session:
        repeated = select(func.count(SignedObject.uid)).group_by(SignedObject.feed_seq)
        assert set(session.scalars(repeated)) == {1}


def change(publication, chance):
    alive = [name for name, one in publication.objects.items() if one["type"] == "Offer"]
    kind = chance.random()
    if kind < 0.5 or not alive:
        publication.publish()
    elif kind < 0.75:
        publication.publish(id=chance.choice(alive), title=f"Version {publication.seq}")
    else:
        publication.withdraw(chance.choice(alive), chance.choice(["withdrawn", "erasure"]))


def root_of(base):
    with database.reading() as session:
        rows = select(SignedObject.element).join(Origin).where(Origin.base == base)
        return heads.root(session.scalars(rows))
