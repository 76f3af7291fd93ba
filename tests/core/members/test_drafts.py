"""Drafts belong to an account or to a visit: what carries them, and what never does."""

import re
from datetime import timedelta
from html import unescape
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from entraide import database, runtime
from entraide.errors import Busy
from entraide.members import service
from entraide.members.accounts import find_member
from entraide.members.drafts import MOST, MOST_KEPT, Owner, list_open
from entraide.members.models import Draft
from entraide.outbox.models import OutboxMessage
from entraide.privacy import take
from entraide.privacy.export import export_member
from entraide.testing import add_member, browser, cookie_token, csrf_of, log_in

CANARY = "canari de Lucie"
WHO = {
    "title": CANARY,
    "details-levels": "6e",
    "details-subjects": "mathematics",
    "details-place": "library",
}


@pytest.fixture
def village(town):
    """The town on both databases, under the name that these tests use."""
    return town


def send(client, path, page=None, **values):
    token = csrf_of(client.get(page or path).text)
    return client.post(path, data={"csrf_token": token, **values})


def write(client, side="request", who=WHO):
    draft = send(client, f"/post/{side}", kind="tutoring").headers["Location"]
    draft = draft.removesuffix("/when")
    send(client, f"{draft}/when", mode="wednesday")
    send(client, f"{draft}/where", commune="Clamecy (58500)")
    assert send(client, f"{draft}/who", **who).headers["Location"] == f"{draft}/review"
    return draft


def ask_link(client, draft, email):
    """Send the review and then the address, as the pages lead; return the mail's link and code."""
    answer = send(client, f"{draft}/review")
    assert answer.headers["Location"] == f"/login?next={draft}/review"
    page = client.get(answer.headers["Location"])
    form = {"csrf_token": csrf_of(page.text), "email": email, "next": f"{draft}/review"}
    sent = client.post("/login", data=form)
    assert sent.status_code == 200, sent.text
    return last_mail()


def last_mail():
    with database.reading() as session:
        newest = select(OutboxMessage.body).order_by(OutboxMessage.id.desc()).limit(1)
        body = session.scalar(newest)
    return re.search(r"/login/(\S{32})", body)[1], re.search(r"\b(\d{3} \d{3})\b", body)[1]


def enter(client, token):
    return send(client, f"/login/{token}")


def owners():
    with database.reading() as session:
        return [(row.member_id, row.visit_id is None) for row in session.scalars(select(Draft))]


def email_of(number):
    with database.writing() as session:
        return add_member(session, number, "parent").email


@pytest.fixture(params=["another browser", "this browser"])
def opener(request, village):
    """Give a function: the browser that opens the link, from the one that asked."""
    return lambda asker: asker if request.param == "this browser" else browser(village.app)


def test_the_link_carries_the_draft_to_whatever_browser_opens_it(village, opener):
    writer, email = village.browse(), email_of(41)
    draft = write(writer)
    link, _code = ask_link(writer, draft, email)
    reader = opener(writer)
    assert enter(reader, link).headers["Location"] == f"{draft}/review"
    assert CANARY in reader.get(f"{draft}/review").text
    assert CANARY in reader.get("/requests/mine").text
    assert CANARY in log_in(browser(village.app), email).get("/post/drafts").text
    assert send(reader, f"{draft}/review").headers["Location"].startswith("/requests/")
    assert CANARY not in reader.get("/post/drafts").text


def test_the_code_does_the_same_in_the_first_browser(village):
    writer, email = village.browse(), email_of(42)
    draft = write(writer)
    link, code = ask_link(writer, draft, email)
    assert send(writer, "/login/code", code=code).headers["Location"] == f"{draft}/review"
    assert CANARY in writer.get(f"{draft}/review").text
    assert browser(village.app).get(f"/login/{link}").status_code == 404


def test_other_drafts_of_the_same_visit_come_along(village):
    writer, email = village.browse(), email_of(43)
    first = write(writer, "offer", WHO | {"title": "Un autre canari"})
    link, _code = ask_link(writer, write(writer), email)
    reader = browser(village.app)
    enter(reader, link)
    assert "Un autre canari" in reader.get(f"{first}/who").text
    assert writer.get(f"{first}/who").status_code == 404


