"""Who reads a field: what the form says and what every route shows are the same, for every kind."""

from __future__ import annotations

import re
from html import unescape

import pytest
from marshmallow import Schema

from entraide import database, fields, runtime
from entraide.app import create_app, create_site, remember_classification
from entraide.directory.models import Offer
from entraide.directory.offers.service import publish_offer
from entraide.help_requests import service
from entraide.help_requests.models import HelpRequest
from entraide.kinds import Kind
from entraide.members.service import create_token
from entraide.plugins import check
from entraide.readers import READERS, WORDS, Reader
from entraide.testing import (
    add_answer,
    add_member,
    add_offer,
    add_organisation,
    add_request,
    browser,
    csrf_of,
    in_days,
    log_in,
)

CANARY = '''"""A kind with one field of each mark."""
from entraide import Kind, fields, hookimpl, parties, public, staff
from marshmallow import Schema

class CanarySchema(Schema):
    shown = public(fields.String(), label="Shown", facet=True)
    known = fields.members(fields.String(), label="Known")
    told = parties(fields.String(), label="Told")
    kept = staff(fields.String(), label="Kept")
    asked = parties(fields.String(), label="Asked", sides=("request",))
    given = staff(fields.String(), label="Given", sides=("offer",))

@hookimpl
def register_kinds():
    yield Kind("canary", "Canari", CanarySchema, federated=True)
'''
KINDS = ("canary", "tutoring", "outing", "sponsorship")
EVERYONE = {
    "anonymous",
    "parent",
    "author",
    "volunteer",
    "coordinator",
    "stranger",
    "moderator",
    "administrator",
    "api",
    "token",
    "csv",
}
HELPERS = {"author", "volunteer", "coordinator", "stranger", "moderator", "administrator"}
MEMBERS = EVERYONE - {"anonymous", "api", "token", "csv"}
TEAM = {"author", "coordinator", "moderator", "administrator"}
OF_ASSOCIATION = {
    "Visible par tous": EVERYONE,
    "Visible par les membres": MEMBERS,
    "Seulement pour les personnes qui participent": TEAM,
    "Seulement pour l’association et l’équipe": TEAM,
}
"""What each title means on an offer of the association that `coordinator` coordinates: who finds
the words on a page or in an answer of ours."""
OWN = {
    "Visible par tous": EVERYONE - {"csv"},
    "Visible par les membres": MEMBERS,
    "Seulement pour les personnes qui participent": TEAM - {"coordinator"},
    "Seulement pour l’équipe de ce site": TEAM - {"coordinator"},
}
"""The same of a member's own offer, once it is public: no association has it in its table."""
WAITING = dict.fromkeys(OWN, TEAM | {"stranger"}) | {
    "Visible par tous": TEAM | {"stranger", "token"},
}
"""The same while it waits: whoever coordinates any association may judge it, so reads it; the
author's own token finds what everyone will."""
OFFERS = {"association": OF_ASSOCIATION, "own": OWN, "waiting": WAITING}
REQUEST = {
    "Visible par ceux qui peuvent aider": {
        "open": HELPERS,
        "volunteer": {"author", "volunteer"},
        "coordinator": {"author", "coordinator"},
        "privately": {"author", "coordinator"},
    },
    "Seulement pour la personne que vous choisissez": {
        "open": {"author"},
        "volunteer": {"author", "volunteer"},
        "coordinator": {"author", "coordinator"},
        "privately": {"author", "coordinator"},
    },
    "Seulement pour l’association que vous choisissez": {
        "open": {"author"},
        "volunteer": {"author"},
        "coordinator": {"author", "coordinator"},
        "privately": {"author"},
    },
}
"""The same of a request: while it is open, once its author chose a volunteer, a coordinator who
answers for the association, and one who answers privately."""


@pytest.fixture
def site(make_site, database_url):
    plugins = ("tutoring", "outings", "sponsorship", "canary")
    made = make_site(url=database_url, plugins=plugins, files={"plugins/canary.py": CANARY})
    with runtime.activate(made) as opened:
        yield opened


@pytest.fixture
def people(site):
    with database.writing() as session:
        known = {
            name: add_member(session, number, *roles)
            for number, (name, roles) in enumerate(
                {
                    "parent": ("parent",),
                    "author": ("parent",),
                    "volunteer": ("volunteer",),
                    "coordinator": (),
                    "stranger": (),
                    "moderator": ("moderator",),
                    "administrator": ("administrator",),
                }.items(),
                1,
            )
        }
        known["ours"] = add_organisation(session, 1, known["coordinator"])
        add_organisation(session, 2, known["stranger"])
        known["token"] = create_token(
            session, name="author", scopes=["offers:write"], member=known["author"]
        )
        return known


def values_of(kind, side):
    """Return a canary for each field of a kind that can hold one."""
    values = {}
    for number, (name, one) in enumerate(kind.schema().fields.items()):
        if side not in one.metadata.get("sides", (side,)):
            continue
        if isinstance(one, fields.Integer):
            values[name] = 97100 + number
        elif not isinstance(one, fields.Boolean):
            word = f"canari-{name}-"
            values[name] = [word] if isinstance(one, fields.List) else word
    return values


