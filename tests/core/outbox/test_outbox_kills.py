"""A process that is killed anywhere loses and doubles nothing."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from entraide import audit, database, events, outbox, runtime
from entraide.audit import AuditEntry

TRIALS = 40


def tell(site, plug):
    def on_event(event, key):
        audit.record(database.session(), actor=None, action="heard", subject=event.identifier)

    site.registry.implementations["on_event"].clear()
    plug(site, "tea", on_event)


def publish_and_deliver(site, pipe):
    with runtime.activate(site):
        while True:
            identifier = uuid4()
            with database.writing() as session:
                audit.record(session, actor=None, action="published", subject=identifier)
                outbox.record(session, events.OfferPublished(identifier))
            os.write(pipe, identifier.bytes)
            outbox.deliver_pending()


@pytest.mark.faults
def test_a_kill_at_any_point_loses_and_doubles_nothing(make_site, plug):
    site = make_site()
    tell(site, plug)
    reader, writer = os.pipe()
    site.database.close()
    chance = random.Random(20261122)  # noqa: S311 - a seed, not a secret
    for _ in range(TRIALS):
        child = os.fork()
        if child == 0:
            os.close(reader)
            publish_and_deliver(site, writer)
        time.sleep(chance.uniform(0.01, 0.2))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    os.close(writer)
    acknowledged = acknowledged_in(reader)
    with runtime.activate(site):
        outbox.deliver_pending()
        with database.reading() as session:
            published = subjects(session, "published")
            heard = subjects(session, "heard")
    assert len(acknowledged) > 5
    assert acknowledged <= set(published)
    assert heard == published
    assert set(published.values()) == {1}


def acknowledged_in(reader):
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read()
    return {str(UUID(bytes=told[at : at + 16])) for at in range(0, len(told), 16)}


def subjects(session, action):
    return Counter(session.scalars(select(AuditEntry.subject).where(AuditEntry.action == action)))
