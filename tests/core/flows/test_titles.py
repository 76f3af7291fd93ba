"""What a browser keeps in its history: no title and no address of a page behind the login tells."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest

from entraide import database, runtime
from entraide.app import create_app
from entraide.help_requests import service
from entraide.testing import (
    BASE_URL,
    add_answer,
    add_member,
    add_offer,
    add_organisation,
    add_request,
    browser,
    csrf_of,
    log_in,
)

PUBLIC = ("/static", "/api", "/find", "/organisations", "/language")
"""Open to everyone and about nobody; filters alone make thousands of addresses."""
MOST = 400
"""Pages that one visitor opens; more links than that would be a trap of our own."""
STARTS = ("/", "/account", "/requests", "/requests/mine", "/manage", "/post/request", "/post/offer")
WHO = ("author", "volunteer", "coordinator", "moderator", "administrator")
PAYLOAD = {"levels": ["6e"], "subjects": ["all"], "place": "home", "goals": "canari-but"}


@pytest.fixture
def site(make_site):
    with runtime.activate(make_site(plugins=("tutoring",))) as opened:
        yield opened


@pytest.fixture
def people(site):
    with database.writing() as session:
        people = {
            name: add_member(
                session, number, *([name] if name not in ("author", "coordinator") else [])
            )
            for number, name in enumerate(WHO, 1)
        }
        for member in people.values():
            member.display_name = f"canari-{member.display_name}"
        ours = add_organisation(session, 1, people["coordinator"])
        for number in range(3):
            request = add_request(
                session,
                number,
                kind="tutoring",
                actor=people["author"],
                payload=PAYLOAD,
                title=f"canari-titre-{number}",
                summary="canari-texte",
            )
            answer = add_answer(
                session, request=request, actor=people["volunteer"], message="canari-mot"
            )
            if number == 1:
                service.agree(session, answer=answer, actor=people["author"])
                service.agree(session, answer=answer, actor=people["volunteer"])
            if number == 2:
                service.close_request(
                    session, request=request, actor=people["author"], reason="closed"
                )
        offer = add_offer(
            session,
            kind="tutoring",
            actor=people["author"],
            organisation_id=ours.id,
            payload=PAYLOAD,
            title="canari-offre",
        )
        people["offer"] = offer.id
    return people


def title_of(page):
    return unescape(re.search(r"<title>(.*?)</title>", page, re.DOTALL)[1])


def links_of(page, at):
    for link in re.findall(r'(?:href|action)="([^"]*)"', page):
        target = urljoin(at, unescape(link))
        if target.startswith(BASE_URL):
            parts = urlsplit(target)
            yield f"{parts.path}?{parts.query}" if parts.query else parts.path


def write_draft(client):
    """Begin a request with canaries; return the address of each step."""
    answer = client.get("/post/request")
    answer = client.post(
        "/post/request", data={"csrf_token": csrf_of(answer.text), "kind": "tutoring"}
    )
    draft = answer.headers["Location"].removesuffix("/when")
    for step, values in (
        ("when", {"mode": "any"}),
        ("where", {"commune": "58500", "commune_asked": "58500", "commune_code": "58079"}),
        (
            "who",
            {
                "title": "canari-brouillon",
                "details-levels": "6e",
                "details-subjects": "all",
                "details-place": "home",
                "summary": "canari-texte",
            },
        ),
    ):
        page = client.get(f"{draft}/{step}")
        sent = client.post(f"{draft}/{step}", data={"csrf_token": csrf_of(page.text), **values})
        assert sent.status_code == 303, sent.text
    return [f"{draft}/{step}" for step in ("what", "when", "where", "who", "review")]


def crawl(client, starts):
    """Open every page that links lead to; yield address, title and whether it shows a canary."""
    waiting, seen = list(starts), set()
    while waiting and len(seen) < MOST:
        path = waiting.pop()
        if path in seen or path.startswith(PUBLIC):
            continue
        seen.add(path)
        answer = client.get(path)
        if answer.status_code in (301, 302, 303):
            waiting.append(urlsplit(answer.headers["Location"]).path)
        if answer.mimetype == "text/html" and "<title>" in answer.text:
            yield path, title_of(answer.text), "canari" in answer.text
            waiting += links_of(answer.text, f"{BASE_URL}{path}")
    assert len(seen) < MOST


@pytest.mark.parametrize("who", WHO)
def test_no_title_and_no_address_behind_the_login_tells_what_somebody_wrote(site, people, who):
    client = log_in(browser(create_app(site)), people[who].email)
    starts = [*STARTS, f"/offers/{people['offer']}", f"/post/sent/{people['offer']}"]
    starts += write_draft(client)
    pages = list(crawl(client, starts))
    assert len(pages) > 15
    assert sum(shows for _path, _title, shows in pages) > 5
    told = [(path, title) for path, title, _shows in pages if "canari" in f"{path} {title}".lower()]
    assert told == []


def test_a_form_with_a_mistake_keeps_its_title(site, people):
    client = log_in(browser(create_app(site)), people["author"].email)
    paths = write_draft(client)
    page = client.get(paths[3])
    wrong = {"csrf_token": csrf_of(page.text), "title": "canari " * 50, "summary": "canari"}
    answer = client.post(paths[3], data=wrong)
    assert answer.status_code == 422
    assert "canari" not in title_of(answer.text).lower()


def test_the_page_of_a_request_says_whose_it_is(site, people):
    app = create_app(site)
    for who, words in (("author", "Ma demande"), ("volunteer", "Une demande")):
        client = log_in(browser(app), people[who].email)
        link = re.search(r'href="(/requests/[0-9a-f-]{36})"', client.get("/requests/mine").text)[1]
        assert title_of(client.get(link).text) == f"{words} – Site Exemple"
