"""The queue only says "look now": on SQLite or Redis, and nothing is lost without it."""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest

from entraide import database, events, jobs, outbox, runtime
from entraide.jobs import queue


@pytest.fixture(params=["sqlite", "redis"])
def queued(request, make_site, tmp_path):
    if request.param == "sqlite":
        return make_site()
    url = request.getfixturevalue("redis_url")
    return make_site(name=f"redis-{uuid4().hex[:8]}", toml=f'[queue]\nredis = "{url}"\n')


@pytest.fixture
def bell(monkeypatch):
    """A task that rings."""
    rung, heard = threading.Event(), []

    def ring(reference):
        heard.append((reference, runtime.current().settings.instance))
        rung.set()
        if reference == "fail":
            raise RuntimeError("cracked")

    monkeypatch.setitem(queue.TASKS, "test.ring", ring)
    return rung, heard


def test_a_task_runs_in_its_own_site(queued, bell):
    rung, heard = bell
    consumer = queue.QUEUE.get(queued).consumer()
    consumer.start()
    with runtime.activate(queued):
        jobs.enqueue("test.ring", "once")
    assert rung.wait(10)
    consumer.stop(graceful=True)
    assert heard == [("once", queued.settings.instance)]


def test_tasks_wait_for_a_worker_and_a_failing_one_stops_no_other(queued, bell):
    rung, heard = bell
    with runtime.activate(queued):
        jobs.enqueue("test.ring", "fail")
        jobs.enqueue("test.ring", "next")
    consumer = queue.QUEUE.get(queued).consumer()
    consumer.start()
    for _ in range(100):
        if len(heard) == 2:
            break
        rung.wait(0.1)
        threading.Event().wait(0.05)
    consumer.stop(graceful=True)
    assert [reference for reference, _ in heard] == ["fail", "next"]


def test_a_task_that_nobody_declared_is_a_mistake(queued):
    with runtime.activate(queued), pytest.raises(KeyError, match=r"no task 'tea\.boil'"):
        jobs.enqueue("tea.boil")


def test_tasks_travel_as_json():
    serializer = queue.JsonSerializer()
    with pytest.raises(ValueError, match="utf-8"):
        serializer.deserialize(b"\x80\x04cos\nsystem\n")


def test_a_site_without_a_queue_works(site):
    queue.QUEUE.take(site)
    jobs.enqueue("outbox.deliver")


def test_without_redis_nothing_is_lost(make_site, plug, closed_port, capsys):
    site = make_site(toml=f'[queue]\nredis = "redis://127.0.0.1:{closed_port}/0"\n')
    heard = []

    def on_event(event, key):
        heard.append(event)

    plug(site, "tea", on_event)
    event = events.OfferPublished(uuid4())
    with runtime.activate(site):
        with database.writing() as session:
            outbox.record(session, event)
        assert "queue-unreachable" in capsys.readouterr().out
        outbox.deliver_pending()
    assert heard == [event]


def test_declaring_a_task(monkeypatch):
    monkeypatch.setattr(queue, "TASKS", {})

    @jobs.task("tea.boil")
    def boil(reference):
        return reference

    assert {"tea.boil": boil} == queue.TASKS
