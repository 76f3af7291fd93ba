"""Events and messages: committed with the change, delivered at least once, each plugin on its own."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from entraide import database, events, outbox, runtime
from entraide.kinds import Message
from entraide.outbox import DeadLetter, dispatch
from entraide.outbox.models import OutboxDelivery, OutboxEvent, OutboxMessage
from entraide.plugins.loading import set_aside

MINUTES = timedelta(minutes=1)
PAUSES = [timedelta(minutes=1), 5 * MINUTES, 30 * MINUTES, timedelta(hours=2), timedelta(hours=12)]


@pytest.fixture
def quiet(site, lenient, plug):
    """A site on each engine where only the test's own plugins listen."""
    site.registry.implementations["on_event"].clear()
    return site


class Listener:
    """A plugin that hears events and fails when told to."""

    def __init__(self, name):
        self.name = name
        self.heard = []
        self.is_failing = False

    def plug_into(self, plug, site):
        def on_event(event, key):
            if self.is_failing:
                raise RuntimeError(f"{self.name} is away")
            self.heard.append((event, key))

        plug(site, self.name, on_event)
        return self


@pytest.fixture
def tea(quiet, plug):
    return Listener("tea").plug_into(plug, quiet)


@pytest.fixture
def cake(quiet, plug):
    return Listener("cake").plug_into(plug, quiet)


def publish(event=None):
    event = event or events.OfferPublished(uuid4())
    with database.writing() as session:
        outbox.record(session, event)
    return event


def record_and_fail(session):
    outbox.record(session, events.OfferPublished(uuid4()))
    outbox.send(session, MESSAGE)
    raise ZeroDivisionError


def rows(table):
    with database.reading() as session:
        return session.scalars(select(table)).all()


def waiting():
    with database.reading() as session:
        return outbox.pending(session)


def test_each_plugin_hears_each_event_once(tea, cake):
    published = [publish(), publish()]
    assert waiting() == 2
    assert outbox.deliver_pending() == 4
    assert outbox.deliver_pending() == 0
    assert [event for event, _key in tea.heard] == published
    assert [event for event, _key in cake.heard] == published
    keys = [key for listener in (tea, cake) for _event, key in listener.heard]
    assert len(set(keys)) == 4
    assert waiting() == 0


def test_told_events_are_forgotten(tea):
    publish()
    outbox.deliver_pending()
    publish()
    outbox.deliver_pending()
    assert len(rows(OutboxEvent)) <= 1
    assert rows(OutboxDelivery) == []


def test_nothing_is_heard_of_a_change_that_was_rolled_back(tea):
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        record_and_fail(session)
    assert waiting() == 0
    assert outbox.deliver_pending() == 0
    assert tea.heard == []


def test_a_failing_plugin_hurts_no_other_and_is_told_again(quiet, tea, cake):
    tea.is_failing = True
    event = publish()
    assert outbox.deliver_pending() == 1
    assert ([one for one, _ in cake.heard], tea.heard) == ([event], [])
    tea.is_failing = False
    quiet.clock.advance(PAUSES[0] - timedelta(seconds=1))
    assert outbox.deliver_pending() == 0
    quiet.clock.advance(timedelta(seconds=1))
    assert outbox.deliver_pending() == 1
    assert [one for one, _ in tea.heard] == [event]
    assert len(cake.heard) == 1


def test_retries_after_1_5_30_minutes_2_and_12_hours_then_a_dead_letter(quiet, tea):
    tea.is_failing = True
    event = publish()
    outbox.deliver_pending()
    for attempt, pause in enumerate(PAUSES, start=1):
        row = rows(OutboxDelivery)[0]
        assert (row.attempts, row.next_at) == (attempt, quiet.clock.now() + pause)
        assert "tea is away" in row.error
        quiet.clock.advance(pause)
        outbox.deliver_pending()
    assert rows(OutboxDelivery) == []
    letter = rows(DeadLetter)[0]
    assert (letter.plugin, letter.event_name) == ("tea", "OfferPublished")
    assert letter.members == {"identifier": str(event.identifier)}
    assert letter.died_at == quiet.clock.now()


def test_the_listing_is_told_for_ever(quiet, tea):
    tea.is_failing = True
    publish(events.ListingChanged(uuid4(), "offer"))
    outbox.deliver_pending()
    for _ in range(12):
        quiet.clock.advance(PAUSES[-1])
        outbox.deliver_pending()
    assert rows(DeadLetter) == []
    assert rows(OutboxDelivery)[0].attempts == 13
    tea.is_failing = False
    quiet.clock.advance(PAUSES[-1])
    outbox.deliver_pending()
    assert len(tea.heard) == 1


def test_an_event_that_cannot_be_read_stops_no_other(quiet, tea):
    publish()
    publish(good := events.OfferWithdrawn(uuid4()))
    with database.writing() as session:
        session.execute(
            update(OutboxEvent)
            .where(OutboxEvent.name == "OfferPublished")
            .values(members={"colour": "red"})
        )
    assert outbox.deliver_pending() == 1
    assert [one for one, _ in tea.heard] == [good]
    assert "OfferPublished cannot be read" in rows(OutboxDelivery)[0].error


def test_an_event_of_a_removed_plugin_is_dropped(quiet, tea):
    publish()
    with database.writing() as session:
        session.execute(update(OutboxEvent).values(name="TeapotBoiled"))
    assert outbox.deliver_pending() == 1
    assert tea.heard == []
    assert waiting() == 0