def test_a_mistyped_address_gets_nothing_once_the_right_one_is_given(village):
    writer, wrong, right = village.browse(), email_of(44), email_of(45)
    draft = write(writer)
    stray, _code = ask_link(writer, draft, wrong)
    village.site.clock.advance(timedelta(minutes=1))
    link, _code = ask_link(writer, draft, right)
    stranger = browser(village.app)
    enter(stranger, stray)
    assert stranger.get(f"{draft}/review").status_code == 404
    owner = browser(village.app)
    enter(owner, link)
    assert CANARY in owner.get(f"{draft}/review").text


def somebody_elses_link(village, email):
    with database.writing() as session:
        return service.request_link(session, email=email, next_path="/")


@pytest.mark.parametrize("writer", ["a member who stayed logged in", "a visitor"])
def test_whoever_logs_in_next_gets_nothing(village, writer):
    """A shared computer; a login by a link that somebody else sent."""
    other = email_of(46)
    client = village.browse("parent") if "member" in writer else village.browse()
    draft = write(client)
    warning = unescape(client.get(f"/login/{somebody_elses_link(village, other)}").text)
    assert "p…@example.org" in warning
    assert "n’a pas été demandé dans ce navigateur" in warning
    assert ("Parent Exemple 1 est connecté" in warning) is ("member" in writer)
    assert ("sans compte ne passe pas" in warning) is ("visitor" in writer)
    assert enter(client, somebody_elses_link(village, other)).status_code == 303
    for path in (f"{draft}/review", f"{draft}/who", "/post/drafts", "/requests/mine", "/account"):
        assert CANARY not in client.get(path).text, path
    assert send(client, f"{draft}/review", page="/account").status_code == 404


def test_a_page_of_another_member_is_neither_shown_nor_sent(village):
    client = village.browse("parent")
    draft = write(client)
    stale = csrf_of(client.get(f"{draft}/who").text)
    log_in(client, email_of(47))
    answer = client.post(f"{draft}/who", data={"csrf_token": stale, **WHO, "side": "request"})
    assert answer.status_code == 403
    assert CANARY not in answer.text
    assert CANARY not in client.get("/post/drafts").text


def test_a_draft_written_while_logged_in_waits_for_its_member_only(village):
    client = village.browse("parent")
    draft = write(client)
    send(client, "/logout", page="/account")
    assert client.get(f"{draft}/review").status_code == 404
    assert client.get("/post/drafts").text.count(CANARY) == 0
    log_in(client, village.emails["parent"])
    assert CANARY in client.get(f"{draft}/review").text


def test_an_account_holds_as_many_drafts_as_two_browsers_begin(village):
    """Three visits of ten each, one login after the other: what was changed last comes along."""
    email, reader = email_of(44), browser(village.app)
    for number in range(3):
        writer = village.browse()
        for place in range(MOST):
            draft = write(writer, who=WHO | {"title": f"Un canari {number}-{place}"})
        link, _code = ask_link(writer, draft, email)
        enter(reader, link)
        runtime.current().clock.advance(timedelta(minutes=1))
    with database.reading() as session:
        member = find_member(session, email=email)
        kept = [row.answers for row in list_open(session, owner=Owner(member_id=member.id))]
    assert len(kept) == MOST_KEPT
    titles = sorted(answers["who"]["title"] for answers in kept)
    assert titles == [f"Un canari {number}-{place}" for number in (0, 1) for place in range(MOST)]


# Cookies that somebody else chose ----------------------------------------------------------


@pytest.mark.parametrize("origin", ["made up", "of a visit", "of a member who left"])
def test_a_planted_cookie_opens_nothing_that_is_written_later(village, origin):
    attacker, victim = village.browse(), village.browse()
    token = "a" * 32
    if origin == "of a visit":
        write(attacker, who=WHO | {"title": "Appât"})
        token = cookie_token(attacker)
    elif origin == "of a member who left":
        attacker = village.browse("parent")
        token = cookie_token(attacker)
        send(attacker, "/logout", page="/account")
    for client in (attacker, victim):
        client.set_cookie("__Host-entraide", f"fr.{token}", domain="site.example", secure=True)
    draft = write(victim)
    assert cookie_token(victim) != token
    village.site.clock.advance(timedelta(minutes=1))
    assert attacker.get(f"{draft}/review").status_code == 404
    assert CANARY not in attacker.get("/post/drafts").text
    assert CANARY in victim.get(f"{draft}/review").text


