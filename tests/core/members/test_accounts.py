"""Accounts: one for each mailbox however it is spelled, roles that are given once and end sessions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from entraide import clock, database
from entraide.audit import AuditEntry
from entraide.errors import BadInput, Refused
from entraide.ids import new_id, new_token
from entraide.members import accounts, rules, service, staff
from entraide.members.models import Member
from entraide.outbox.models import OutboxEvent
from entraide.testing import add_member


def count(session, table):
    return session.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize(
    "spelled",
    [
        "nouvelle@example.org",
        "Nouvelle@Example.ORG",
        "  nouvelle@example.org ",
        "nouvelle@example.org\n",
    ],
)
def test_one_mailbox_is_one_account(session, spelled):
    opened = accounts.open_account(session, email="nouvelle@example.org")
    assert accounts.open_account(session, email=spelled).id == opened.id
    assert accounts.find_member(session, email=spelled).id == opened.id
    assert accounts.email_index(spelled) == opened.email_index
    assert count(session, Member) == 1


@pytest.mark.parametrize(
    "other", ["nouvelle@example.com", "nouvelle.@example.org", "nouvelle+a@example.org"]
)
def test_another_mailbox_is_another_account(session, other):
    opened = accounts.open_account(session, email="nouvelle@example.org")
    assert accounts.find_member(session, email=other) is None
    assert accounts.open_account(session, email=other).id != opened.id


def test_a_new_account_has_no_role_and_is_asked_for_a_name_unless_one_is_given(session):
    plain = accounts.open_account(session, email="a@example.org")
    named = accounts.open_account(session, email="b@example.org", display_name="Exemple B")
    assert (plain.display_name, plain.name_asked_at, set(plain.roles)) == ("", None, set())
    assert (named.display_name, named.name_asked_at) == ("Exemple B", clock.now())
    assert plain.language == "fr"


def test_a_known_account_keeps_its_name_and_language(session):
    first = accounts.open_account(session, email="a@example.org", display_name="A", language="en")
    again = accounts.open_account(session, email="a@example.org", display_name="B", language="fr")
    assert again is first
    assert (first.display_name, first.language) == ("A", "en")


def test_joining_is_an_event_once(session):
    before = count(session, OutboxEvent)
    for _ in range(3):
        accounts.open_account(session, email="a@example.org")
    assert count(session, OutboxEvent) == before + 1


def test_the_address_is_not_in_the_file_in_clear(site):
    with database.writing() as session:
        accounts.open_account(session, email="canari-adresse@example.org")
    with database.reading() as session:
        row = session.connection().exec_driver_sql("SELECT * FROM members_member").one()
    assert "canari" not in " ".join(map(str, row))


@pytest.mark.parametrize("role", accounts.ROLES)
def test_a_role_is_given_once_and_told_once(session, role):
    member = add_member(session, 1)
    before = count(session, AuditEntry)
    for _ in range(2):
        accounts.grant_role(session, member=member, role=role, actor=None)
        session.flush()
    assert set(member.roles) == {role}
    assert count(session, AuditEntry) == before + 1
    newest = session.scalar(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))
    assert newest.action == f"members.grant.{role}"


@pytest.mark.parametrize("role", ["coordinator", "Parent", "", "admin", "parent "])
def test_there_are_no_other_roles(session, role):
    member = add_member(session, 1)
    accounts.grant_role(session, member=member, role="parent", actor=None)
    with pytest.raises(BadInput, match="The roles are: parent, volunteer"):
        accounts.grant_role(session, member=member, role=role, actor=None)
    assert set(member.roles) == {"parent"}


@pytest.mark.parametrize("role", accounts.ROLES)
def test_with_a_role_that_reads_families_one_logs_in_again(session, role):
    member, other = add_member(session, 1), add_member(session, 2)
    tokens = {person.id: new_token() for person in (member, other)}
    for person in (member, other):
        service.start_session(session, token=tokens[person.id], member=person)
    accounts.grant_role(session, member=member, role=role, actor=None)
    session.expire_all()
    live = service.find_session(session, token=tokens[member.id])
    assert (live is None) == (role in accounts.READS_FAMILIES)
    assert service.find_session(session, token=tokens[other.id]) is not None


@pytest.mark.parametrize("role", accounts.ROLES)
def test_whose_sessions_are_short(session, role):
    member = add_member(session, 1, role)
    assert staff.is_staff(member) == (role in accounts.READS_FAMILIES)
    row = service.start_session(session, token=new_token(), member=member)
    longest = staff.STAFF_ABSOLUTE if staff.is_staff(member) else service.ABSOLUTE
    assert row.expires_at - row.created_at == longest


def test_an_account_that_was_suspended_meanwhile_writes_nothing_more(session):
    member = add_member(session, 1)
    accounts.lock_member(session, member.id)
    member.suspended_at = clock.now()
    session.flush()
    with pytest.raises(Refused) as caught:
        accounts.lock_member(session, member.id)
    assert str(caught.value) == str(accounts.STOPPED)
    member.suspended_at = None
    session.flush()
    accounts.lock_member(session, member.id)


def test_an_account_is_ones_own_only(session):
    member, other = add_member(session, 1), add_member(session, 2)
    assert rules.is_self(member, member)
    assert not rules.is_self(member, other)
    assert not rules.is_self(member, None)
    assert not rules.is_self(member, object())


def test_a_cookie_of_nobody_opens_nothing(session):
    assert service.find_session(session, token="") is None
    assert service.find_session(session, token=new_token()) is None
    service.revoke_session(session, token=new_token())
    assert not service.revoke_token(session, name="absent")


@pytest.mark.parametrize(
    ("field", "age", "is_live"),
    [
        ("seen_at", service.IDLE - timedelta(seconds=1), True),
        ("seen_at", service.IDLE, False),
        ("created_at", service.ABSOLUTE - timedelta(seconds=1), True),
    ],
)
def test_a_session_that_idles_ends_to_the_second(session, field, age, is_live):
    token = new_token()
    row = service.start_session(session, token=token, member=add_member(session, 1))
    session.flush()
    setattr(row, field, clock.now() - age)
    assert (service.find_session(session, token=token) is not None) is is_live


def test_a_member_who_is_gone_has_no_index(session):
    assert accounts.find_member(session, email=f"{new_id()}@example.org") is None
