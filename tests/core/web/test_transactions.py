"""A transaction is a request: it is committed before the answer leaves, or not at all."""

from __future__ import annotations

import threading

import pytest
from flask import Response
from sqlalchemy import func, select

from entraide import app as apps
from entraide import audit, database, outbox, runtime
from entraide.audit import AuditEntry
from entraide.database import engine
from entraide.errors import Refused
from entraide.kinds import Message
from entraide.outbox.models import OutboxMessage
from entraide.testing import browser
from entraide.web.transactions import session

MESSAGE = Message("parent3@example.org", "Subject", "Body", "key-1")


@pytest.fixture
def written(site):
    """An application with doors that write and then end in different ways."""
    app = apps.create_app(site)
    done = []

    def write():
        audit.record(session(), actor=None, action="probe.write", subject="x")
        outbox.send(session(), MESSAGE)
        database.sessions.after_commit(session(), lambda: done.append(count(site)))

    @app.post("/api/probe/<ending>")
    def probe(ending):
        write()
        if ending == "raises":
            raise RuntimeError("broken")
        if ending == "refuses":
            raise Refused("Not now.")
        if ending == "unclassified":
            session().add(AuditEntry(action="incomplete"))
        return Response("done", 422 if ending == "form" else 200)

    @app.get("/api/probe")
    def read():
        write()
        session().flush()
        return "unreachable"

    return browser(app), done


def count(site):
    with runtime.activate(site), database.reading() as reader:
        return sum(
            reader.scalar(select(func.count(table.id)).where(column == value))
            for table, column, value in (
                (AuditEntry, AuditEntry.action, "probe.write"),
                (OutboxMessage, OutboxMessage.key, MESSAGE.key),
            )
        )


def test_success_commits_before_the_answer_leaves(site, written):
    client, done = written
    seen = []
    client.application.after_request_funcs[None].insert(
        0, lambda response: seen.append(count(site)) or response
    )
    assert client.post("/api/probe/well").status_code == 200
    assert seen == [2]
    assert done == [2]


@pytest.mark.parametrize(
    ("ending", "status"), [("raises", 500), ("refuses", 409), ("form", 422), ("unclassified", 500)]
)
def test_an_error_rolls_everything_back(site, written, ending, status):
    client, done = written
    assert client.post(f"/api/probe/{ending}").status_code == status
    assert (count(site), done) == (0, [])
    assert client.post("/api/probe/well").status_code == 200
    assert (count(site), done) == (2, [2])


def test_reading_cannot_write(site, written):
    client, done = written
    assert client.get("/api/probe").status_code == 500
    assert (count(site), done) == (0, [])


def test_a_long_writer_makes_a_page_busy_and_reading_goes_on(make_site, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_SECONDS", 0.05)
    site = make_site()
    app = apps.create_app(site)

    @app.post("/api/probe")
    def probe():
        audit.record(session(), actor=None, action="probe.write", subject="x")
        session().flush()
        return "done"

    client, hold, held = browser(app), threading.Event(), threading.Event()

    def hold_the_database():
        with runtime.activate(site), database.writing() as writer:
            audit.record(writer, actor=None, action="hold", subject="x")
            writer.flush()
            held.set()
            hold.wait(20)

    holder = threading.Thread(target=hold_the_database)
    holder.start()
    assert held.wait(20)
    answer = client.post("/api/probe")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert client.get("/help-numbers").status_code == 200
    hold.set()
    holder.join(20)
    assert client.post("/api/probe").status_code == 200
