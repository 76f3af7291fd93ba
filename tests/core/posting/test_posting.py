"""Posting an offer: the whole walk, on both databases, as people click it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import date, timedelta
from html import unescape

import pytest
from sqlalchemy import select

from entraide import database, runtime
from entraide.app import create_app
from entraide.directory.listing.models import Listing
from entraide.directory.models import Offer
from entraide.i18n import gettext
from entraide.members.drafts import MOST
from entraide.posting.sides import POST_SIDES
from entraide.testing import add_member, add_organisation, browser, csrf_of, log_in

EQUIPMENT = '''
"""Nursery equipment that families lend each other."""
from marshmallow import Schema, validate
from entraide import Kind, Workflow, catalogue, fields, hookimpl, parties, public, Problem

_ = catalogue(__name__, fr={"Equipment loan": "Prêt de matériel", "Item": "Objet",
                            "Age in months": "Âge en mois", "Pick-up address": "Adresse de retrait"})

class EquipmentSchema(Schema):
    item = public(fields.String(required=True, validate=validate.Length(max=80)), label=_("Item"))
    age_months = public(fields.Integer(validate=validate.Range(0, 36)), label=_("Age in months"), facet=True)
    pickup = parties(fields.String(validate=validate.Length(max=200)), label=_("Pick-up address"), category="location")
    for_parts = public(fields.some_of([("wheel", "Roue"), ("belt", "Sangle")]), label="Parts")
    wish = public(fields.String(required=True), label="Wish", sides=("request",))

LENDING = Workflow("open", {"open": {"reserve": "reserved", "withdraw": "closed"},
                            "reserved": {"hand_over": "lent", "cancel": "open"},
                            "lent": {"give_back": "closed"}})

class TripSchema(Schema):
    title = public(fields.String(required=True), label="Name of the trip")

class NothingSchema(Schema):
    pass

@hookimpl
def register_kinds():
    yield Kind("equipment", _("Equipment loan"), EquipmentSchema, LENDING, federated=True)
    yield Kind("trip", "Trip", TripSchema, schedule="required", has_seats=False)
    yield Kind("talk", "Talk", NothingSchema, schedule="none")
    yield Kind("need", "Need", NothingSchema, sides=("request",))

@hookimpl
def problems(subject):
    if "interdit" in subject.title:
        yield Problem("Ce titre ne convient pas.", "title")
    if "objet" in subject.summary:
        yield Problem("Cet objet ne convient pas.", "item")
'''
WHEN = {"mode": "wednesday"}
WHERE = {"commune": "58500"}
PICKED = {"commune": "58500", "commune_asked": "58500", "commune_code": "58079"}
WHO = {"title": "Lit de bébé", "details-item": "Lit pliant", "details-pickup": "3 rue Secrète"}


@pytest.fixture
def site(make_site, database_url):
    made = make_site(
        url=database_url, plugins=("equipment",), files={"plugins/equipment.py": EQUIPMENT}
    )
    with runtime.activate(made) as opened:
        yield opened


@pytest.fixture
def lone_site(make_site):
    made = make_site(plugins=("equipment",), files={"plugins/equipment.py": EQUIPMENT})
    with runtime.activate(made) as opened:
        yield opened


@pytest.fixture
def lone_client(lone_site):
    return browser(create_app(lone_site))


def send(client, path, **values):
    page = client.get(path)
    assert page.status_code == 200, (path, page.status_code, page.headers.get("Location"))
    return client.post(path, data={"csrf_token": csrf_of(page.text), **values})


def start(client, side="offer", kind="equipment", query=""):
    answer = send(client, f"/post/{side}{query}", kind=kind)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].removesuffix("/when")


def walk(client, *, query="", when=WHEN, where=PICKED, who=WHO, kind="equipment"):
    draft = start(client, kind=kind, query=query)
    fill(client, draft, when=when, where=where, who=who)
    return draft


def fill(client, draft, *, when=WHEN, where=PICKED, who=WHO):
    for step, values in (("when", when), ("where", where), ("who", who)):
        answer = send(client, f"{draft}/{step}", **values)
        assert answer.status_code == 303, answer.text
    assert answer.headers["Location"] == f"{draft}/review"


def submit(client, draft):
    return send(client, f"{draft}/review")


def offers():
    with database.reading() as session:
        found = list(session.scalars(select(Offer)).all())
        session.expunge_all()
        return found


def add(email_number=1):
    with database.writing() as session:
        add_member(session, email_number, "volunteer")
    return f"volunteer{email_number}@example.org"


def test_visitor_writes_logs_in_and_publishes(client, site):
    draft = walk(client, who=WHO | {"details-age_months": "6", "summary": "Propre.", "places": "2"})
    review = client.get(f"{draft}/review").text
    assert "nous vous envoyons un lien" in review.lower() or "send you a link" in review
    answer = submit(client, draft)
    assert answer.headers["Location"] == f"/login?next={draft}/review"
    log_in(client, add())
    answer = submit(client, draft)
    assert answer.status_code == 303, answer.text
    [offer] = offers()
    assert answer.headers["Location"] == f"/post/sent/{offer.id}"
    assert (offer.publication, offer.state) == ("public", "open")
    assert (offer.title, offer.summary, offer.seats) == ("Lit de bébé", "Propre.", 2)
    assert offer.territory == ["58079"]
    assert offer.payload == {"item": "Lit pliant", "age_months": 6}
    assert offer.details == {"pickup": "3 rue Secrète"}
    assert offer.schedule == {
        "starts": "2026-11-25T09:00:00",
        "ends": "2026-11-25T18:00:00",
        "rrule": "FREQ=WEEKLY;BYDAY=WE",
        "timezone": "Europe/Paris",
    }
    assert offer.verify_by.isoformat() == "2027-02-20"
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "Lit de bébé" in page.text


def test_draft_is_kept_across_login(client, site):
    draft = walk(client)
    log_in(client, add())
    assert "Lit pliant" in client.get(f"{draft}/review").text
    assert 'value="Lit de bébé"' in client.get(f"{draft}/who").text


def test_member_without_organisation_publishes_at_once(client, site):
    log_in(client, add())
    submit(client, walk(client))
    with database.reading() as session:
        assert session.scalars(select(Listing.title)).all() == ["Lit de bébé"]


def test_proposal_for_an_organisation_waits_for_its_coordinator(client, site):
    with database.writing() as session:
        wanted = str(add_organisation(session).id)
    log_in(client, add())
    draft = walk(client, query=f"?organisation={wanted}", who=WHO | {"organisation": wanted})
    sent = submit(client, draft).headers["Location"]
    [offer] = offers()
    assert offer.publication == "pending"
    assert str(offer.organisation_id) == wanted
    assert "Association Exemple 1" in client.get(sent).text


def test_coordinator_speaks_for_the_organisation_and_publishes(client, site):
    with database.writing() as session:
        coordinator = add_member(session, 1, "volunteer")
        wanted = str(add_organisation(session, coordinator=coordinator).id)
        other = str(add_organisation(session, 2).id)
    log_in(client, "volunteer1@example.org")
    draft = walk(client, who=WHO | {"organisation": wanted})
    page = client.get(f"{draft}/who").text
    assert "Association Exemple 1" in page
    assert "Association Exemple 2" not in page
    refused = send(client, f"{draft}/who", **WHO, organisation=other)
    assert refused.status_code == 422
    submit(client, draft)
    [offer] = offers()
    assert (offer.publication, str(offer.organisation_id)) == ("public", wanted)


def test_sending_twice_creates_one_offer(client, site):
    log_in(client, add())
    draft = walk(client)
    page = client.get(f"{draft}/review")
    data = {"csrf_token": csrf_of(page.text)}
    answers = [client.post(f"{draft}/review", data=data) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert len(offers()) == 1
    for step in ("what", "when", "who", "review"):
        assert client.get(f"{draft}/{step}").headers["Location"].startswith("/post/sent/")


def test_sending_twice_at_the_same_time_creates_one_offer(client, site):
    log_in(client, add())
    draft = walk(client)
    data = {"csrf_token": csrf_of(client.get(f"{draft}/review").text)}
    domain = site.settings.site.base_url.removeprefix("https://")
    cookie = client.get_cookie("__Host-entraide", domain=domain)
    twins = [browser(client.application) for _ in range(4)]
    for twin in twins:
        twin.set_cookie(cookie.key, cookie.value, domain=domain, secure=True)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda twin: twin.post(f"{draft}/review", data=data), twins))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert len(offers()) == 1


def test_going_back_shows_and_changes_the_answers(client, site):
    log_in(client, add())
    draft = walk(client, where=PICKED)
    assert re.search(r'value="wednesday" checked', client.get(f"{draft}/when").text)
    where = client.get(f"{draft}/where").text
    assert 'value="Clamecy (58500)"' in where
    assert send(client, f"{draft}/where", commune="Clamecy (58500)").status_code == 303
    assert send(client, f"{draft}/when", mode="evening").status_code == 303
    submit(client, draft)
    [offer] = offers()
    assert offer.territory == ["58079"]
    assert offer.schedule["rrule"] == "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"


def test_another_kind_keeps_what_both_ask(lone_client):
    draft = walk(lone_client)
    assert send(lone_client, f"{draft}/what", kind="trip").status_code == 303
    assert lone_client.get(f"{draft}/review").headers["Location"] == f"{draft}/who"
    page = lone_client.get(f"{draft}/who").text
    assert 'value="Lit de bébé"' in page
    assert "Lit pliant" not in page


def test_private_answers_are_never_on_the_public_side(lone_client):
    draft = walk(lone_client)
    page = lone_client.get(f"{draft}/review").text
    everyone, association = page.split('<section class="panel">')[1:3]
    assert "Lit pliant" in everyone
    assert "3 rue Secrète" not in everyone
    assert "3 rue Secrète" in association


def test_steps_out_of_order_lead_to_the_first_incomplete(lone_client):
    draft = start(lone_client)
    for step in ("where", "who", "review"):
        assert lone_client.get(f"{draft}/{step}").headers["Location"] == f"{draft}/when"
    send(lone_client, f"{draft}/when", **WHEN)
    assert lone_client.get(f"{draft}/review").headers["Location"] == f"{draft}/where"
    token = csrf_of(lone_client.get(f"{draft}/where").text)
    answer = lone_client.post(f"{draft}/review", data={"csrf_token": token})
    assert answer.headers["Location"] == f"{draft}/where"
    assert offers() == []


def test_few_fields_are_required(lone_client):
    draft = start(lone_client)
    names = set()
    pages = [lone_client.get("/post/offer").text]
    for step, values in (("when", WHEN), ("where", PICKED), ("who", WHO)):
        pages.append(lone_client.get(f"{draft}/{step}").text)
        send(lone_client, f"{draft}/{step}", **values)
    for tag in re.findall(r"<(?:input|select|textarea)[^>]*\brequired\b[^>]*>", "".join(pages)):
        names.add(re.search(r'name="([^"]+)"', tag)[1])
    assert names == {"kind", "day", "commune", "title", "details-item"}


def test_other_side_fields_and_kinds_are_left_out(lone_client):
    assert 'value="need"' not in lone_client.get("/post/offer").text
    draft = start(lone_client)
    send(lone_client, f"{draft}/when", **WHEN)
    send(lone_client, f"{draft}/where", **PICKED)
    assert "details-wish" not in lone_client.get(f"{draft}/who").text


class Noting:
    """A side that another feature gives: it notes what it is handed."""

    name, action, notice = "request", "directory.propose", "Canari noté."

    def __init__(self):
        self.noted = []

    def submit(self, session, actor, draft):
        self.noted.append((session.is_active, actor.shown_name, draft))
        return "/help-numbers"


def test_another_feature_brings_its_side(lone_client, lone_site):
    side = POST_SIDES.get(lone_site)["request"] = Noting()
    log_in(lone_client, add())
    draft = start(lone_client, side="request")
    send(lone_client, f"{draft}/when", mode="holidays", verify_by="2027-03-01")
    send(lone_client, f"{draft}/where", **PICKED)
    page = lone_client.get(f"{draft}/who").text
    assert "details-wish" in page
    assert 'name="places"' not in page
    assert "Visible par tous" not in page
    send(lone_client, f"{draft}/who", **WHO, **{"details-wish": "Un lit", "places": "3"})
    review = lone_client.get(f"{draft}/review").text
    assert review.index("Lit pliant") < review.index("3 rue Secrète")
    assert submit(lone_client, draft).headers["Location"] == "/help-numbers"
    assert "Canari noté." in lone_client.get("/help-numbers").text
    assert "Canari noté." not in lone_client.get("/help-numbers").text
    [(is_writing, author, given)] = side.noted
    assert (is_writing, author) == (True, "Volunteer Exemple 1")
    assert asdict(given) == {
        "kind": "equipment",
        "title": "Lit de bébé",
        "summary": "",
        "territory": ["58079"],
        "schedule": {
            "starts": "2026-12-19T08:00:00Z",
            "ends": "2027-01-03T17:00:00Z",
            "timezone": "Europe/Paris",
        },
        "seats": None,
        "verify_by": date(2027, 1, 3),
        "organisation_id": None,
        "payload": {"item": "Lit pliant", "pickup": "3 rue Secrète", "wish": "Un lit"},
    }


def test_a_side_that_no_feature_brings_is_not_found(lone_client, lone_site):
    POST_SIDES.fill({}, lone_site)
    assert lone_client.get("/post/offer").status_code == 404


def test_a_kind_chosen_in_the_address_is_checked(lone_client):
    page = lone_client.get("/post/offer?kind=equipment").text
    assert re.search(r'value="equipment" checked', page)
    assert lone_client.get("/post/offer?kind=%00%F0&organisation=nonsense").status_code == 200


def test_draft_of_a_kind_that_vanished_asks_for_another(lone_client, lone_site):
    draft = walk(lone_client)
    lone_site.kinds.pop("equipment")
    assert lone_client.get(f"{draft}/review").headers["Location"] == f"{draft}/what"
    page = lone_client.get(f"{draft}/what").text
    assert gettext("This kind of help is no longer here.") in unescape(page)
    assert send(lone_client, f"{draft}/what", kind="talk").status_code == 303
    assert lone_client.get(f"{draft}/who").status_code == 200


def test_what_a_plugin_refuses_is_shown_and_nothing_is_lost(lone_client):
    log_in(lone_client, add())
    draft = walk(lone_client, who=WHO | {"title": "interdit", "summary": "objet"})
    refused = submit(lone_client, draft)
    assert refused.status_code == 422
    assert "Ce titre ne convient pas." in refused.text
    assert f'href="{draft}/who"' in refused.text
    assert offers() == []
    assert send(lone_client, f"{draft}/who", **WHO).status_code == 303
    assert submit(lone_client, draft).status_code == 303
    assert len(offers()) == 1


def test_old_draft_asks_again_until_when(lone_client, lone_site):
    with database.writing() as session:
        email = add_member(session, 1, "parent").email
    log_in(lone_client, email)
    draft = walk(lone_client, when={"mode": "date", "day": "2026-11-30"})
    lone_site.clock.advance(timedelta(days=9))
    assert lone_client.get(f"{draft}/review").headers["Location"] == f"{draft}/when"


def test_ten_drafts_are_kept_and_none_with_text_goes_unasked(lone_client, lone_site):
    written, empty = walk(lone_client), []
    for _each in range(MOST):
        lone_site.clock.advance(timedelta(minutes=1))
        empty.append(start(lone_client))
    missing = lone_client.get(f"{empty[0]}/when")
    assert missing.status_code == 404
    assert "brouillon" in missing.text.lower()
    for draft in [written, *empty[1:]]:
        assert lone_client.get(f"{draft}/when").status_code == 200
    for draft in empty[1:]:
        fill(lone_client, draft)
    refused = send(lone_client, "/post/offer", kind="equipment")
    assert refused.status_code == 409
    assert f"{MOST} textes" in refused.text
    # What was refused took nothing from this browser: its texts are there, and its form works.
    assert lone_client.get(f"{written}/review").status_code == 200
    again = {"csrf_token": csrf_of(refused.text), "kind": "equipment"}
    assert lone_client.post("/post/offer", data=again).status_code == 409


def test_another_browser_sees_no_draft(lone_client, lone_site):
    draft = walk(lone_client)
    other = browser(lone_client.application)
    assert other.get(f"{draft}/review").status_code == 404


def test_only_the_author_sees_what_was_sent(lone_client, lone_site):
    log_in(lone_client, add())
    sent = submit(lone_client, walk(lone_client)).headers["Location"]
    other = browser(lone_client.application)
    assert other.get(sent).headers["Location"].startswith("/login?next=")
    assert log_in(other, add(2)).get(sent).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/post/gift",
        "/post/request/",
        "/post/123/when",
        "/post/01890000-0000-7000-8000-000000000000/when",
        "/post/01890000-0000-7000-8000-000000000000/nonsense",
        "/post/sent/nonsense",
    ],
)
def test_wrong_addresses_are_not_found(lone_client, path):
    assert lone_client.get(path).status_code == 404


def test_posts_without_a_token_are_refused(lone_client):
    draft = walk(lone_client)
    for path in ("/post/offer", f"{draft}/when", f"{draft}/who", f"{draft}/review"):
        assert lone_client.post(path, data={}).status_code == 403
