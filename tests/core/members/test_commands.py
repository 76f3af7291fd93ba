"""`entraide members …`: what whoever runs the site types, reads, and is told to correct."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from entraide import audit, database
from entraide.audit import AuditEntry
from entraide.cli import entraide
from entraide.errors import BadInput
from entraide.labels import LABELS
from entraide.members import accounts, journal
from entraide.members.models import ApiToken, Member
from entraide.testing import add_member, browser

from .conftest import enter, is_logged_in


@pytest.fixture
def command(site):
    """Give a function that runs `entraide ...` on the active site and returns what it printed."""

    def run(*arguments):
        done = CliRunner().invoke(entraide, arguments, obj=site)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return run


def members():
    with database.reading() as session:
        return {
            member.email: (member.display_name, set(member.roles))
            for member in session.scalars(select(Member))
        }


@pytest.mark.parametrize(
    ("options", "name", "roles"),
    [
        ((), "", set()),
        (("--name", "Exemple Un"), "Exemple Un", set()),
        (("--name", "  Exemple  "), "Exemple", set()),
        (("--role", "parent"), "", {"parent"}),
        (("--role", "volunteer", "--role", "moderator"), "", {"volunteer", "moderator"}),
        (("--role", "parent", "--role", "parent"), "", {"parent"}),
    ],
)
def test_a_member_is_added_with_name_and_roles(command, options, name, roles):
    done = command("members", "add", "un@example.org", *options)
    assert members() == {"un@example.org": (name, roles)}
    assert done.output == f"un@example.org: {', '.join(sorted(roles)) or 'no role'}\n"


def test_adding_again_adds_roles_and_takes_none_back(command):
    command("members", "add", "un@example.org", "--role", "parent", "--name", "Exemple Un")
    done = command("members", "add", "UN@example.org", "--role", "volunteer", "--name", "Autre")
    assert done.output == "UN@example.org: parent, volunteer\n"
    assert members() == {"un@example.org": ("Exemple Un", {"parent", "volunteer"})}


@pytest.mark.parametrize(
    "name",
    ["06 12 34 56 78", "a@example.org", "...", "x" * 61, "www.exemple.fr", "Un\nDeux", "Un\x07"],
)
def test_what_is_no_name_adds_nobody(command, name):
    with pytest.raises(BadInput, match="is no name: write one line of at most 60 signs"):
        command("members", "add", "un@example.org", "--name", name)
    assert members() == {}


@pytest.mark.parametrize("email", ["un", "un@localhost", "un@example", "é@example.org", ""])
@pytest.mark.parametrize("act", ["add", "link"])
def test_an_address_that_mail_cannot_reach_is_refused(command, act, email):
    with pytest.raises(BadInput, match="is not an e-mail address that mail can reach"):
        command("members", act, email)
    assert members() == {}


def test_an_unknown_role_is_told_with_the_known_ones(command):
    done = command("members", "add", "un@example.org", "--role", "coordinator")
    assert done.exit_code == 2
    assert "'parent', 'volunteer', 'moderator', 'administrator'" in done.output
    assert members() == {}


def test_a_printed_link_logs_in_once_and_is_told_to_its_member(command, app, member):
    printed = command("members", "link", member.email).output.strip()
    assert re.fullmatch(r"https://site\.example/login/[\w-]{20,}", printed)
    client = browser(app)
    enter(client, printed.rpartition("/")[2])
    assert is_logged_in(client)
    assert not is_logged_in(browser(app))
    with database.reading() as session:
        (reading,) = journal.readings(session, member.id)
    assert reading[1] == LABELS.get().actions["members.link"].label


def test_a_link_for_an_address_without_an_account_is_written_down_without_the_address(command):
    command("members", "link", "personne@example.org")
    with database.reading() as session:
        row = session.scalar(select(AuditEntry).where(AuditEntry.action == "members.link"))
        assert row.subject == accounts.email_index("personne@example.org")
        assert session.scalar(select(func.count()).select_from(Member)) == 0


def test_a_token_is_shown_once_and_listed_without_its_secret(command, member):
    secret = command("token", "create", "--name", "agenda", "--member", member.email).output.strip()
    listed = command("token", "list").output
    assert secret not in listed
    assert re.fullmatch(r"agenda  offers:write  live  \d{4}-\d\d-\d\d\n", listed)
    assert command("token", "revoke", "agenda").output == "agenda: revoked\n"
    assert "agenda  offers:write  revoked" in command("token", "list").output
    with pytest.raises(BadInput, match="No live token is called 'agenda'"):
        command("token", "revoke", "agenda")


def test_a_token_without_a_name_gets_one(command):
    secrets = {command("token", "create").output for _ in range(3)}
    with database.reading() as session:
        names = set(session.scalars(select(ApiToken.name)))
    assert len(secrets) == len(names) == 3
    assert all(re.fullmatch(r"token-[\w-]{8}", name) for name in names)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--member", "personne@example.org"), "Add one: entraide members add"),
        (("--name", "x" * 81), "at most 80 signs"),
        (("--name", "a\nb"), "is one line"),
    ],
)
def test_a_token_that_cannot_be_is_refused_with_the_remedy(command, options, words):
    with pytest.raises(BadInput, match=words):
        command("token", "create", *options)
    assert command("token", "list").output == ""


def test_only_the_newest_readings_are_told_and_only_to_whom_they_concern(site):
    with database.writing() as session:
        member, other = add_member(session, 1), add_member(session, 2)
        for number in range(journal.SHOWN + 3):
            site.clock.advance(timedelta(minutes=number))
            audit_of(session, member, "help_requests.read")
        audit_of(session, other, "privacy.export")
        audit_of(session, member, "members.token")
        session.flush()
        told = journal.readings(session, member.id)
        assert len(told) == journal.SHOWN
        assert [moment for moment, _words in told] == sorted(
            (moment for moment, _words in told), reverse=True
        )
        assert {str(words) for _moment, words in told} == {
            str(LABELS.get().actions["help_requests.read"].label)
        }
        ((_moment, words),) = journal.readings(session, other.id)
        assert words == LABELS.get().actions["privacy.export"].label


def audit_of(session, member, action):
    audit.record(session, actor=None, action=action, subject=member.id, person=member.id)
    session.flush()
