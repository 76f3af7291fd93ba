"""The six digits beside a login link: who may type them, how often, and who is not stopped."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from entraide import database, runtime
from entraide.ids import digest
from entraide.members import codes
from entraide.members.codes import LIFETIME, TRIES
from entraide.members.limits import LINKS_WINDOW
from entraide.members.models import LoginLink
from entraide.members.sessions import asking_of
from entraide.testing import browser, cookie_token

from .test_drafts import ask_link, email_of, enter, last_mail, send, write


@pytest.fixture
def village(town):
    """The town on both databases, under the name that these tests use."""
    return town


def wrong(code):
    return str((int(code.replace(" ", "")) + 1) % 1_000_000).zfill(6)


def test_a_code_has_few_tries_and_the_link_stays(village):
    writer, email = village.browse(), email_of(51)
    link, code = ask_link(writer, write(writer), email)
    for number in range(TRIES):
        refused = send(
            writer, "/login/code", page="/login/code" if number == 0 else "/login", code=wrong(code)
        )
        assert refused.status_code == 422
    assert send(writer, "/login/code", page="/login", code=code).status_code == 422
    assert enter(writer, link).status_code == 303


def test_a_code_is_bound_to_the_browser_that_asked(village):
    writer = village.browse()
    _link, code = ask_link(writer, write(writer), email_of(52))
    thief = village.browse()
    write(thief)
    assert send(thief, "/login/code", page="/login", code=code).status_code == 422
    ask_link(thief, write(thief), email_of(53))
    assert send(thief, "/login/code", page="/login", code=code).status_code == 422
    assert send(writer, "/login/code", code=code).status_code == 303


@pytest.mark.parametrize(("late", "status"), [(-1, 303), (0, 422), (1, 422)])
def test_a_code_ends_after_ten_minutes(village, late, status):
    writer = village.browse()
    _link, code = ask_link(writer, write(writer), email_of(54))
    village.site.clock.advance(LIFETIME + timedelta(seconds=late))
    assert send(writer, "/login/code", page="/login", code=code).status_code == status


def test_a_login_by_the_link_ends_the_code_and_every_other_link(village):
    writer, email = village.browse(), email_of(55)
    draft = write(writer)
    first, _code = ask_link(writer, draft, email)
    second, code = ask_link(writer, draft, email)
    assert enter(browser(village.app), second).status_code == 303
    assert browser(village.app).get(f"/login/{first}").status_code == 404
    assert send(writer, "/login/code", page="/login", code=code).status_code == 422


def test_codes_of_one_address_cannot_be_guessed_one_after_the_other(village):
    email, tried = email_of(56), 0
    for _round in range(6):
        client = village.browse()
        send(client, "/login", email=email)
        _link, code = last_mail()
        for _try in range(TRIES):
            send(client, "/login/code", page="/login", code=wrong(code))
        with database.reading() as session:
            tried = sum(session.scalars(select(LoginLink.code_tries)))
        village.site.clock.advance(LINKS_WINDOW)
    assert tried == 15
    assert send(client, "/login/code", page="/login", code=code).status_code == 422


def ask_codes(village, count, line, email="stranger{}@example.org"):
    """Ask for codes from one line, each for another address; return the browsers."""
    clients = [village.browse() for _number in range(count)]
    for number, client in enumerate(clients):
        client.environ_base["REMOTE_ADDR"] = line
        send(client, "/login", email=email.format(f"{line.replace(':', '')}{number}"))
    return clients


def guess(clients):
    for client in clients:
        for _try in range(TRIES):
            send(client, "/login/code", page="/login", code="000000")


def type_code(client, email):
    runtime.current().clock.advance(timedelta(seconds=1))
    send(client, "/login", email=email)
    _link, code = last_mail()
    return send(client, "/login/code", page="/login", code=code).status_code


def tried():
    with database.reading() as session:
        return sum(session.scalars(select(LoginLink.code_tries)))


LINES_OF_ONE_HOLDER = [f"2001:db8:7:{number:x}::1" for number in range(4)]


@pytest.mark.parametrize(
    ("lines", "most"),
    [(["203.0.113.66"], codes.LINE_TRIES), (LINES_OF_ONE_HOLDER, codes.HOLDER_TRIES)],
)
def test_whoever_guesses_codes_from_one_line_stops_nobody_else(village, lines, most):
    for line in lines:
        guess(ask_codes(village, 5, line))
    assert tried() == most
    assert type_code(village.browse(), email_of(60)) == 303


def test_whoever_guesses_from_many_lines_stops_nobody_else(village):
    """The site is crowded with guesses: the right code still logs in, and guessing is slow."""
    for number in range(5):
        guess(ask_codes(village, 3, f"198.51.{number}.7"))
    assert tried() >= codes.SITE_TRIES
    before = tried()
    guess(ask_codes(village, 9, "203.0.113.5"))
    assert tried() - before == codes.LINE_TRIES // codes.CROWDED
    assert type_code(village.browse(), email_of(61)) == 303


def test_guesses_at_an_address_leave_its_owner_the_browsers_that_know_it(village):
    email, owner = village.emails["parent"], village.browse("parent")
    send(owner, "/logout", page="/account")
    for number in range(3):
        guess(ask_codes(village, 1, f"198.51.{number}.7", email))
    assert tried() == codes.ADDRESS_TRIES
    assert type_code(village.browse(), email) == 422
    assert type_code(owner, email) == 303


def test_only_keyed_digests_of_codes_are_kept(village):
    writer = village.browse()
    link, code = ask_link(writer, write(writer), email_of(57))
    with database.reading() as session:
        row = session.get_one(LoginLink, digest(link))
        asking = asking_of(session, token=cookie_token(writer), member_id=None)
    assert (row.browser, row.visit_id) == (asking.browser, asking.visit_id)
    assert code.replace(" ", "") not in str(vars(row))
    assert re.fullmatch("[0-9a-f]{64}", row.code_index)


def test_a_login_for_another_address_needs_its_own_code(village):
    member = village.browse("parent")
    send(member, "/login", email=email_of(58))
    _link, code = last_mail()
    assert send(member, "/login/code", code=code).status_code == 303
    assert "parent58@example.org" in member.get("/account").text