def canary_of(value):
    return value[0] if isinstance(value, list) else str(value)


def send(client, path, **values):
    page = client.get(path)
    return client.post(path, data={"csrf_token": csrf_of(page.text), **values})


def said(client, side, kind, query=""):
    """Walk to the step that asks the kind's fields; return field → title of its readers."""
    draft = (
        send(client, f"/post/{side}{query}", kind=kind).headers["Location"].removesuffix("/when")
    )
    day = {"mode": "date", "day": in_days(9).isoformat(), "start": "14:00", "minutes": "60"}
    assert send(client, f"{draft}/when", **day).status_code == 303
    place = {"commune": "58500", "commune_asked": "58500", "commune_code": "58079"}
    assert send(client, f"{draft}/where", **place).status_code == 303
    page = unescape(client.get(f"{draft}/who").text)
    found = {}
    for part in page.split('<fieldset class="readers">')[1:]:
        title = re.sub("<[^>]*>", "", part.partition("</legend>")[0]).strip()
        for name in re.findall(r'name="(details-)?(\w+)"', part):
            found["".join(name)] = title
    return found


def pages_of(people, app, paths):
    """Return everything that each visitor finds under `paths`, as one text."""
    texts = {}
    for name in (*HELPERS, "parent", "anonymous"):
        client = browser(app)
        if name != "anonymous":
            log_in(client, people[name].email)
        answers = [client.get(path) for path in paths]
        texts[name] = unescape(" ".join(one.text for one in answers if one.status_code == 200))
    return texts


@pytest.mark.parametrize(
    ("kind", "story"),
    # A sponsorship is never a member's own.
    [
        (kind, story)
        for kind in KINDS
        for story in OFFERS
        if kind != "sponsorship" or story == "association"
    ],
)
def test_an_offer_is_read_by_those_whom_the_form_names(site, people, kind, story):
    app, declared = create_app(site), site.kinds[kind]
    values = values_of(declared, "offer")
    with database.writing() as session:
        offer = add_offer(
            session,
            kind=kind,
            actor=people["author"],
            organisation_id=people["ours"].id if story == "association" else None,
            payload=values,
        )
        if story != "waiting":
            publish_offer(session, offer=offer, actor=people["coordinator"])
        identifier = offer.id
    paths = (
        "/",
        "/find",
        f"/offers/{identifier}",
        "/manage",
        f"/organisations/{people['ours'].id}",
    )
    texts = pages_of(people, app, paths)
    api = [f"/api/v1/offers?kind={kind}", f"/api/v1/offers/{identifier}", "/api/v1/kinds"]
    texts["api"] = " ".join(browser(app).get(path).text for path in api)
    bearer = {"Authorization": f"Bearer {people['token']}"}
    texts["token"] = " ".join(browser(app).get(path, headers=bearer).text for path in api)
    table = log_in(browser(app), people["coordinator"].email).get(f"/manage/offers.csv?kind={kind}")
    assert table.status_code == 200
    texts["csv"] = table.text
    query = f"?organisation={people['ours'].id}" if story == "association" else ""
    titles = said(log_in(browser(app), people["author"].email), "offer", kind, query)
    assert titles["title"] == titles["summary"] == "Visible par tous"
    for name, value in values.items():
        readers = {who for who, text in texts.items() if canary_of(value) in text}
        title = titles[f"details-{name}"]
        assert readers == OFFERS[story][title], (name, title)
    by_name = {who for who in HELPERS if people["author"].display_name in texts[who]}
    assert by_name == OFFERS[story][next(title for title in OFFERS[story] if "Seulement" in title)]


def choose(people, request_id, who, organisation_id=None):
    with database.writing() as session:
        request = session.get_one(HelpRequest, request_id)
        answer = add_answer(
            session, request=request, actor=people[who], organisation_id=organisation_id
        )
        for name in ("author", who):
            if name != who or answer.helper_agreed_at is None:
                service.agree(session, answer=answer, actor=people[name])
        assert answer.state == "agreed"


STORIES = [
    (kind, state)
    for kind in KINDS
    for state in ("open", "volunteer", "coordinator", "privately")
    if (kind, state) != ("sponsorship", "volunteer")  # Only associations answer for those.
]


def readers_of_request(kind, title, state):
    """Return who finds it; what only associations answer, no volunteer may open."""
    readers = REQUEST[title][state]
    return readers - {"volunteer"} if kind == "sponsorship" else readers


