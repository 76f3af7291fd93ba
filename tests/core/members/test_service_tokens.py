"""Tokens of programs: shown once, kept as a digest, dead as soon as they are revoked."""

import pytest
from sqlalchemy import select

from entraide import database
from entraide.errors import BadInput, LoginRequired
from entraide.ids import digest
from entraide.members import service
from entraide.members.callers import find_caller
from entraide.members.models import ApiToken
from entraide.web.scopes import InsufficientScope


def make(member=None, name="programme exemple", scopes=("offers:write",)):
    with database.writing() as session:
        return service.create_token(session, name=name, scopes=list(scopes), member=member)


def check(token):
    with database.reading() as session:
        return service.check_token(session, token=token)


def test_only_the_digest_of_a_token_is_kept(site):
    token = make()
    with database.reading() as session:
        row = session.scalars(select(ApiToken)).one()
    assert row.digest == digest(token)
    assert token not in str(vars(row))
    assert check(token).name == "programme exemple"


@pytest.mark.parametrize("token", ["", "a" * 32])
def test_an_unknown_token_opens_nothing(site, token):
    make()
    with pytest.raises(LoginRequired):
        check(token)


def test_a_token_does_only_what_its_scope_says(app):
    headers = {"Authorization": f"Bearer {make()}"}
    with app.test_request_context(headers=headers), database.reading() as session:
        assert find_caller(session, "offers:write").member is None
        with pytest.raises(InsufficientScope, match="scope members:read; the token has offers:w"):
            find_caller(session, "members:read")


@pytest.mark.parametrize("scopes", [("offers:read",), ("offers:write", "toys:read")])
def test_a_token_has_scopes_that_somebody_declares(site, scopes):
    with pytest.raises(BadInput, match=r"The scopes of this site are:\n  offers:write  "):
        make(scopes=scopes)


def test_a_revoked_token_is_dead_at_once(site):
    token = make()
    with database.writing() as session:
        assert service.revoke_token(session, name="programme exemple")
        assert not service.revoke_token(session, name="programme exemple")
        assert not service.revoke_token(session, name="nothing")
    with pytest.raises(LoginRequired):
        check(token)


def test_ending_everything_of_a_member_ends_their_tokens_and_no_other(member):
    own, site_own = make(member), make(name="the site's")
    with database.writing() as session:
        service.revoke_everything(session, member_id=member.id)
    assert check(site_own).member_id is None
    with pytest.raises(LoginRequired):
        check(own)
    with database.reading() as session:
        assert len(service.list_tokens(session)) == 2


@pytest.mark.parametrize(
    "name", ["programme exemple", "revoked", "", "n" * 81, "two\nlines", "\x1b[2Jred", "\u202eback"]
)
def test_a_name_is_of_one_token_and_stands_in_one_line(site, name):
    make()
    make(name="revoked")
    with database.writing() as session:
        service.revoke_token(session, name="revoked")
    with pytest.raises(BadInput):
        make(name=name)
