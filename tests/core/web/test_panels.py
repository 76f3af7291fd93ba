"""Plugins are asked for boxes on every page that the hook names, about the object of the page."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from entraide import app as apps
from entraide import database, runtime
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
from entraide import HelpRequest, Listing, Member, Panel, hookimpl
from flask import Blueprint

blueprint = Blueprint("probe", __name__)


@hookimpl
def register_blueprints():
    yield blueprint


@hookimpl
def panels(subject, member):
    who = member.shown_name if member else "nobody"
    if isinstance(subject, (HelpRequest, Member, Listing)):
        kind = getattr(subject, "type", type(subject).__name__)
        yield Panel(f"{kind} for {who}", "components/empty_probe.html")
    else:
        yield Panel(f"{subject} for {who}", "components/empty_probe.html")
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
    site, app = open_probe()
    with runtime.activate(site):
        with database.writing() as session:
            parent = add_member(session, 1, "parent")
            add_member(session, 2, "volunteer")
            organisation = add_organisation(session, coordinator=add_member(session, 3))
            values = {"kind": "tutoring", "payload": PAYLOAD}
            offer = add_offer(session, organisation_id=organisation.id, **values)
            asked = add_request(session, actor=parent, **values)
            paths = {
                "offer": f"/offers/{offer.id}",
                "organisation": f"/organisations/{organisation.id}",
                "HelpRequest": f"/requests/{asked.id}",
                "Member": "/account",
            }
        yield app, paths


PAYLOAD = {"levels": ["cp"], "subjects": ["french"], "place": "library"}


@pytest.mark.parametrize("subject", ["offer", "organisation", "HelpRequest", "Member"])
def test_each_page_asks_about_its_own_object(probed, subject):
    app, paths = probed
    client = log_in(browser(app), "parent1@example.org")
    page = client.get(paths[subject])
    assert page.status_code == 200
    assert f'aria-label="{subject} for ' in page.text
    assert f"{subject} for nobody" not in page.text
    assert "<p>box</p>" in page.text


def test_no_plugin_is_asked_about_a_request_that_its_reader_may_not_read(probed):
    app, paths = probed
    client = log_in(browser(app), "volunteer2@example.org")
    path = paths["HelpRequest"]
    assert "HelpRequest for " in client.get(path).text
    with database.writing() as session:
        asked = session.scalars(select(HelpRequest)).one()
        held = MemberRole.role == "volunteer"
        volunteer = session.scalars(select(Member).join(MemberRole).where(held)).one()
        answer = add_answer(session, request=asked, actor=volunteer)
        answer.state = AnswerState.ENDED
    page = client.get(path)
    assert page.status_code == 200
    assert "HelpRequest for " not in page.text


@pytest.mark.parametrize("subject", ["offer", "organisation"])
def test_a_box_for_one_reader_is_shown_to_nobody_else(probed, subject):
    app, paths = probed
    for _ in range(2):
        assert f"{subject} for nobody" in browser(app).get(paths[subject]).text
        names = set()
        for email in ("parent1@example.org", "volunteer2@example.org"):
            page = log_in(browser(app), email).get(paths[subject]).text
            names.add(page.partition(f'aria-label="{subject} for ')[2].partition('"')[0])
        assert len(names) == 2
        assert "nobody" not in names


def test_the_home_of_a_hub_asks_too(open_probe):
    _site, app = open_probe(toml='disabled = ["help_requests", "posting"]\n')
    assert "hub for nobody" in browser(app).get("/").text
