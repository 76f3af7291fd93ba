"""Logging in by a link: once, in time, the same for everybody, only to this site."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from entraide import database
from entraide.ids import digest, new_id
from entraide.members import drafts, service
from entraide.members.limits import LINKS_PER_ADDRESS, LINKS_WINDOW
from entraide.members.models import LoginLink, Member
from entraide.members.service import LINK_LIFETIME
from entraide.outbox.models import OutboxMessage
from entraide.testing import browser, csrf_of

from .conftest import advance, enter, is_logged_in, make_link

SECOND = timedelta(seconds=1)
CHANGING = re.compile(r'value="[0-9a-f]{128}"|[a-z0-9.]+@example\.org')


def ask(client, email, next_path="/"):
    page = client.get("/login")
    form = {"csrf_token": csrf_of(page.text), "email": email, "next": next_path}
    return client.post("/login", data=form)


def test_a_link_logs_in_once(client, app, link):
    assert enter(client, link).headers["Location"] == "/account"
    assert is_logged_in(client)
    other = browser(app)
    assert enter(other, link).status_code == 404
    assert not is_logged_in(other)


def test_opening_a_link_does_not_use_it_up(client, link):
    pages = [client.get(f"/login/{link}") for _time in range(3)]
    assert {page.status_code for page in pages} == {200}
    assert not is_logged_in(client)
    assert enter(client, link).status_code == 303


def test_two_presses_of_the_button_log_in_once(app, link):
    browsers = [browser(app), browser(app)]
    tokens = [csrf_of(one.get(f"/login/{link}").text) for one in browsers]
    answers = [
        one.post(f"/login/{link}", data={"csrf_token": token})
        for one, token in zip(browsers, tokens, strict=True)
    ]
    assert [answer.status_code for answer in answers] == [303, 404]


@pytest.mark.parametrize(("late", "status"), [(-SECOND, 303), (timedelta(0), 404), (SECOND, 404)])
def test_a_link_ends_to_the_second(client, link, late, status):
    advance(LINK_LIFETIME + late)
    assert enter(client, link).status_code == status


def test_only_the_digest_of_a_link_is_kept(link):
    with database.reading() as session:
        assert session.scalars(select(LoginLink.digest)).all() == [digest(link)]


def test_known_and_unknown_addresses_get_the_same_answer(app, member):
    def answer_of(email):
        answer = ask(browser(app), email)
        return answer.status_code, CHANGING.sub("", answer.text)

    assert answer_of(member.email) == answer_of("unknown9@example.org")
    with database.reading() as session:
        addresses = session.scalars(select(OutboxMessage.address)).all()
        assert sorted(addresses) == sorted([member.email, "unknown9@example.org"])
        assert session.scalar(select(func.count()).select_from(Member)) == 1


def test_an_account_opens_with_the_first_login(client):
    answer = enter(client, make_link("New7@Example.org "))
    assert answer.headers["Location"] == "/account/name?next=%2Faccount"
    with database.reading() as session:
        member = session.scalars(select(Member)).one()
        assert (member.email, member.display_name, member.roles) == (
            "new7@example.org",
            "",
            frozenset(),
        )


def test_mails_to_one_address_have_a_limit(app, member):
    statuses = [
        ask(browser(app), email).status_code
        for email in [member.email, member.email.upper()] * LINKS_PER_ADDRESS
    ]
    assert statuses == [200] * LINKS_PER_ADDRESS + [429] * LINKS_PER_ADDRESS
    assert ask(browser(app), "other9@example.org").status_code == 200
    advance(LINKS_WINDOW)
    assert ask(browser(app), member.email).status_code == 200


@pytest.mark.parametrize("email", ["", "nobody", "a@b@c", "x" * 250 + "@example.org"])
def test_what_is_no_address_is_asked_again(client, email):
    answer = ask(client, email)
    assert answer.status_code == 422
    assert "field-email" in answer.text


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/requests/mine", "/requests/mine"),
        ("/find?q=a&where=58079", "/find?q=a&where=58079"),
        ("//evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("\\/evil.example", "/"),
        ("/%0d%0aLocation:", "/"),
        ("/a\r\nb", "/"),
        ("javascript:x", "/"),
        ("/" + "a" * 500, "/"),
        ("", "/"),
    ],
)
def test_a_login_leads_to_a_page_of_this_site_only(client, member, path, leads_to):
    assert ask(client, member.email, path).status_code == 200
    with database.reading() as session:
        body = session.scalars(select(OutboxMessage.body)).one()
    token = re.search(r"/login/(\S{32})", body)[1]
    assert enter(client, token).headers["Location"] == leads_to


def test_a_page_for_members_asks_visitors_to_log_in(client):
    answer = client.get("/account")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login?next=")


def test_a_used_link_shows_the_way_to_a_new_one(client, app, member):
    token = make_link(member.email, "/requests/mine")
    assert enter(client, token).status_code == 303
    page = browser(app).get(f"/login/{token}")
    assert page.status_code == 404
    assert 'href="/login?next=/requests/mine"' in page.text
    unknown = browser(app).get("/login/unknown")
    assert unknown.status_code == 404
    assert 'href="/login"' in unknown.text


@pytest.mark.parametrize(
    ("has_draft", "next_path", "leads_to"),
    [(True, "/", "/post/drafts"), (True, "/find", "/find"), (False, "/", "/")],
)
def test_a_login_from_the_menu_leads_to_what_was_begun(
    client, member, has_draft, next_path, leads_to
):
    visit = new_id()
    with database.writing() as session:
        if has_draft:
            owner = drafts.Owner(visit_id=visit)
            drafts.begin(session, owner=owner, answers={"side": "request"}, has_text=bool)
        asking = service.Asking(visit_id=visit)
        link = service.request_link(session, email=member.email, next_path=next_path, asking=asking)
    assert enter(client, link).headers["Location"] == leads_to
