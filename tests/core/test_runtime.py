"""The context variable through which code finds its site, and the journal written for it."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from entraide import audit, clock, database, runtime
from entraide.audit import AuditEntry
from entraide.runtime import MissingService, Slot
from entraide.testing import START, open_site


def test_outside_any_site_there_is_none():
    with pytest.raises(LookupError):
        runtime.current()


def test_sites_nest_with_their_own_clock_and_database(make_site, tmp_path, templates):
    outer, inner = make_site(), open_site(tmp_path, templates, name="inner")
    with runtime.activate(outer):
        with runtime.activate(inner):
            assert runtime.current() is inner
            with database.writing() as session:
                audit.record(session, actor=None, action="inner.only", subject=1)
        assert runtime.current() is outer
        assert clock.now() == START
        with database.reading() as session:
            assert session.scalars(select(AuditEntry)).all() == []
    inner.database.close()


KETTLE = Slot[str]("kettle")
CUPS: Slot[list[str]] = Slot("list of cups", list)


def test_what_a_room_keeps_is_kept_for_each_site(make_site, tmp_path, templates):
    outer, inner = make_site(), open_site(tmp_path, templates, name="inner")
    KETTLE.fill("copper", outer)
    with runtime.activate(outer):
        CUPS.get().append("blue")
        assert (KETTLE.get(), KETTLE.find(), CUPS.get()) == ("copper", "copper", ["blue"])
        assert (KETTLE.find(inner), CUPS.find(inner)) == (None, None)
        assert KETTLE.take() == "copper"
    assert (KETTLE.take(outer), CUPS.find(outer)) == (None, ["blue"])
    inner.database.close()


def test_a_missing_service_is_a_clear_error(site):
    with pytest.raises(MissingService, match="This site holds no kettle: nothing has filled"):
        KETTLE.get()
    assert repr(KETTLE) == "Slot('kettle')"


def spill(session):
    audit.record(session, actor=None, action="tea.spill", subject="cup")
    raise RuntimeError


def test_audit_row_is_written_with_the_change(site):
    actor = uuid4()
    with database.writing() as session:
        audit.record(session, actor=actor, action="tea.pour", subject=7)
        audit.record(session, actor=None, action="tea.boil", subject="kettle")
    with pytest.raises(RuntimeError), database.writing() as session:
        spill(session)
    with database.reading() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.action)).all()
    assert [(row.actor, row.action, row.subject, row.happened_at) for row in rows] == [
        ("site", "tea.boil", "kettle", START),
        (str(actor), "tea.pour", "7", START),
    ]