@pytest.mark.parametrize(("kind", "state"), STORIES)
def test_a_request_is_read_by_those_whom_the_form_names(site, people, kind, state):
    app, declared = create_app(site), site.kinds[kind]
    values = values_of(declared, "request")
    with database.writing() as session:
        request = add_request(session, kind=kind, actor=people["author"], payload=values)
    who = "coordinator" if state == "privately" else state
    if state != "open":
        choose(people, request.id, who, people["ours"].id if state == "coordinator" else None)
    paths = ("/", "/find", "/requests", "/requests/mine", f"/requests/{request.id}", "/account")
    texts = pages_of(people, app, paths)
    texts["api"] = " ".join(browser(app).get(p).text for p in ("/api/v1/offers", "/api/v1/kinds"))
    titles = said(log_in(browser(app), people["author"].email), "request", kind)
    assert titles["title"] == titles["summary"] == "Visible par ceux qui peuvent aider"
    for name, value in values.items():
        readers = {who for who, text in texts.items() if canary_of(value) in text}
        title = titles[f"details-{name}"]
        assert readers == readers_of_request(kind, title, state), (name, title)
    address = {who for who, text in texts.items() if people["author"].email in text}
    assert address == {"author"} | ({who} if state != "open" else set())


def test_forms_that_publish_nothing_say_nothing_of_readers(site, people):
    app = create_app(site)
    author = log_in(browser(app), people["author"].email)
    with database.writing() as session:
        request = add_request(session, kind="canary", actor=people["author"])
        service.close_request(session, request=request, actor=people["author"], reason="closed")
        other = add_request(session, 2, kind="canary", actor=people["author"])
    pages = [
        browser(app).get("/login").text,
        author.get("/account").text,
        author.get(f"/requests/{request.id}").text,
        log_in(browser(app), people["volunteer"].email).get(f"/requests/{other.id}").text,
    ]
    assert "<textarea" in pages[-1]
    assert 'type="date"' in pages[2]
    for page in map(unescape, pages):
        assert 'class="readers"' not in page
        assert not any(title in page for title in (*OF_ASSOCIATION, *OWN, *REQUEST))


def test_every_reader_has_words_and_everybody_asked_has_a_reader():
    assert set(READERS.values()) == set(WORDS)
    assert set(Reader) - set(WORDS) == {Reader.AUTHOR}
    assert {side for side, _mark in READERS} == {"offer", "request"}


class SealedSchema(Schema):
    code = fields.sealed(fields.String(), label="Code", sides=("offer",))


@pytest.mark.parametrize(("sides", "count"), [(("offer",), 1), (("request",), 0)])
def test_a_field_that_nobody_reads_is_named_with_its_remedy(sides, count):
    unread = check.unread_fields([Kind("box", "Boîte", SealedSchema, sides=sides)], "boxes")
    assert len(unread) == count
    for words in unread:
        assert "the field code of SealedSchema (kind box) is sealed()" in words
        assert "mark it staff() or parties(), or take it out" in words


SEALED = CANARY.replace(
    'staff(fields.String(), label="Given"', 'fields.sealed(fields.String(), label="Given"'
)


def test_a_kind_with_such_a_field_is_set_aside_and_the_site_starts(make_site):
    files = {"plugins/canary.py": SEALED}
    made = make_site(plugins=("canary",), files=files)
    assert "canary" not in made.kinds
    assert "the field given of CanarySchema" in made.registry.quarantined["canary"]


CLOSED = CANARY.replace(
    'public(fields.String(), label="Shown", facet=True)', 'parties(fields.String(), label="Shown")'
)
OPENED = CANARY.replace("told = parties(", "told = public(")


@pytest.mark.parametrize(
    ("release", "field", "readers"),
    [
        (CLOSED, "shown", TEAM),
        (OPENED, "told", TEAM),
    ],
)
@pytest.mark.parametrize("is_settled", [False, True])
def test_a_release_that_moves_a_mark_never_shows_more(
    site, people, release, field, readers, is_settled
):
    with database.writing() as session:
        offer = add_offer(
            session,
            kind="canary",
            actor=people["coordinator"],
            organisation_id=people["ours"].id,
            payload=values_of(site.kinds["canary"], "offer"),
        )
        offer.member_id = people["author"].id
        request = add_request(
            session,
            kind="canary",
            actor=people["author"],
            payload=values_of(site.kinds["canary"], "request"),
        )
    remember_classification(site)
    (site.settings.folder / "plugins" / "canary.py").write_text(release, "utf-8")
    later = create_site(site.settings)
    later.clock = site.clock
    with runtime.activate(later):
        if is_settled:
            remember_classification(later)
        app = create_app(later)
        texts = pages_of(people, app, (f"/offers/{offer.id}", "/manage"))
        texts["api"] = browser(app).get("/api/v1/offers").text
        assert {who for who, text in texts.items() if f"canari-{field}-" in text} == readers
        texts = pages_of(people, app, (f"/requests/{request.id}", "/requests"))
        assert {who for who, text in texts.items() if f"canari-{field}-" in text} == {"author"}
        with database.reading() as session:
            row = session.get_one(Offer, offer.id)
            is_moved = "shown" in (row.details or {})
        assert is_moved == (is_settled and field == "shown")
    later.database.close()