def holder_of(token, village):
    """Return a browser with a cookie that somebody else has too."""
    client = village.browse()
    client.set_cookie("__Host-entraide", f"fr.{token}", domain="site.example", secure=True)
    return client


@pytest.fixture
def shared(village):
    """Give two browsers with the cookie of one visit: its owner's, and whoever planted it."""
    attacker = village.browse()
    write(attacker, who=WHO | {"title": "Appât"})
    return holder_of(cookie_token(attacker), village), attacker


def begin(client, token=None):
    """Press the first button of posting, without following where it leads."""
    token = token or csrf_of(client.get("/post/request").text)
    answer = client.post("/post/request", data={"csrf_token": token, "kind": "tutoring"})
    assert answer.status_code == 303
    return answer.headers["Location"].removesuffix("/when")


def finish(client, draft):
    send(client, f"{draft}/when", mode="wednesday")
    send(client, f"{draft}/where", commune="Clamecy (58500)")
    send(client, f"{draft}/who", **WHO)


@pytest.mark.parametrize("first", ["owner", "attacker"])
def test_who_watches_a_planted_cookie_does_not_come_along(village, shared, first):
    """Whoever planted it begins in the same second: one of the two goes on, and alone."""
    victim, attacker = shared
    pages = {client: csrf_of(client.get("/post/request").text) for client in shared}
    drafts_of = {client: begin(client, pages[client]) for client in shared}
    if first == "attacker":
        attacker.get(drafts_of[attacker])
    victim.get(drafts_of[victim])
    draft = drafts_of[victim] if first == "owner" else begin(victim)
    finish(victim, draft)
    assert CANARY in victim.get(f"{draft}/review").text
    for path in (f"{draft}/review", "/post/drafts", drafts_of[attacker]):
        assert CANARY not in attacker.get(path).text
    village.site.clock.advance(timedelta(minutes=5))
    begin(attacker)
    assert attacker.get(f"{draft}/review").status_code == 404
    assert CANARY in victim.get(f"{draft}/review").text


def test_who_planted_a_cookie_does_not_come_back_with_a_fresh_one_kept_for_later(village, shared):
    victim, attacker = shared
    begin(attacker)
    draft = begin(victim)
    finish(victim, draft)
    village.site.clock.advance(timedelta(hours=2))
    assert attacker.get(f"{draft}/review").status_code == 404
    assert CANARY not in attacker.get("/post/drafts").text


@pytest.mark.parametrize("asked", ["from the menu", "for the bait", "twice"])
@pytest.mark.parametrize("used", ["while it is written", "when it is finished"])
def test_a_link_asked_before_a_cookie_was_planted_brings_nothing_begun_later(village, asked, used):
    """Whoever planted it gets what they had begun; the owner goes on, and logs in by their own."""
    attacker, email = village.browse(), email_of(91)
    bait = write(attacker, who=WHO | {"title": "Appât"})
    for _time in range(2 if asked == "twice" else 1):
        if asked == "from the menu":
            send(attacker, "/login", email=email)
            link, _code = last_mail()
        else:
            link, _code = ask_link(attacker, bait, email)
    village.site.clock.advance(timedelta(minutes=2))
    victim, elsewhere = holder_of(cookie_token(attacker), village), village.browse()
    draft = begin(victim)
    if used == "while it is written":
        enter(elsewhere, link)
    finish(victim, draft)
    enter(elsewhere, link)
    assert "Appât" in elsewhere.get(f"{bait}/review").text
    assert elsewhere.get(f"{draft}/review").status_code == 404
    assert CANARY not in elsewhere.get("/post/drafts").text
    assert CANARY in victim.get(f"{draft}/review").text
    own, _code = ask_link(victim, draft, email_of(92))
    phone = village.browse()
    assert enter(phone, own).headers["Location"] == f"{draft}/review"
    assert CANARY in phone.get(f"{draft}/review").text


