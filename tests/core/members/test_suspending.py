"""Stopping accounts from the command line: roles taken back, suspended, reinstated."""

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from entraide import clock, database, policy, runtime
from entraide.audit import AuditEntry
from entraide.cli import entraide
from entraide.directory.listing.models import Listing
from entraide.directory.models import Offer
from entraide.errors import BadInput, Forbidden, LoginRequired, Refused
from entraide.members import accounts, service, suspending
from entraide.members.callers import find_caller
from entraide.members.models import Member
from entraide.outbox.models import OutboxMessage
from entraide.testing import (
    add_answer,
    add_member,
    add_offer,
    add_organisation,
    add_request,
    browser,
    log_in,
)

from .conftest import enter, is_logged_in, make_link

KINDS = '''"""One kind of help."""

from entraide import Kind, hookimpl
from marshmallow import Schema


@hookimpl
def register_kinds():
    """Declare the kind."""
    yield Kind("loan", "Prêt", Schema)
'''


@pytest.fixture
def site(make_site, database_url):
    files = {"plugins/lending.py": KINDS}
    with runtime.activate(make_site(url=database_url, plugins=("lending",), files=files)) as opened:
        yield opened


@pytest.fixture
def command(site):
    """Run `entraide members ...` on the active site."""

    def run(*arguments):
        return CliRunner().invoke(entraide, ["members", *arguments], obj=site)

    return run


@pytest.fixture
def volunteer(site):
    """Give a volunteer with an offer of their own online, and one for an association."""
    with database.writing() as session:
        member = add_member(session, 1, "volunteer")
        organisation = add_organisation(session, coordinator=member)
        add_offer(session, 1, kind="loan", actor=member)
        add_offer(session, 2, kind="loan", actor=member, organisation_id=organisation.id)
        return member


def publications():
    with database.reading() as session:
        return list(session.scalars(select(Offer.publication).order_by(Offer.title)))


def journal(start):
    with database.reading() as session:
        wanted = select(AuditEntry.action, AuditEntry.actor, AuditEntry.subject)
        return [tuple(row) for row in session.execute(wanted) if row[0].startswith(start)]


def test_a_suspended_account_is_of_no_use_to_anybody(app, command, volunteer):
    client = log_in(browser(app), volunteer.email)
    with database.writing() as session:
        member = session.get_one(Member, volunteer.id)
        token = service.create_token(session, name="t", scopes=["offers:write"], member=member)
    assert command("suspend", volunteer.email).exit_code == 0
    assert not is_logged_in(client)
    answer = enter(browser(app), make_link(volunteer.email))
    assert answer.status_code == 409
    assert "ne peut pas être utilisé pour le moment" in answer.text
    with database.reading() as session, pytest.raises(LoginRequired):
        service.check_token(session, token=token)
    with database.reading() as session:
        member = session.get_one(Member, volunteer.id)
        assert not policy.allowed(member, "directory.propose")
        assert session.scalars(select(OutboxMessage.address)).all() == [volunteer.email]
    assert publications() == ["hidden", "public"], "the offer of the association is its own"
    assert [row[0] for row in journal("members.suspend")] == ["members.suspend"]
    assert journal("members.revoke_everything") == [], "that is a part of it"
    refused = command("suspend", volunteer.email)
    assert refused.exit_code == 1
    assert isinstance(refused.exception, Refused)


@pytest.mark.parametrize("write", ["offer", "request", "answer"])
def test_a_request_that_began_before_the_suspension_writes_nothing_after_it(
    command, volunteer, write
):
    with database.reading() as session:
        before = session.get_one(Member, volunteer.id)
    with database.writing() as session:
        other = add_member(session, 2, "parent")
        asked = add_request(session, kind="loan", actor=other)
    assert command("suspend", volunteer.email).exit_code == 0
    acts = {
        "offer": lambda session: add_offer(session, 3, kind="loan", actor=before),
        "request": lambda session: add_request(session, kind="loan", actor=before),
        "answer": lambda session: add_answer(
            session, request=session.get_one(type(asked), asked.id), actor=before
        ),
    }
    assert before.suspended_at is None, "as the one who asked was read"
    with pytest.raises(Refused), database.writing() as session:
        acts[write](session)
    assert publications() == ["hidden", "public"]


