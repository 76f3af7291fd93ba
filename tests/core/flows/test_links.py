"""Whatever a page proposes is possible on that site: every link of a pilot and of a hub answers."""

import re
from html import unescape
from urllib.parse import urldefrag, urljoin
from uuid import uuid4

import pytest

from entraide import clock, database
from entraide.directory.listing.models import Listing

ELSEWHERE = "https://elsewhere.example"
HUB = {"local.toml": '[site]\nterritory = []\n[plugins]\ndisabled = ["help_requests", "posting"]\n'}
STARTS = (
    "/",
    "/find",
    "/find?where=Bordeaux",
    "/find?q=introuvable",
    "/find?where=nullepart",
    "/find?where=58500",
    "/find?where=Corr%C3%A8ze&kind=outing",
    "/?where=Bordeaux",
    "/organisations?where=Bordeaux",
    "/find?kind=tutoring",
    "/help-numbers",
)
MOST_PAGES = 250


@pytest.fixture(params=["pilot", "hub"])
def peopled(request, inhabit):
    """A pilot and a hub, each with offers of its own and of another site."""
    files = HUB if request.param == "hub" else {}
    town = inhabit(files=files)
    with database.writing() as session:
        session.add(
            Listing(
                uid=f"{ELSEWHERE}/federation/o/{uuid4()}",
                type="offer",
                origin=ELSEWHERE,
                kind="tutoring",
                title="Ailleurs",
                territory=["93066"],
                payload=town.body()["payload"],
                created_at=clock.now(),
                updated_at=clock.now(),
            )
        )
    town.add_offers(3)
    return town


def links_of(page, path):
    found = [unescape(url) for url in re.findall(r'href="([^"]*)"', page)]
    inside = [url for url in found if url.startswith(("/", "?")) and not url.startswith("//")]
    return [urldefrag(urljoin(path, url)).url for url in inside]


def test_no_link_of_any_page_leads_nowhere(peopled):
    client = peopled.browse()
    posting = ["/post/offer"] if "posting" in peopled.site.registry.modules else []
    waiting: list[str] = [*STARTS, *posting]
    seen, broken = set(waiting), []
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        with client.get(path) as answer:
            if answer.status_code >= 400:
                broken.append((path, answer.status_code))
            is_page = answer.mimetype == "text/html" and answer.status_code == 200
            found = links_of(answer.text, path) if is_page else []
        new = [url for url in dict.fromkeys(found) if url not in seen]
        seen.update(new)
        waiting += new
    assert broken == []
    assert len(seen) > 40


def test_an_empty_result_proposes_only_what_the_site_takes(peopled):
    page = peopled.browse().get("/find?where=Bordeaux").text
    takes_requests = "help_requests" in peopled.site.registry.modules
    assert ("/post/request" in page) is takes_requests
    assert ">Écrire une demande</a>" in page or not takes_requests
