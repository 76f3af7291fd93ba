"""One offer from the form of its site to the page of another: two whole sites over loopback."""

import pytest
from federation_network import follow, serving
from sqlalchemy import select

from entraide import Listing, Offer, database, runtime
from entraide.app import create_app
from entraide.testing import add_member, add_organisation, browser, csrf_of, log_in
from entraide_federation import reading

WORDS = {"title": "Aide aux devoirs exemple", "summary": "Deux heures.", "places": "3"}
STEPS = {
    "when": {"mode": "wednesday"},
    "where": {"commune": "58500", "commune_asked": "58500", "commune_code": "58079"},
    "who": {**WORDS, "details-level": "6e", "details-for_staff": "Rue Secrète"},
}


@pytest.fixture
def pair(make_origin):
    with (
        serving(make_origin, "home", "origin") as home,
        serving(make_origin, "away", "origin") as away,
    ):
        follow(away, "origin", home)
        yield home, away


def coordinator_of(site):
    """Settle an association with its coordinator; return their browser, and its id in words."""
    with runtime.activate(site), database.writing() as session:
        member = add_member(session)
        organisation = str(add_organisation(session, 1, member).id)
        email = member.email
    return log_in(browser(create_app(site)), email), organisation


def send(client, path, **values):
    page = client.get(path)
    answer = client.post(path, data={"csrf_token": csrf_of(page.text), **values})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def post_offer(client, organisation):
    """Fill in the form as a person does; return the text of the review."""
    draft = send(client, "/post/offer", kind="canary").removesuffix("/when")
    for name, values in STEPS.items():
        own = {"organisation": organisation} if name == "who" else {}
        send(client, f"{draft}/{name}", **values, **own)
    review = client.get(f"{draft}/review").text
    send(client, f"{draft}/review")
    return review


def page_of_offer(site):
    """Return what somebody without an account reads of the one offer that a site lists."""
    with runtime.activate(site), database.reading() as session:
        uid = session.scalar(select(Listing.uid).where(Listing.type == "offer"))
    client = browser(create_app(site))
    item = client.get("/api/v1/offers").json["items"][0]
    assert item["id"] == uid
    return client.get(item["url"].removeprefix(site.settings.site.base_url)).text, item


def test_what_is_typed_in_one_form_is_read_on_another_site(pair, publish_all):
    home, away = pair
    client, organisation = coordinator_of(home)
    assert "Rue Secrète" in post_offer(client, organisation)
    with runtime.activate(home):
        publish_all()
        with database.reading() as session:
            assert session.scalars(select(Offer)).one().seats == 3
    with runtime.activate(away):
        assert reading.pull_source(home.base).error == ""
    for site in pair:
        page, item = page_of_offer(site)
        assert (item["title"], item["summary"], item["places"]) == (*list(WORDS.values())[:2], 3)
        assert item["payload"] == {"level": "6e", "free": False}
        for words in (*WORDS.values(), "6e", "Association Exemple 1"):
            assert words in page
        assert "Secrète" not in page