@pytest.mark.parametrize("way", ["link", "code"])
def test_what_was_begun_after_asking_comes_along_in_the_browser_where_it_was_begun(village, way):
    writer, email = village.browse(), email_of(93)
    link, code = ask_link(writer, write(writer), email)
    village.site.clock.advance(timedelta(minutes=2))
    later = write(writer, "offer", WHO | {"title": "Un canari de plus"})
    answer = enter(writer, link) if way == "link" else send(writer, "/login/code", code=code)
    assert answer.status_code == 303
    assert "Un canari de plus" in writer.get(f"{later}/review").text
    assert "Un canari de plus" in log_in(browser(village.app), email).get("/post/drafts").text


@pytest.mark.parametrize("way", ["its own list", "the address of a step", "back and forth"])
def test_who_planted_a_cookie_with_a_bait_does_not_read_what_is_written_in_it(village, way):
    """The bait was begun by somebody else; whoever sits down here goes on in it."""
    attacker, email = village.browse(), email_of(94)
    bait = write(attacker, who=WHO | {"title": "Appât"})
    link, _code = ask_link(attacker, bait, email)
    village.site.clock.advance(timedelta(minutes=2))
    victim = holder_of(cookie_token(attacker), village)
    if way == "its own list":
        assert bait in victim.get("/post/drafts").text
    if way == "back and forth":
        send(victim, f"{bait}/where", go="back", commune="Armes")
    path = send(victim, f"{bait}/who", **WHO).headers["Location"]
    assert CANARY in victim.get(path).text
    for page in (path, f"{bait}/who", "/post/drafts", "/post/request"):
        assert CANARY not in attacker.get(page).text, page
    elsewhere = village.browse()
    enter(elsewhere, link)
    assert elsewhere.get(path).status_code == 404
    assert CANARY in victim.get(path).text


def test_a_form_of_another_window_is_still_taken_after_a_change_of_the_cookie(village):
    client = village.browse()
    draft = write(client)
    steps = {"who": WHO, "where": {"commune": "Armes"}, "when": {"mode": "wednesday"}}
    pages = {name: csrf_of(client.get(f"{draft}/{name}").text) for name in steps}
    for name, values in steps.items():
        sent = client.post(f"{draft}/{name}", data={"csrf_token": pages[name], **values})
        assert sent.status_code == 303, name
        assert client.get(sent.headers["Location"]).status_code == 200


def test_who_planted_a_cookie_does_not_read_for_whom_a_link_was_asked(village, shared):
    victim, attacker = shared
    send(victim, "/login", email=email_of(59))
    assert "parent59@" not in attacker.get("/login/code").text
    assert "p…@example.org" in victim.get("/login/code").text
    assert "parent59@" not in victim.get("/login/code").text, "nor whoever is here next"
    assert attacker.get("/login/code").status_code == 303


def test_a_double_press_and_a_lost_answer_lose_nothing(village):
    client = village.browse()
    before = write(client)
    token, cookie = csrf_of(client.get("/post/request").text), cookie_token(client)
    begin(client, token)
    client.set_cookie("__Host-entraide", f"fr.{cookie}", domain="site.example", secure=True)
    village.site.clock.advance(timedelta(hours=3))
    second = begin(client, token)
    assert client.get(f"{second}/when").status_code == 200
    assert CANARY in client.get(f"{before}/review").text
    village.site.clock.advance(timedelta(days=6))
    assert CANARY in client.get(f"{before}/review").text


def test_what_fails_leaves_the_cookie_that_came(village, monkeypatch):
    monkeypatch.setenv("ENTRAIDE_STRICT", "0")
    client = village.browse()
    draft, token = write(client), cookie_token(client)
    page = client.get("/post/offer").text
    with monkeypatch.context() as broken:
        broken.setattr("entraide.members.drafts.begin", fail)
        answer = client.post("/post/offer", data={"csrf_token": csrf_of(page), "kind": "tutoring"})
    assert answer.status_code == 503
    assert cookie_token(client) == token
    assert CANARY in client.get(f"{draft}/review").text
    again = client.post(
        "/post/offer", data={"csrf_token": csrf_of(answer.text), "kind": "tutoring"}
    )
    assert again.status_code == 303
    assert CANARY in client.get(f"{draft}/review").text


