"""Limits of links and drafts: what a stranger with many addresses can do, and cannot."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from entraide import database
from entraide.clock import now
from entraide.errors import TooManyRequests
from entraide.members import limits, service
from entraide.members.models import LoginLink
from entraide.members.models import Session as MemberSession
from entraide.outbox.models import OutboxMessage
from entraide.testing import browser, csrf_of, log_in

from .conftest import advance, enter, make_link

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def ask(email, client="203.0.113.1", mark=""):
    """Ask for a link as a view does; tell whether it was granted."""
    try:
        with database.writing() as session:
            token = service.request_link(
                session, email=email, next_path="/", client=client, mark=mark
            )
            service.send_link(session, email=email, subject="s", body="b", token=token)
    except TooManyRequests:
        return False
    return True


def begin(client, number):
    try:
        with database.writing() as session:
            service.start_visit(session, token=f"visit-{client}-{number}", client=client)
    except TooManyRequests:
        return False
    return True


def mails(**conditions):
    with database.reading() as session:
        found = select(func.count()).select_from(OutboxMessage).filter_by(**conditions)
        return session.scalar(found)


def lines(count, block="2001:db8:{:x}:1::/64"):
    return [block.format(number) for number in range(count)]


# One mailbox ------------------------------------------------------------------------------


def test_a_mailbox_is_not_flooded(site, member):
    """Asked for every ten minutes of two days, from ever other lines, by browsers not hers."""
    granted = []
    for step in range(2 * DAY // (10 * MINUTE)):
        if ask(member.email, client=f"198.51.{step % 200}.{step // 200}"):
            granted.append(step * 10 * MINUTE)
        advance(10 * MINUTE)
    assert 10 <= sum(time < DAY for time in granted) <= 16
    assert len(granted) <= 32
    waits = [later - earlier for earlier, later in pairwise(granted)]
    assert max(waits) <= timedelta(hours=8.5), "so long waits at most who has no known browser"


def test_a_flooded_mailbox_still_lets_its_owner_in(site, member, client):
    """Her browser has logged in before: what strangers spend is not hers."""
    log_in(client, member.email)
    page = client.get("/account").text
    client.post("/logout", data={"csrf_token": csrf_of(page)})
    while ask(member.email, client="127.0.0.1"):
        pass
    stranger, page = browser(client.application), client.get("/login")
    form = {"email": member.email, "csrf_token": csrf_of(page.text)}
    assert client.post("/login", data=form).status_code == 200
    other = {"email": member.email, "csrf_token": csrf_of(stranger.get("/login").text)}
    refused = stranger.post("/login", data=other)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) == 15 * 60


STRANGER, ELSEWHERE = "203.0.113.1", "198.51.100.7"


@pytest.mark.parametrize("hours", [0, 1, 7, 20])
def test_one_stranger_spends_nothing_of_a_line_that_comes_first(site, member, hours):
    """She has a new phone, or left quickly: no browser of hers is known."""
    for _number in range(hours * 6):
        ask(member.email, client=STRANGER)
        advance(10 * MINUTE)
    while ask(member.email, client=STRANGER):
        pass
    assert ask(member.email, client=ELSEWHERE)
    assert not ask(member.email, client=ELSEWHERE), "the pauses are for her then, too"
    assert not ask(member.email, client=STRANGER)


@pytest.mark.parametrize(
    "line", ["198.51.{0}.1", "2001:db8:{0:x}::/64"], ids=["IPv4", "IPv6, one line of each holder"]
)
def test_a_stranger_of_many_lines_sends_few_mails_more(site, member, line):
    granted = sum(ask(member.email, client=line.format(number)) for number in range(200))
    assert granted == limits.HOLDERS_PER_ADDRESS
    same = [f"2001:db8:ffff:{number:x}::/64" for number in range(200)]
    assert not any(ask(member.email, client=one) for one in same)


def test_lines_of_one_holder_are_no_newcomers(site, member):
    same = [f"2001:db8:ffff:{number:x}::/64" for number in range(200)]
    assert sum(ask(member.email, client=one) for one in same) == limits.LINKS_PER_ADDRESS
    assert ask(member.email, client=ELSEWHERE)


def test_a_browser_is_known_to_its_own_account_only(site, member):
    """Who has an account cannot flood another's mailbox as a known browser."""
    mark = limits.mark_of("stranger9@example.org")
    while ask(member.email):
        pass
    assert not ask(member.email, mark=mark)
    assert not ask(member.email, mark="0" * limits.MARK_LENGTH)
    assert ask(member.email, mark=limits.mark_of(member.email.upper()))


def test_spelling_does_not_make_another_mailbox(site, member):
    while ask(member.email):
        pass
    assert not ask(f" {member.email.upper()}")


def test_the_last_link_works_while_the_next_one_has_to_wait(site, member, client):
    count = limits.LINKS_PER_ADDRESS
    tokens = [make_link(member.email, client=STRANGER) for _number in range(count)]
    assert not ask(member.email, client=STRANGER)
    assert enter(client, tokens[-1]).status_code == 303


