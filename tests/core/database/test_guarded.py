"""How a plugin may use the running session: to read only, or inside a savepoint."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from entraide import audit, database, hooks
from entraide.audit import AuditEntry
from entraide.database.guarded import EndedTransaction, WroteInReadOnlyHook
from entraide.errors import HookFailed
from entraide.kinds import Link
from entraide.members.models import Member
from entraide.testing import START, add_member

LINK = Link("Here", "/here")
ROW = {
    "id": "018f00000000700080000000000000aa",
    "happened_at": START,
    "actor": "bad",
    "action": "bad.write",
    "subject": "x",
}


def entry():
    return AuditEntry(happened_at=START, actor="bad", action="bad.write", subject="x")


def adds(session, _member):
    session.add(entry())


def adds_and_flushes(session, _member):
    session.add(entry())
    session.flush()


def inserts_by_core(session, _member):
    session.connection().execute(insert(AuditEntry), [entry_values()])


def inserts_by_session(session, _member):
    session.execute(insert(AuditEntry), [entry_values()])


def inserts_by_text(session, _member):
    session.execute(text("INSERT INTO audit_entry (actor) VALUES ('bad')"))


def inserts_by_driver(session, _member):
    session.connection().exec_driver_sql("DELETE FROM members_member")


def updates(session, _member):
    session.execute(update(Member).values(display_name="Stolen"))


def modifies(_session, member):
    member.display_name = "Stolen"


def deletes(session, member):
    session.delete(member)


def commits(session, _member):
    session.commit()


def swallows(session, _member):
    try:
        session.execute(update(Member).values(display_name="Stolen"))
    except WroteInReadOnlyHook:
        session.add(entry())


def entry_values():
    return {column: value for column, value in ROW.items() if column != "id"}


RAISING = [
    adds_and_flushes,
    inserts_by_core,
    inserts_by_session,
    inserts_by_text,
    inserts_by_driver,
    updates,
    commits,
]
FORGOTTEN = [adds, modifies, deletes, swallows]


@pytest.fixture
def member(session):
    return add_member(session)


def ask(plug, site, behaviour, session, member):
    def navigation_links(member):
        behaviour(session, member)
        return [LINK]

    def good(member):
        return [Link(str(session.scalar(select(func.count(Member.id)))), "/")]

    good.__name__ = "navigation_links"
    plug(site, "bad", navigation_links)
    plug(site, "good", good)
    said = hooks.ask("navigation_links", member=member)
    return [item.plugin for item in said if item.plugin in ("bad", "good")]


@pytest.mark.parametrize("behaviour", RAISING, ids=lambda one: one.__name__)
def test_writing_in_a_read_only_hook_is_a_failure(lenient, site, session, member, plug, behaviour):
    assert ask(plug, site, behaviour, session, member) == ["good"]
    assert "WroteInReadOnlyHook" in site.registry.counters["bad", "navigation_links"].last_error
    check_nothing_happened(session, member)


@pytest.mark.parametrize("behaviour", FORGOTTEN, ids=lambda one: one.__name__)
def test_what_a_read_only_hook_left_behind_is_forgotten(
    lenient, site, session, member, plug, behaviour
):
    assert ask(plug, site, behaviour, session, member) == ["good"]
    assert "left changes in" in site.registry.counters["bad", "navigation_links"].last_error
    check_nothing_happened(session, member)


def check_nothing_happened(session, member):
    session.commit()
    with database.reading() as reader:
        assert reader.get_one(Member, member.id).display_name == "Member Exemple 1"
        assert not reader.scalars(select(AuditEntry).where(AuditEntry.actor == "bad")).all()


def test_reading_is_allowed(lenient, site, session, member, plug):
    def reads(session, _member):
        session.execute(text("  select 1"))
        session.connection().exec_driver_sql("SELECT 1")
        with session.begin_nested():
            session.scalars(select(Member)).all()

    assert ask(plug, site, reads, session, member) == ["bad", "good"]


def test_a_note_of_its_own_is_allowed_on_a_page(lenient, site, plug):
    def notes(_session, _member):
        with database.note() as own:
            audit.record(own, actor=None, action="note.read", subject="x")

    with database.reading() as reader:
        assert ask(plug, site, notes, reader, None) == ["bad", "good"]
    with database.reading() as reader:
        assert reader.scalar(select(AuditEntry.action)) == "note.read"


def test_a_hook_that_rolls_the_core_back_stops_the_action(lenient, site, session, member, plug):
    def rolls_back(session, _member):
        session.rollback()

    with pytest.raises(EndedTransaction):
        ask(plug, site, rolls_back, session, member)


def test_a_hook_that_ends_a_reading_transaction_hurts_nobody(lenient, site, plug):
    def rolls_back(session, _member):
        session.rollback()

    with database.reading() as reader:
        reader.execute(text("SELECT 1"))
        assert ask(plug, site, rolls_back, reader, None) == ["bad", "good"]


def test_a_mistake_of_the_core_is_not_blamed_on_a_plugin(lenient, site, session, member, plug):
    twin = Member(
        email="x@example.org",
        email_index=member.email_index,
        display_name="Twin",
        created_at=START,
    )
    session.add(twin)
    with pytest.raises(IntegrityError):
        ask(plug, site, lambda *_: None, session, member)
    assert not site.registry.counters["bad", "navigation_links"].last_error


def test_nested_asking_inside_a_read_only_hook(lenient, site, session, member, plug):
    def asks_again(session, _member):
        session.add(entry())
        hooks.ask("panels", subject=None, member=None)

    def panels(subject, member):
        return []

    plug(site, "inner", panels)
    assert ask(plug, site, asks_again, session, member) == ["good"]
    check_nothing_happened(session, member)


def test_without_a_session_hooks_are_just_asked(lenient, site, plug):
    assert ask_without(plug, site) == ["probe"]


def ask_without(plug, site):
    def navigation_links(member):
        return [LINK]

    def deliver(message):
        return True

    plug(site, "probe", navigation_links, deliver)
    said = hooks.ask("navigation_links", member=None) + hooks.ask("deliver", message=None)
    return sorted({item.plugin for item in said if item.plugin == "probe"})


def test_writing_hooks_run_in_a_savepoint(lenient, site, session, member, plug):
    def on_event(event, key):
        session.add(
            Member(
                email="x@example.org",
                email_index=member.email_index,
                display_name="Twin",
                created_at=START,
            )
        )
        session.flush()

    plug(site, "bad", on_event)
    with pytest.raises(HookFailed, match="IntegrityError"):
        hooks.ask_plugin("bad", "on_event", event=None, key="k")
    session.commit()
    with database.reading() as reader:
        assert reader.scalar(select(func.count(Member.id))) == 1


def opens_writing(_site):
    with database.writing() as own:
        own.execute(update(Member).values(display_name="bad"))


def opens_a_session(site):
    with Session(site.database.writer) as own:
        own.add(entry())
        own.commit()


def opens_a_connection(site):
    with site.database.engine.begin() as connection:
        connection.execute(update(Member).values(display_name="bad"))


def opens_the_drivers(site):
    opened = site.database.engine.raw_connection()
    try:
        opened.cursor().execute("UPDATE members_member SET display_name = NULL")
        opened.commit()
    finally:
        opened.close()


def doors(site):
    yield from (opens_writing, opens_a_session, opens_a_connection)
    if site.database.is_sqlite:
        # On PostgreSQL nothing stands between a plugin and the driver.
        yield opens_the_drivers


@pytest.mark.parametrize("is_inside", [True, False])
def test_a_reading_hook_writes_by_no_side_door(lenient, site, plug, is_inside):
    for number, door in enumerate(doors(site)):
        check_door(site, plug, door, f"bad{number}", is_inside=is_inside)


def check_door(site, plug, door, plugin, *, is_inside):
    def navigation_links(member):
        door(site)
        return [LINK]

    with database.writing() as own:
        member = add_member(own)
        kept, name = member.id, member.display_name
    plug(site, plugin, navigation_links)
    with database.reading() if is_inside else nullcontext():
        said = hooks.ask("navigation_links", member=None)
    assert plugin not in [item.plugin for item in said]
    assert "read" in site.registry.counters[plugin, "navigation_links"].last_error
    with database.writing() as own:
        assert own.get_one(Member, kept).display_name == name
        assert not own.scalars(select(AuditEntry).where(AuditEntry.actor == "bad")).all()
        own.get_one(Member, kept).display_name = "Written again"