def fail(*_arguments, **_values):
    raise Busy("Another change is being saved.")


# Steps: back, two windows, lost sessions ---------------------------------------------------


@pytest.mark.parametrize(
    "typed", [{"title": "Un début"}, {"summary": "Sans titre encore"}, {**WHO, "title": "x" * 400}]
)
def test_the_way_back_keeps_what_was_typed(village, typed):
    client = village.browse()
    draft = write(client)
    assert send(client, f"{draft}/who", go="back", **typed).headers["Location"] == f"{draft}/where"
    assert send(client, f"{draft}/where", commune="Armes").headers["Location"] == f"{draft}/who"
    page = client.get(f"{draft}/who").text
    assert all(value in page for value in typed.values())
    assert 'class="error"' not in page
    assert client.get(f"{draft}/review").headers["Location"] == f"{draft}/who"
    assert '<button class="button quiet" type="submit" name="go" value="back">' in page


def test_a_page_that_is_left_keeps_what_was_typed(village):
    client = village.browse()
    draft = write(client)
    assert send(client, f"{draft}/who", go="keep", title="À moitié").status_code == 204
    assert 'value="À moitié"' in client.get(f"{draft}/who").text


def test_two_windows_change_their_own_step_and_are_told(village):
    client = village.browse()
    draft = write(client)
    page = client.get(f"{draft}/who").text
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    send(client, f"{draft}/when", mode="evening")
    send(client, f"{draft}/who", **WHO | {"title": "De la première"})
    sent = {"csrf_token": csrf_of(page), "seen": seen, **WHO, "title": "De la deuxième"}
    answer = client.post(f"{draft}/who", data=sent)
    review = client.get(answer.headers["Location"]).text
    assert "dans une autre fenêtre aussi" in review
    assert "De la deuxième" in review
    assert 'value="evening" checked' in client.get(f"{draft}/when").text


def test_a_step_whose_turn_has_not_come_keeps_what_was_typed(village):
    client = village.browse()
    draft = write(client)
    page = client.get(f"{draft}/who").text
    send(client, f"{draft}/when", go="keep", mode="date", day="")
    sent = {"csrf_token": csrf_of(page), **WHO, "title": "Écrit trop tôt"}
    answer = client.post(f"{draft}/who", data=sent)
    assert answer.headers["Location"] == f"{draft}/when"
    send(client, f"{draft}/when", mode="wednesday")
    assert 'value="Écrit trop tôt"' in client.get(f"{draft}/who").text


@pytest.mark.parametrize("person", ["", "parent"])
def test_a_page_that_is_left_brings_no_draft_back(village, person):
    client = village.browse(person)
    draft = write(client)
    page = client.get(f"{draft}/who").text
    send(client, f"{draft}/discard")
    sent = {"csrf_token": csrf_of(page), **STEP, "go": "keep"}
    assert client.post(f"{draft}/who", data=sent).status_code == 404
    assert owners() == []


def test_a_window_that_comes_after_sending_is_told(village):
    client = village.browse("parent")
    draft = write(client)
    page = client.get(f"{draft}/who").text
    sent = send(client, f"{draft}/review").headers["Location"]
    answer = client.post(f"{draft}/who", data={"csrf_token": csrf_of(page), **WHO})
    assert answer.headers["Location"] == sent
    assert "déjà envoyé" in client.get(sent).text


STEP = {"side": "request", "draft_kind": "tutoring", **WHO}


