"""A plugin that writes mails, notes in the journal, has events and answers programs (`bells/`)."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlalchemy import select

from entraide import app as apps
from entraide import clock, database, errors, events, hook_calls, mail, record_action, runtime
from entraide.audit import AuditEntry
from entraide.members import service, suspending
from entraide.members.journal import readings
from entraide.members.models import Member
from entraide.outbox import dispatch
from entraide.outbox.models import OutboxDelivery, OutboxEvent, OutboxMessage
from entraide.plugins import loading
from entraide.testing import add_member, browser, csrf_of, log_in

FOLDER = Path(__file__).parent / "bells"
WORDS = {
    "fr": ("votre cloche", "Bonjour,", "Pourquoi vous recevez ce message\u00a0: quelqu’un a sonné"),
    "en": ("your bell", "Hello,", "Why you get this mail: somebody rang your bell"),
}


@pytest.fixture
def bells(monkeypatch, make_site, database_url):
    """A site with the plugin, a French and an English member."""
    monkeypatch.syspath_prepend(FOLDER)
    known = loading.entry_points
    point = EntryPoint("bells", "entraide_bells", "entraide")
    monkeypatch.setattr(loading, "entry_points", lambda group: [*known(group=group), point])
    site = make_site(url=database_url, plugins=("bells",))
    with runtime.activate(site):
        with database.writing() as session:
            french, english = (add_member(session, number, "parent") for number in (0, 1))
            french.language, english.language = "fr", "en"
            people = {"fr": french.id, "en": english.id}
        yield SimpleNamespace(site=site, app=apps.create_app(site), people=people)
    loading.forget_package("entraide_bells")


def send(session, member_id, **changes):
    member = session.get_one(Member, member_id)
    options = {"template": "bells/rung", "category": "bells.rung", "key": "k", "times": 1}
    return mail.send(session, member, **(options | changes))


def mails():
    with database.reading() as session:
        return [
            (row.address, row.subject, row.body) for row in session.scalars(select(OutboxMessage))
        ]


def ring(bells, language):
    other = {"fr": 1, "en": 0}[language]
    client = log_in(browser(bells.app), f"parent{other}@example.org")
    token = csrf_of(client.get("/account").text)
    answer = client.post(f"/bells/{bells.people[language]}", data={"csrf_token": token})
    assert answer.status_code == 303, answer.text


def run_job(bells, _language):
    job = next(job for job in apps.jobs_of(bells.site) if job.name == "bells.remind")
    job.function(None)


def hear(bells, language):
    happenings = import_module("entraide_bells.happenings")
    with database.writing() as session:
        event = happenings.BellRung(bells.people[language], 2, clock.now(), clock.today())
        events.publish(session, event)
    dispatch.fan_out()
    with database.reading() as session:
        due = session.execute(select(OutboxDelivery.event_id, OutboxDelivery.plugin)).all()
    assert "bells" in {plugin for _id, plugin in due}
    dispatch._deliver_events()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("door", [ring, run_job, hear])
def test_a_mail_speaks_the_language_of_its_reader(bells, language, door):
    with database.writing() as session:
        other = session.get_one(Member, bells.people["en" if language == "fr" else "fr"])
        other.language = {"fr": "en", "en": "fr"}[language]
    door(bells, language)
    with database.reading() as session:
        address = session.get_one(Member, bells.people[language]).email
    subject, body = next(parts[1:] for parts in mails() if parts[0] == address)
    for words, text in zip(WORDS[language], (subject, body, body), strict=True):
        assert words in text
    assert f"{bells.site.settings.site.base_url}/account" in body


def test_the_same_key_reaches_each_member_once(bells):
    with database.writing() as session:
        sent = [("fr", "k"), ("en", "k"), ("fr", "k"), ("fr", "l")]
        kept = [send(session, bells.people[name], key=key) for name, key in sent]
    assert kept == [True, True, False, True]
    assert len(mails()) == 3
    with database.reading() as session:
        keys = set(session.scalars(select(OutboxMessage.key)))
    # The same key of another plugin is another mail.
    assert {key.partition("-")[0] for key in keys} == {"bells"}


def test_a_rollback_writes_no_mail(bells):
    def interrupted():
        with database.writing() as session:
            send(session, bells.people["fr"])
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    assert mails() == []


def test_whoever_is_gone_or_suspended_gets_none(bells):
    with database.writing() as session:
        french = session.get_one(Member, bells.people["fr"])
        suspending.suspend(session, member=french, actor=None)
        written = len(session.scalars(select(OutboxMessage)).all())
        english = session.get_one(Member, bells.people["en"])
        assert not send(session, french.id)
        session.delete(english)
        session.flush()
        options = {"template": "bells/rung", "category": "bells.rung", "key": "k"}
        assert not mail.send(session, english, **options, times=1)
        assert len(session.scalars(select(OutboxMessage)).all()) == written


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"template": "bells/none"}, r"there is no file .*templates/bells/none\.txt"),
        ({"template": "rung"}, "write the plugin's name, a slash"),
        ({"template": "bells/../bells/rung"}, "write the plugin's name, a slash"),
        ({"template": "tutoring/rung"}, "which tutoring does not declare"),
        ({"category": "bells.news"}, r'Yield MailCategory\("bells\.reminders"'),
        ({"category": "members.account"}, "which bells does not declare"),
        ({"key": "two\nlines"}, "up to 120 letters"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(bells, change, words):
    with database.writing() as session, pytest.raises(errors.PluginError, match=words):
        send(session, bells.people["fr"], **change)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{% block subject %}x{% endblock %}", "has no block body"),
        (
            "{% block subject %}x{% endblock %}\n{% block body %}\n{{ nobody }}{% endblock %}",
            r"broken\.txt, line 3: 'nobody' is undefined",
        ),
        ("{% block subject %}x{% endblock %}\n{% block body %}{{ x", r"broken\.txt, line 2: "),
        ('{% extends "bells/none.txt" %}', "has no block subject"),
    ],
)
def test_a_broken_template_is_told_with_file_and_line(bells, tmp_path, monkeypatch, text, words):
    folder = tmp_path / "templates" / "bells"
    folder.mkdir(parents=True)
    (folder / "broken.txt").write_text(text, "utf-8")
    monkeypatch.setattr(bells.site.registry.modules["bells"], "__path__", [str(tmp_path)])
    with database.writing() as session, pytest.raises(errors.PluginError, match=words):
        send(session, bells.people["fr"], template="bells/broken")


def test_the_journal_says_in_words_what_the_plugin_noted(bells):
    ring(bells, "fr")
    with database.reading() as session:
        row = session.scalars(select(AuditEntry).where(AuditEntry.action == "bells.ring")).one()
        assert (row.actor, row.person) == (str(bells.people["en"]), str(bells.people["fr"]))
        told = [str(words) for _moment, words in readings(session, bells.people["fr"])]
    assert told == ["Quelqu’un a sonné chez vous."]
    client = log_in(browser(bells.app), "parent0@example.org")
    assert told[0] in client.get("/account").text


@pytest.mark.parametrize(
    ("running", "action"),
    [
        ("bells", "bells.steal"),
        ("bells", "members.link"),
        ("entraide", "toys.lend"),
        ("other", "bells.ring"),
    ],
)
def test_the_journal_takes_declared_actions_of_the_running_plugin_only(bells, running, action):
    token = hook_calls.current_plugin.set(running)
    try:
        with (
            database.writing() as session,
            pytest.raises(errors.PluginError, match="the journal knows no action"),
        ):
            record_action(session, actor=None, action=action, subject="x")
    finally:
        hook_calls.current_plugin.reset(token)


def test_an_event_of_a_plugin_is_kept_by_its_qualified_name_and_rebuilt(bells):
    happenings = import_module("entraide_bells.happenings")
    event = happenings.BellRung(UUID(int=3), 2, clock.now(), clock.today())
    with database.writing() as session:
        events.publish(session, event)
    with database.reading() as session:
        newest = select(OutboxEvent).order_by(OutboxEvent.id.desc()).limit(1)
        stored = session.scalars(newest).one()
    assert stored.name == "bells.happenings:BellRung"
    assert dispatch._rebuilt(stored) == event
    bells.site.registry.quarantined["bells"] = "why"
    with pytest.raises(errors.HookFailed, match="is set aside"):
        dispatch._rebuilt(stored)
    del bells.site.registry.quarantined["bells"]
    for name in ("bells.happenings:Gone", "bells.gone:BellRung", "nobody:BellRung", "Nothing"):
        stored.name = name
        assert dispatch._rebuilt(stored) is None


def test_what_cannot_be_published_is_told(bells):
    rung = import_module("entraide_bells.happenings").BellRung
    now, day = clock.now(), clock.today()
    cases = [
        (events.OfferPublished(UUID(int=1)), "belongs to no plugin"),
        (rung(UUID(int=1), "2", now, day), "times is '2', not of int"),
        (rung(UUID(int=1), 2, now.replace(tzinfo=None), day), "with a time zone"),
    ]
    for event, words in cases:
        with database.writing() as session, pytest.raises(errors.PluginError, match=words):
            events.publish(session, event)


@pytest.mark.parametrize(
    ("scopes", "status"), [(["bells:read"], 200), (["offers:write"], 403), (None, 401)]
)
def test_the_api_asks_for_the_scope_of_the_plugin(bells, scopes, status):
    headers = {}
    if scopes:
        with database.writing() as session:
            member = session.get_one(Member, bells.people["fr"])
            token = service.create_token(session, name="t", scopes=scopes, member=member)
        headers = {"Authorization": f"Bearer {token}"}
    answer = browser(bells.app).get("/api/v1/bells/count", headers=headers)
    assert answer.status_code == status
    if status == 200:
        assert answer.json == {"bells": 1, "member": "parent0@example.org"}
        return
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    if status == 403:
        assert "entraide token create --scope bells:read" in answer.json["detail"]
        assert 'scope="bells:read"' in answer.headers["WWW-Authenticate"]


def test_the_description_says_which_scope_a_resource_needs(bells):
    described = browser(bells.app).get("/api/v1/openapi.json").json
    operation = described["paths"]["/api/v1/bells/count"]["get"]
    assert operation["security"] == [{"token": ["bells:read"]}]
    assert "security" not in described["paths"]["/api/v1/bells/open"]["get"]
    assert "`bells:read`" in described["components"]["securitySchemes"]["token"]["description"]
    assert browser(bells.app).get("/api/v1/bells/open").json == {"open": True}
