"""What plugins hear of accounts, and what a resource of the API knows of who calls it."""

from __future__ import annotations

import pytest
from flask import g
from sqlalchemy import delete, select

from entraide import clock, database
from entraide.errors import LoginRequired
from entraide.members import accounts, callers, service, suspending
from entraide.members.models import ApiToken, Member
from entraide.outbox.models import OutboxEvent
from entraide.testing import add_member


def told():
    with database.reading() as session:
        rows = session.scalars(select(OutboxEvent).order_by(OutboxEvent.id)).all()
        return [(row.name, row.members) for row in rows if row.name.startswith("Member")]


def test_every_step_of_an_account_is_told(site):
    with database.writing() as session:
        member = accounts.open_account(session, email="parent7@example.org")
        accounts.grant_role(session, member=member, role="volunteer", actor=None)
        accounts.grant_role(session, member=member, role="volunteer", actor=None)
        suspending.revoke_role(session, member=member, role="volunteer", actor=None)
        suspending.suspend(session, member=member, actor=None)
        suspending.reinstate(session, member=member, actor=None)
    own, role = {"identifier": str(member.id)}, {"role": "volunteer"}
    assert told() == [
        ("MemberJoined", own),
        ("MemberRoleGranted", own | role),
        ("MemberRoleRevoked", own | role),
        ("MemberSuspended", own),
        ("MemberReinstated", own),
    ]


def test_what_is_rolled_back_is_told_to_nobody(site):
    def interrupted():
        with database.writing() as session:
            accounts.open_account(session, email="parent7@example.org")
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    assert told() == []


def test_a_view_that_is_open_to_all_knows_no_caller(app):
    with app.test_request_context(), pytest.raises(LookupError, match="mark it with @scope"):
        callers.caller()


@pytest.mark.parametrize(
    ("header", "token"),
    [("", ""), ("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", ""), ("abc", "")],
)
def test_the_token_stands_in_the_header(app, header, token):
    headers = {"Authorization": header} if header else {}
    with app.test_request_context(headers=headers):
        assert callers.bearer_token() == token
        assert callers.has_token() == bool(header)


def test_a_token_of_a_suspended_member_opens_nothing(app):
    with database.writing() as session:
        member = add_member(session, 1, "volunteer")
        token = service.create_token(session, name="t", scopes=["offers:write"], member=member)
    headers = {"Authorization": f"Bearer {token}"}
    with app.test_request_context(headers=headers), database.reading() as session:
        assert callers.find_caller(session, "offers:write").member.id == member.id
        assert "missing_scope" not in g
    # Even one that nobody has revoked, as when the account is stopped at this very moment.
    with database.writing() as session:
        session.get_one(Member, member.id).suspended_at = clock.now()
    with app.test_request_context(headers=headers), pytest.raises(LoginRequired, match="suspended"):
        callers.check_caller("offers:write")
    with database.writing() as session:
        session.get_one(Member, member.id).suspended_at = None
    with database.writing() as session:
        suspending.suspend(session, member=session.get_one(Member, member.id), actor=None)
    with app.test_request_context(headers=headers), pytest.raises(LoginRequired):
        callers.check_caller("offers:write")
    with database.writing() as session:
        session.execute(delete(ApiToken))
    with app.test_request_context(headers=headers), pytest.raises(LoginRequired):
        callers.check_caller("offers:write")