def test_a_lost_cookie_loses_nothing(village):
    client = village.browse()
    draft = write(client)
    old = csrf_of(client.get(f"{draft}/who").text)
    client.delete_cookie("__Host-entraide", domain="site.example")
    answer = client.post(f"{draft}/who", data={"csrf_token": old, **STEP, "go": ""})
    assert answer.status_code == 403
    assert CANARY in answer.text
    assert "Revenez en arrière" not in answer.text
    again = client.post(f"{draft}/who", data={"csrf_token": csrf_of(answer.text), **STEP})
    fresh = again.headers["Location"]
    assert fresh.endswith("/when")
    assert fresh != f"{draft}/when"
    assert "est gardé" in client.get(fresh).text
    send(client, fresh, mode="wednesday")
    send(client, fresh.replace("when", "where"), commune="Clamecy (58500)")
    assert CANARY in client.get(fresh.replace("when", "who")).text


@pytest.mark.parametrize("end", ["log out", "idle", "log out everywhere"])
def test_a_session_that_ends_in_the_middle_loses_nothing(village, end):
    client = village.browse("parent")
    draft = write(client)
    old = csrf_of(client.get(f"{draft}/who").text)
    changed = {**STEP, "title": "Canari changé"}
    if end == "idle":
        village.site.clock.advance(timedelta(days=13))
        client.get("/account")
        send(client, f"{draft}/who", **WHO)
        village.site.clock.advance(service.IDLE - timedelta(minutes=1))
        send(client, f"{draft}/when", mode="evening")
        with database.writing() as session:
            service.revoke_session(session, token=cookie_token(client))
    elif end == "log out":
        send(client, "/logout", page="/account")
    else:
        send(client, "/account/sessions")
    answer = client.post(f"{draft}/who", data={"csrf_token": old, **changed})
    assert answer.status_code == 401
    assert "Canari changé" in answer.text
    log_in(client, village.emails["parent"])
    again = client.post(f"{draft}/who", data={"csrf_token": csrf_of(answer.text), **changed})
    assert again.status_code == 403
    assert "Canari changé" in again.text
    kept = client.post(f"{draft}/who", data={"csrf_token": csrf_of(again.text), **changed})
    assert kept.headers["Location"] == f"{draft}/review"
    assert "Canari changé" in client.get(f"{draft}/review").text


@pytest.mark.parametrize("person", ["", "parent"])
@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_as_many_queries_with_1_as_with_3(village, count_queries, person, count):
    client = village.browse(person)
    for _each in range(count):
        write(client)
    client.get("/post/drafts")
    queries = count_queries(lambda: client.get("/post/drafts"))
    assert queries == (2 if person else 3)


def test_the_copy_of_a_person_holds_their_drafts_and_nobody_elses(village, tmp_path):
    write(village.browse("parent"))
    write(village.browse(), who=WHO | {"title": "D'une visite"})
    with database.reading() as session:
        people = {
            one: find_member(session, email=village.emails[one]).id
            for one in ("parent", "stranger")
        }
    found = {}
    for name, identifier in people.items():
        with database.writing() as session:
            take(session)
            path = export_member(session, identifier, tmp_path / f"{name}.zip")
        with ZipFile(path) as archive:
            found[name] = b"".join(archive.read(file) for file in archive.namelist()).decode()
    assert CANARY in found["parent"]
    assert CANARY not in found["stranger"]
    assert "D'une visite" not in "".join(found.values())


# Throwing away -----------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["", "parent"])
def test_a_draft_is_thrown_away_after_asking(village, person):
    client = village.browse(person)
    draft = write(client)
    assert f'href="{draft}/discard"' in client.get("/post/drafts").text
    assert CANARY in client.get(f"{draft}/discard").text
    assert browser(village.app).get(f"{draft}/discard").status_code == 404
    answer = send(client, f"{draft}/discard")
    assert "Le brouillon est jeté" in client.get(answer.headers["Location"]).text
    assert client.get(f"{draft}/review").status_code == 404
    assert owners() == []


def test_pages_with_what_was_typed_are_never_stored(village):
    client = village.browse()
    draft = write(client)
    wrong = send(client, f"{draft}/who", title="x" * 400)
    found = [client.get(f"{draft}/{step}") for step in ("what", "when", "where", "who", "review")]
    found += [wrong, client.get("/post/drafts"), send(client, "/login", email="nobody")]
    found += [send(client, "/login", email="parent91@example.org"), client.get("/login/code")]
    for page in found:
        assert page.headers["Cache-Control"] == "no-store", page.request.path