def test_a_plugin_at_rest_is_told_when_it_is_back(quiet, tea, cake, plug):
    publish()
    dispatch.fan_out()
    set_aside(quiet.registry, "tea", RuntimeError("broken"))
    publish()
    outbox.deliver_pending()
    assert len(cake.heard) == 2
    assert waiting() == 2
    del quiet.registry.quarantined["tea"]
    tea.plug_into(plug, quiet)
    outbox.deliver_pending()
    assert len(tea.heard) == 2
    assert waiting() == 0


def test_events_without_a_listener_do_not_pile_up(quiet):
    publish()
    assert outbox.deliver_pending() == 0
    assert rows(OutboxEvent) == []


def test_should_stop_is_heard(quiet, tea):
    publish()
    assert outbox.deliver_pending(lambda: True) == 0
    assert tea.heard == []


def test_what_a_listener_writes_is_committed_with_its_delivery(quiet, plug):
    def on_event(event, key):
        outbox.send(database.session(), MESSAGE)

    plug(quiet, "writer", on_event)
    publish()
    outbox.deliver_pending()
    assert [row.key for row in rows(OutboxMessage)] == [MESSAGE.key]


def test_what_a_failing_listener_wrote_is_rolled_back(quiet, plug):
    def on_event(event, key):
        outbox.send(database.session(), MESSAGE)
        database.session().flush()
        raise RuntimeError("too late")

    plug(quiet, "writer", on_event)
    publish()
    outbox.deliver_pending()
    assert rows(OutboxMessage) == []
    assert rows(OutboxDelivery)[0].attempts == 1


def test_the_same_event_delivered_by_another_worker_meanwhile(quiet, tea):
    publish()
    dispatch.fan_out()
    identifier = rows(OutboxDelivery)[0].event_id
    outbox.deliver_pending()
    assert dispatch._deliver_event(identifier, "tea") is False
    dispatch._postpone_event(identifier, "tea", "late")
    assert len(tea.heard) == 1
    assert rows(DeadLetter) == []


# Messages ---------------------------------------------------------------------------------

MESSAGE = Message("parent3@example.org", "votre lien", "Bonjour\n", "login-1")
SENT = Message(
    MESSAGE.address, "Site Exemple\u00a0: votre lien", "Bonjour\n\n-- \nSite Exemple\n", MESSAGE.key
)
"""What leaves the site: named and signed by it."""


class Postman:
    def __init__(self):
        self.sent = []
        self.answer = True

    def plug_into(self, plug, site):
        def deliver(message):
            if isinstance(self.answer, Exception):
                raise self.answer
            self.sent.append(message)
            return self.answer

        plug(site, "postman", deliver)
        return self


@pytest.fixture
def postman(quiet, plug):
    return Postman().plug_into(plug, quiet)


def send(message=MESSAGE):
    with database.writing() as session:
        outbox.send(session, message)


def test_a_message_is_sent_once_per_key_and_erased(quiet, postman):
    send()
    send()
    assert outbox.deliver_pending() == 1
    send()
    assert outbox.deliver_pending() == 0
    assert postman.sent == [SENT]
    row = rows(OutboxMessage)[0]
    assert (row.key, row.address, row.subject, row.body) == ("login-1", None, None, None)
    assert row.next_at is None


@pytest.mark.parametrize("answer", [False, None, RuntimeError("mail server is down")])
def test_a_message_that_was_not_sent_is_tried_again(quiet, postman, answer):
    postman.answer = answer
    send()
    for pause in PAUSES:
        assert outbox.deliver_pending() == 0
        assert rows(OutboxMessage)[0].next_at == quiet.clock.now() + pause
        quiet.clock.advance(pause)
    postman.answer, postman.sent = True, []
    assert outbox.deliver_pending() == 1
    assert postman.sent == [SENT]


def test_a_message_that_cannot_be_sent_is_given_up_and_erased(quiet, postman):
    postman.answer = False
    send()
    for _ in range(6):
        outbox.deliver_pending()
        quiet.clock.advance(PAUSES[-1])
    assert rows(OutboxMessage)[0].address == MESSAGE.address
    assert rows(DeadLetter) == []
    quiet.clock.advance(dispatch.GIVE_UP_AFTER - 6 * PAUSES[-1])
    outbox.deliver_pending()
    row, letter = rows(OutboxMessage)[0], rows(DeadLetter)[0]
    assert (row.address, row.subject, row.body, row.next_at) == (None, None, None, None)
    assert (letter.event_name, letter.members) == ("Message", {"key": MESSAGE.key})
    assert letter.error == row.error
    assert letter.error.startswith("not sent in 3 days")
    quiet.clock.advance(PAUSES[-1])
    assert (outbox.deliver_pending(), waiting(), len(postman.sent)) == (0, 0, row.attempts)


def test_two_workers_send_a_message_once(quiet, postman):
    send()
    with database.reading() as session:
        seen_by_both = session.scalars(select(OutboxMessage)).one()
    assert dispatch._deliver_message(seen_by_both)
    assert not dispatch._deliver_message(seen_by_both)
    assert postman.sent == [SENT]


def test_a_worker_that_died_while_sending_loses_no_message(quiet, postman, plug):
    send()
    with database.reading() as session:
        row = session.scalars(select(OutboxMessage)).one()
    assert dispatch._claim_message(row)
    assert outbox.deliver_pending() == 0
    quiet.clock.advance(timedelta(seconds=dispatch.CLAIM_SECONDS))
    assert outbox.deliver_pending() == 1
    assert postman.sent == [SENT]


def test_sites_deliver_only_their_own(quiet, postman, make_site):
    with runtime.activate(make_site(name="other-site")):
        send()
    assert outbox.deliver_pending() == 0
    with database.reading() as session:
        assert session.scalar(select(func.count(OutboxMessage.id))) == 0
