"""Plugins are asked for boxes on every page that the hook names, about the object of the page."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from entraide import app as apps
from entraide import clock, database, runtime
from entraide.directory.listing.addresses import uid_of
from entraide.directory.listing.models import Listing
from entraide.directory.listing.store import remove_listings, store_listings
from entraide.directory.models import Publication
from entraide.help_requests.models import AnswerState, HelpRequest
from entraide.members.models import Member, MemberRole
from entraide.testing import (
    add_answer,
    add_member,
    add_offer,
    add_organisation,
    add_request,
    browser,
    log_in,
)

PLUGIN = '''"""A probe."""
from entraide import Panel, hookimpl
from flask import Blueprint

blueprint = Blueprint("probe", __name__)


@hookimpl
def register_blueprints():
    yield blueprint


@hookimpl
def panels(subject, member):
    who = member.shown_name if member else "nobody"
    subject_id = getattr(subject, "id", getattr(subject, "uid", subject))
    yield Panel(f"{type(subject).__name__} {subject_id} for {who}", "components/empty_probe.html")
'''
EMPTY = "components/empty_probe.html"


@pytest.fixture
def open_probe(make_site):
    """Give a function that opens a site with a plugin that puts a box on each page."""

    def open_with(**options):
        site = make_site(
            plugins=("tutoring", "probe"), files={"plugins/probe.py": PLUGIN}, **options
        )
        app = apps.create_app(site)
        app.jinja_env.loader = _with_empty(app.jinja_env.loader)
        return site, app

    return open_with


def _with_empty(loader):
    from jinja2 import ChoiceLoader, DictLoader

    return ChoiceLoader([DictLoader({EMPTY: "<p>box</p>"}), loader])


@pytest.fixture
def probed(open_probe):
    """Return the application, the page of each subject and how the plugin names that subject."""
    site, app = open_probe()
    with runtime.activate(site):
        with database.writing() as session:
            parent = add_member(session, 1, "parent")
            add_member(session, 2, "volunteer")
            coordinator = add_member(session, 3)
            organisation = add_organisation(session, coordinator=coordinator)
            values = {"kind": "tutoring", "payload": PAYLOAD}
            offer = add_offer(session, organisation_id=organisation.id, **values)
            asked = add_request(session, actor=parent, **values)
            proposed = add_offer(session, organisation_id=organisation.id, **values)
            proposed.publication = Publication.WITHDRAWN
            remove_listings(session, [uid_of(proposed.id)])
            elsewhere = [_elsewhere(type_) for type_ in ("offer", "organisation")]
            store_listings(session, elsewhere)
            paths = {
                "offer": (f"/offers/{offer.id}", f"Offer {offer.id}"),
                "managed offer": (f"/offers/{proposed.id}", f"Offer {proposed.id}"),
                "remote offer": (f"/offers/{HOST}/{REMOTE}", f"Listing {elsewhere[0]['uid']}"),
                "organisation": (
                    f"/organisations/{organisation.id}",
                    f"Organisation {organisation.id}",
                ),
                "remote organisation": (
                    f"/organisations/{HOST}/{FAR}",
                    f"Listing {elsewhere[1]['uid']}",
                ),
                "request": (f"/requests/{asked.id}", f"HelpRequest {asked.id}"),
                "account": ("/account", f"Member {parent.id}"),
                "dashboard": ("/manage", "str dashboard"),
            }
        yield app, paths


PAYLOAD = {"levels": ["cp"], "subjects": ["french"], "place": "library"}
HOST = "far.example.org"
REMOTE, FAR = "01960000-0000-7000-8000-000000000001", "01960000-0000-7000-8000-000000000002"


def _elsewhere(type_):
    identifier = REMOTE if type_ == "offer" else FAR
    return {
        "uid": f"https://{HOST}/federation/o/{identifier}",
        "type": type_,
        "origin": f"https://{HOST}",
        "kind": "tutoring" if type_ == "offer" else None,
        "title": "Something far away",
        "summary": "",
        "territory": ["75056"],
        "payload": PAYLOAD if type_ == "offer" else {},
        "lang": "fr",
        "created_at": clock.now(),
        "updated_at": clock.now(),
    }


@pytest.mark.parametrize(
    ("subject", "reader"),
    [
        ("offer", "parent1"),
        ("managed offer", "member3"),
        ("remote offer", "parent1"),
        ("organisation", "parent1"),
        ("remote organisation", "parent1"),
        ("request", "parent1"),
        ("account", "parent1"),
        ("dashboard", "member3"),
    ],
)
def test_each_page_asks_about_the_thing_itself(probed, subject, reader):
    app, paths = probed
    path, words = paths[subject]
    page = log_in(browser(app), f"{reader}@example.org").get(path)
    assert page.status_code == 200
    assert f'aria-label="{words} for ' in page.text
    assert "for nobody" not in page.text
    assert "<p>box</p>" in page.text


def test_no_plugin_is_asked_about_a_request_that_its_reader_may_not_read(probed):
    app, paths = probed
    client = log_in(browser(app), "volunteer2@example.org")
    path, words = paths["request"]
    assert f"{words} for " in client.get(path).text
    with database.writing() as session:
        asked = session.scalars(select(HelpRequest)).one()
        held = MemberRole.role == "volunteer"
        volunteer = session.scalars(select(Member).join(MemberRole).where(held)).one()
        answer = add_answer(session, request=asked, actor=volunteer)
        answer.state = AnswerState.ENDED
    page = client.get(path)
    assert page.status_code == 200
    assert f"{words} for " not in page.text


@pytest.mark.parametrize(
    "subject", ["offer", "remote offer", "organisation", "remote organisation"]
)
def test_a_box_for_one_reader_is_shown_to_nobody_else(probed, subject):
    app, paths = probed
    path, words = paths[subject]
    for _ in range(2):
        assert f"{words} for nobody" in browser(app).get(path).text
        names = set()
        for email in ("parent1@example.org", "volunteer2@example.org"):
            page = log_in(browser(app), email).get(path).text
            names.add(page.partition(f'aria-label="{words} for ')[2].partition('"')[0])
        assert len(names) == 2
        assert "nobody" not in names


def test_the_home_of_a_hub_asks_too(open_probe):
    _site, app = open_probe(toml='disabled = ["help_requests", "posting"]\n')
    assert "str hub for nobody" in browser(app).get("/").text


@pytest.mark.parametrize("subject", ["remote offer", "remote organisation"])
def test_a_row_of_another_site_knows_its_page_here_and_is_none_of_ours(probed, subject):
    _app, paths = probed
    path, words = paths[subject]
    with database.reading() as session:
        row = session.get_one(Listing, words.removeprefix("Listing "))
        assert (row.url, row.own_id) == (path, None)
