"""Sessions: fresh at each login, revoked everywhere at once, ended in time."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from entraide import database, runtime
from entraide.ids import digest
from entraide.members import service
from entraide.members.accounts import grant_role
from entraide.members.models import Member, Session
from entraide.members.staff import STAFF_ABSOLUTE, STAFF_IDLE, is_staff
from entraide.testing import add_member, add_organisation, browser, csrf_of, log_in
from entraide.web.visitors import cookie_name

from .conftest import advance, enter, is_logged_in, make_link

SECOND = timedelta(seconds=1)


def cookie_of(client):
    return client.get_cookie(cookie_name(runtime.current()), domain="site.example")


def replay(app, cookie):
    """Return a browser that has only a stolen cookie."""
    thief = browser(app)
    thief.set_cookie(cookie.key, cookie.value, domain="site.example", secure=True)
    return thief


def press(client, path):
    return client.post(path, data={"csrf_token": csrf_of(client.get("/account").text)})


def test_a_login_changes_the_cookie(client, app, member):
    client.get("/login")
    before = cookie_of(client)
    log_in(client, member.email)
    assert cookie_of(client).value != before.value
    assert not is_logged_in(replay(app, before))


@pytest.mark.parametrize(
    ("role", "stays"), [("parent", True), ("volunteer", False), ("moderator", False)]
)
def test_more_rights_begin_with_a_fresh_session(client, app, member, role, stays):
    log_in(client, member.email)
    with database.writing() as session:
        grant_role(session, member=session.get_one(Member, member.id), role=role, actor=None)
    assert is_logged_in(client) is stays
    log_in(client, member.email)
    assert is_logged_in(client)
    with database.writing() as session:
        grant_role(session, member=session.get_one(Member, member.id), role=role, actor=None)
    assert is_logged_in(client)


def test_the_cookie_is_for_this_site_alone(client, member):
    log_in(client, member.email)
    cookie = cookie_of(client)
    assert cookie.key == "__Host-entraide"
    assert (cookie.secure, cookie.http_only, cookie.same_site) == (True, True, "Lax")
    with database.reading() as session:
        assert session.scalars(select(Session.digest)).all() == [digest(cookie.value.split(".")[1])]


def test_a_cookie_is_worth_nothing_after_logout(client, app, member):
    log_in(client, member.email)
    cookie = cookie_of(client)
    assert is_logged_in(replay(app, cookie))
    assert press(client, "/logout").status_code == 303
    assert not is_logged_in(client)
    assert not is_logged_in(replay(app, cookie))


def test_logging_out_everywhere_ends_the_sessions_of_one_member(app, member):
    with database.writing() as session:
        other = add_member(session, 2, "parent")
    first, second, foreign = (
        log_in(browser(app), email) for email in (member.email, member.email, other.email)
    )
    assert press(first, "/account/sessions").status_code == 303
    assert [is_logged_in(one) for one in (first, second, foreign)] == [False, False, True]


@pytest.mark.parametrize("path", ["/logout", "/account/sessions"])
def test_leaving_needs_the_token_of_a_form(client, member, path):
    log_in(client, member.email)
    assert client.post(path).status_code == 403
    assert is_logged_in(client)


@pytest.mark.parametrize(
    ("role", "lifetime", "idle"),
    [
        ("parent", service.ABSOLUTE, service.IDLE),
        ("volunteer", STAFF_ABSOLUTE, STAFF_IDLE),
        ("moderator", STAFF_ABSOLUTE, STAFF_IDLE),
        ("administrator", STAFF_ABSOLUTE, STAFF_IDLE),
    ],
)
def test_a_session_ends_in_time_and_earlier_for_staff(app, site, role, lifetime, idle):
    with database.writing() as session:
        email = add_member(session, 5, role).email
    client = log_in(browser(app), email)
    passed, step = timedelta(0), idle - SECOND
    while passed + step < lifetime:
        advance(step)
        passed += step
        assert is_logged_in(client)
    advance(lifetime - passed - SECOND)
    assert is_logged_in(client)
    advance(SECOND)
    assert not is_logged_in(client)


@pytest.mark.parametrize(("late", "is_in"), [(-SECOND, True), (timedelta(0), False)])
@pytest.mark.parametrize(("role", "idle"), [("parent", service.IDLE), ("moderator", STAFF_IDLE)])
def test_a_session_that_nobody_uses_ends(app, site, role, idle, late, is_in):
    with database.writing() as session:
        email = add_member(session, 6, role).email
    client = log_in(browser(app), email)
    advance(idle + late)
    assert is_logged_in(client) == is_in


@pytest.mark.parametrize("value", ["", "fr.", "fr." + "a" * 32, "fr." + "a" * 31, "xx.a", "é" * 9])
def test_a_made_up_cookie_is_nobody(app, member, value):
    thief = browser(app)
    thief.set_cookie("__Host-entraide", value, domain="site.example", secure=True)
    assert not is_logged_in(thief)


def test_what_has_ended_is_forgotten_after_a_day(client, member):
    log_in(client, member.email)
    press(client, "/logout")
    for step, left in ((timedelta(days=1) - SECOND, 1), (2 * SECOND, 0)):
        advance(step)
        service.forget_ended()
        with database.reading() as session:
            assert len(session.scalars(select(Session)).all()) == left


@pytest.mark.parametrize(
    ("role", "is_short"),
    [
        ("parent", False),
        ("", False),
        ("volunteer", True),
        ("coordinator", True),
        ("moderator", True),
        ("administrator", True),
        ("coordinator later", True),
    ],
)
def test_who_reads_what_families_write_has_a_short_session(app, site, role, is_short):
    roles = [role] if role in ("parent", "volunteer", "moderator", "administrator") else []
    with database.writing() as session:
        member = add_member(session, 7, *roles)
        if role == "coordinator":
            add_organisation(session, coordinator=member)
    client = log_in(browser(app), member.email)
    if role == "coordinator later":
        with database.writing() as session:
            add_organisation(session, coordinator=member)
    with database.reading() as session:
        assert is_staff(session.get_one(Member, member.id)) is is_short
    advance(STAFF_IDLE - SECOND)
    assert is_logged_in(client)
    advance(STAFF_IDLE)
    assert is_logged_in(client) is not is_short
    log_in(client, member.email)
    for _half_hour in range(25):
        advance(STAFF_IDLE - SECOND)
        client.get("/account")
    assert is_logged_in(client) is not is_short


@pytest.mark.parametrize("end", ["login", "log out everywhere"])
def test_links_end_with_a_login_and_with_every_session(app, member, end):
    waiting = [make_link(member.email), make_link(member.email.upper())]
    client = log_in(browser(app), member.email)
    if end == "log out everywhere":
        waiting = [make_link(member.email)]
        press(client, "/account/sessions")
    for token in waiting:
        assert enter(browser(app), token).status_code == 404
    assert enter(browser(app), make_link(member.email)).status_code == 303


def test_links_of_others_stay(app, member):
    with database.writing() as session:
        other = add_member(session, 8, "parent").email
    waiting = make_link(other)
    press(log_in(browser(app), member.email), "/account/sessions")
    assert enter(browser(app), waiting).status_code == 303