# Lines, holders, the site -----------------------------------------------------------------


def test_a_line_has_a_limit_and_others_do_not_feel_it(site, member):
    granted = sum(
        ask(f"parent{number}@example.org") for number in range(limits.LINKS_PER_CLIENT + 9)
    )
    assert granted == limits.LINKS_PER_CLIENT
    assert ask("other1@example.org", client="203.0.113.2")
    assert ask(member.email, mark=limits.mark_of(member.email)), "a known browser of the same line"
    advance(limits.LINKS_WINDOW)
    assert ask("other2@example.org")


def test_a_holder_has_a_limit_over_its_lines(site):
    asked = [f"2001:db8:7:{number:x}::/64" for number in range(limits.LINKS_PER_HOLDER + 9)]
    granted = sum(ask(f"parent{n}@example.org", client=line) for n, line in enumerate(asked))
    assert granted == limits.LINKS_PER_HOLDER
    assert ask("other1@example.org", client="2001:db8:8:1::/64")


@pytest.fixture
def flooded(site, monkeypatch):
    """A stranger with very many lines has asked for links to addresses nobody here knows."""
    monkeypatch.setattr(limits, "LINKS_PER_SITE", 20)
    for number, line in enumerate(lines(60)):
        assert ask(f"victim{number}@example.org", client=line)


def test_a_flood_of_links_stops_nobody(flooded, member, app):
    """Members are served at once; a first mail leaves later, and the page says that it may."""
    assert ask(member.email, client="203.0.113.77")
    assert ask("newcomer1@example.org", client="203.0.113.78")
    with database.reading() as session:
        due = dict(session.execute(select(OutboxMessage.address, OutboxMessage.next_at)).all())
        assert due[member.email] == now()
        assert due["newcomer1@example.org"] == now() + 3 * limits.LINKS_WINDOW
        kept = session.scalars(select(LoginLink).where(LoginLink.is_stranger)).all()
        late = [link for link in kept if link.mail_at > now()]
        assert all(link.expires_at == link.mail_at + service.LINK_LIFETIME for link in late)
        sent_now = [link for link in kept if link.mail_at == now()]
    assert len(sent_now) == 20
    for email in (member.email, "newcomer2@example.org"):
        page = browser(app).get("/login")
        visitor = browser(app)
        form = {"csrf_token": csrf_of(visitor.get("/login").text), "email": email}
        page = visitor.post("/login", data=form)
        assert page.status_code == 200
        assert "quelques heures" in page.text, "the same words whoever asks"


def test_a_greater_flood_sends_no_more_mail(flooded, member, monkeypatch):
    monkeypatch.setattr(limits, "LATEST", 2)
    before = mails()
    assert ask("newcomer1@example.org")
    assert mails() == before
    assert ask(member.email)
    assert mails(address=None) + mails() > before
    advance(4 * limits.LINKS_WINDOW)
    assert ask("newcomer1@example.org")


def test_a_flood_of_drafts_leaves_room_for_newcomers(site, monkeypatch):
    monkeypatch.setattr(limits, "VISITS_PER_SITE", 100)
    for line in lines(30):
        for number in range(10):
            begin(line, number)
    assert [begin("203.0.113.9", number) for number in range(6)] == [True] * 5 + [False]
    assert begin("2001:db8:ffff:1::/64", 1)
    advance(limits.LINKS_WINDOW)
    assert (
        sum(begin("203.0.113.9", number) for number in range(10, 100)) == limits.VISITS_PER_CLIENT
    )


def test_a_holder_of_many_lines_has_few_drafts_in_a_flood(site, monkeypatch):
    monkeypatch.setattr(limits, "VISITS_PER_SITE", 10)
    begun = sum(begin(f"2001:db8:7:{number:x}::/64", 0) for number in range(100))
    assert 10 <= begun <= limits.VISITS_PER_HOLDER // limits.CROWDED + 10


def test_drafts_that_nobody_comes_back_to_have_a_limit_of_number(site, member, client, monkeypatch):
    monkeypatch.setattr(limits, "MOST_VISITS", 3)
    log_in(client, member.email)
    for number in range(5):
        begin("203.0.113.9", number)
        advance(MINUTE)
    service.forget_ended()
    with database.reading() as session:
        kept = session.scalars(
            select(MemberSession.seen_at).where(MemberSession.member_id.is_(None))
        )
        assert sorted(now() - seen for seen in kept) == [MINUTE, 2 * MINUTE, 3 * MINUTE]
    assert client.get("/account").status_code == 200


# A clock that was ahead -------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [DAY, 3660 * DAY])
def test_what_was_asked_while_the_clock_was_ahead_stops_nobody_for_years(site, member, ahead):
    def links():
        return [ask(member.email, client=line) for line in lines(20)]

    def visits():
        return [begin("203.0.113.1", number) for number in range(200)]

    advance(ahead)
    before = links()
    assert False in before, "the limit holds there as well"
    assert False in visits()
    advance(-ahead)
    assert links() == before
    assert begin("203.0.113.1", 201)
