"""Behind whatever door the code of a plugin runs, it acts in its own name only."""

from __future__ import annotations

import click
import pytest
from sqlalchemy import select

import entraide
from entraide import app as apps
from entraide import database, errors, events, hook_calls, mail, permission, runtime
from entraide.audit import AuditEntry
from entraide.cli.main import _plugin_commands
from entraide.database.sessions import WroteInReadOnlyHook
from entraide.kinds import Job
from entraide.members.models import Member
from entraide.outbox.models import OutboxEvent, OutboxMessage
from entraide.testing import add_member, run_job
from entraide.web import mounting, scopes

OWNER = '''"""A probe."""
from dataclasses import dataclass

from marshmallow import Schema

from entraide import JournalAction, MailCategory, fields, hookimpl
from entraide.events import Event


@dataclass(frozen=True)
class TeaDrunk(Event):
    """Somebody drank tea."""


class ProbeSchema(Schema):
    secret = fields.String(load_default="kettle")


@hookimpl
def register_settings():
    return ProbeSchema


@hookimpl
def register_labels():
    yield MailCategory("owner.tea", "tea is ready")
    yield JournalAction("owner.drink", "Somebody drank.")
'''


@pytest.fixture
def village(make_site, database_url):
    """A site with a plugin that declares something of each sort, and a member."""
    site = make_site(url=database_url, plugins=("owner",), files={"plugins/owner.py": OWNER})
    with runtime.activate(site):
        with database.writing() as session:
            add_member(session, 0, "parent")
        yield site


def write_mail(session):
    member = session.scalars(select(Member)).one()
    mail.send(session, member, template="owner/tea", category="owner.tea", key="k")


def publish(session):
    event = runtime.current().registry.modules["owner"].TeaDrunk
    member = session.scalars(select(Member)).one()
    events.publish(session, event(member.id))


def note(session):
    entraide.record_action(session, actor=None, action="owner.drink", subject="tea")


def read_settings(_session):
    entraide.settings("owner")


ACTS = [write_mail, publish, note, read_settings]


def as_job(site, plug, act):
    def register_jobs():
        return [Job("thief.act", lambda _run: act(), 60)]

    plug(site, "thief", register_jobs)
    run_job("thief.act")


def as_command(site, plug, act):
    def register_commands():
        return [click.Command("act", callback=act)]

    plug(site, "thief", register_commands)
    _plugin_commands(site)["thief"](["act"], standalone_mode=False)


def as_page(site, _plug, act):
    with apps.create_app(site).test_request_context("/", method="POST"):
        mounting.guarded("thief", "thief.act", permission(None)(act))()


def as_api(site, _plug, act):
    with apps.create_app(site).test_request_context("/", method="POST"):
        scopes.guarded("thief", "thief.act", scopes.scope(None)(act))()


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("door", [as_job, as_command, as_page, as_api])
def test_what_is_anothers_is_refused(village, plug, door, act):
    told = []

    def steal():
        expected = (errors.PluginError, entraide.MissingSettings)
        with database.writing() as session, pytest.raises(expected) as refusal:
            act(session)
        told.append(str(refusal.value))

    door(village, plug, steal)
    assert len(told) == 1
    assert told[0].startswith("Plugin thief: ")
    assert hook_calls.current_plugin.get() == "entraide"
    with database.reading() as session:
        assert not session.scalars(select(AuditEntry).where(AuditEntry.subject == "tea")).all()
        assert not session.scalars(select(OutboxMessage)).all()
        names = session.scalars(select(OutboxEvent.name)).all()
    assert not [name for name in names if name.startswith("owner")]


@pytest.mark.parametrize("act", [publish, note, read_settings])
def test_what_is_its_own_is_not(village, act):
    with hook_calls.running("owner"), database.writing() as session:
        act(session)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_resource_that_is_read_writes_by_no_session_of_its_own(village, method):
    def write():
        with database.writing() as session:
            session.scalars(select(Member)).one().language = "de"

    view = scopes.guarded("thief", "thief.act", scopes.scope(None)(write))
    app = apps.create_app(village)
    refusal = pytest.raises(WroteInReadOnlyHook, match="a resource that is read")
    with app.test_request_context("/", method=method), refusal:
        view()
    with app.test_request_context("/", method="POST"):
        view()