def test_an_answer_that_began_before_a_role_was_taken_back_is_refused(command, site):
    with database.writing() as session:
        volunteer = add_member(session, 5, "volunteer")
        asked = add_request(session, kind="loan", actor=add_member(session, 2, "parent"))
    assert command("revoke", volunteer.email, "--role", "volunteer").exit_code == 0
    assert volunteer.roles == {"volunteer"}, "as the one who asked was read"
    with pytest.raises(Forbidden), database.writing() as session:
        add_answer(session, request=session.get_one(type(asked), asked.id), actor=volunteer)


def test_what_was_hidden_is_read_again_before_it_is_public(app, command, volunteer):
    with database.writing() as session:
        session.execute(update(Offer).values(reminded_at=clock.now()))
    command("suspend", volunteer.email)
    assert command("reinstate", volunteer.email).exit_code == 0
    assert publications() == ["pending", "public"]
    with database.reading() as session:
        asked = select(Offer.reminded_at).where(Offer.publication == "pending")
        assert session.scalars(asked).all() == [None], "whoever may decide is reminded again"
    assert is_logged_in(log_in(browser(app), volunteer.email))
    assert isinstance(command("reinstate", volunteer.email).exception, Refused)
    assert journal("members.reinstate") == [("members.reinstate", "site", str(volunteer.id))]


def test_everything_of_an_account_is_taken_down(command, volunteer):
    assert command("suspend", volunteer.email, "--take-down").exit_code == 0
    assert publications() == ["withdrawn", "withdrawn"]
    with database.reading() as session:
        assert session.scalars(select(Listing).where(Listing.type == "offer")).all() == []
    command("reinstate", volunteer.email)
    assert publications() == ["withdrawn", "withdrawn"], "for good"


@pytest.mark.parametrize("role", ["volunteer", "coordinator"])
def test_a_role_is_taken_back(app, command, volunteer, role):
    client = log_in(browser(app), volunteer.email)
    result = command("revoke", volunteer.email, "--role", role)
    assert result.exit_code == 0, result.output
    assert ("no role" in result.output) == (role == "volunteer")
    assert not is_logged_in(client)
    assert journal("members.revoke.") == [(f"members.revoke.{role}", "site", str(volunteer.id))]
    again = command("revoke", volunteer.email, "--role", role)
    assert isinstance(again.exception, BadInput)
    assert f"has no role {role}" in str(again.exception)


@pytest.mark.parametrize("how", [("revoke", "--role", "administrator"), ("suspend",)])
def test_the_last_administrator_stays(command, how):
    with database.writing() as session:
        first, second = (add_member(session, number, "administrator") for number in (1, 2))
    act, *options = how
    assert command(act, first.email, *options).exit_code == 0
    refused = command(act, second.email, *options)
    assert isinstance(refused.exception, Refused)
    with database.reading() as session:
        assert "administrator" in session.get_one(Member, second.id).roles
        assert session.get_one(Member, second.id).suspended_at is None


@pytest.mark.parametrize("act", ["suspend", "reinstate", "revoke"])
def test_an_address_that_nobody_has(command, act):
    options = ["--role", "volunteer"] if act == "revoke" else []
    result = command(act, "nobody@example.org", *options)
    assert "No member has the address" in str(result.exception)


def test_a_suspended_account_gets_no_new_token(site, command, volunteer):
    command("suspend", volunteer.email)
    result = CliRunner().invoke(
        entraide, ["token", "create", "--member", volunteer.email], obj=site
    )
    assert "is suspended" in str(result.exception)


def test_the_token_of_a_member_who_is_gone_does_not_act_for_the_site(app, volunteer):
    with app.test_request_context(headers={"Authorization": "Bearer x"}):
        with database.writing() as session:
            member = session.get_one(Member, volunteer.id)
            token = service.create_token(session, name="t", scopes=["offers:write"], member=member)
            member.suspended_at = runtime.current().clock.now()
        headers = {"Authorization": f"Bearer {token}"}
    with (
        app.test_request_context(headers=headers),
        database.reading() as session,
        pytest.raises(LoginRequired),
    ):
        find_caller(session, "offers:write")


def test_the_site_stays_with_a_person_who_can_log_in(site):
    with database.writing() as session:
        first, second = (add_member(session, number, "administrator") for number in (1, 2))
        suspending.suspend(session, member=first, actor=second.id)
        with pytest.raises(Refused):
            suspending.revoke_role(session, member=second, role="administrator", actor=None)
        accounts.grant_role(session, member=second, role="volunteer", actor=None)
        suspending.revoke_role(session, member=second, role="volunteer", actor=first.id)
