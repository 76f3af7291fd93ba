"""A kind with a commune, links, filters by day and hour and its own questions, through every door."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from entraide import app as apps
from entraide import database, runtime
from entraide.directory.finding.ranges import accepted_values
from entraide.directory.jobs import FOLLOWER, follower
from entraide.directory.listing.models import Listing
from entraide.directory.listing.own_rows import list_offer
from entraide.directory.listing.store import COLUMNS, store_listings
from entraide.directory.offers.incoming import mode_of
from entraide.directory.offers.schemas import OfferSchema
from entraide.directory.payloads.values import load_payload
from entraide.testing import add_member, add_offer, add_organisation, browser, csrf_of, log_in

CARPOOL = '''"""Trips that people share."""
from marshmallow import Schema, validate
from entraide import Kind, fields, hookimpl, public

class TripSchema(Schema):
    to = public(fields.Commune(required=True), label="Destination", facet=True)
    leaves = public(fields.Time(), label="Départ", facet="at_least")
    until = public(fields.Date(), label="Dernier jour", facet="at_most")
    share = public(fields.Decimal(validate=validate.Range(0, 5)), label="Participation", facet=True)
    page = public(fields.Url(), label="Page")
    mail = public(fields.Email(), label="Adresse")

@hookimpl
def register_kinds():
    yield Kind("carpool", "Trajet", TripSchema, federated=True, schedule_modes=("weekly",),
               questions={"where": {"offer": "D’où partez-vous ?"}, "when": "Quels jours ?",
                          "title": "Votre trajet en une ligne", "show_until": "Jusqu’à quand ?",
                          "places": {"offer": "Combien de places dans la voiture ?"},
                          "places_shown": "Places dans la voiture"})
'''
GIVEN = {
    "to": "58079",
    "leaves": "08:15:00",
    "until": "2027-05-31",
    "share": 3.5,
    "page": "https://trajet.example/page",
    "mail": "exemple@example.org",
}


@pytest.fixture
def site(make_site, database_url):
    files = {"plugins/carpool.py": CARPOOL}
    made = make_site(url=database_url, plugins=("carpool",), files=files)
    with runtime.activate(made) as opened:
        yield opened
        if writer := FOLLOWER.find():
            writer.close()


@pytest.fixture
def client(site):
    return browser(apps.create_app(site))


def send(client, path, **values):
    page = client.get(path)
    return page.text, client.post(path, data={"csrf_token": csrf_of(page.text), **values})


def start(client):
    answer = send(client, "/post/offer", kind="carpool")[1]
    return answer.location.removesuffix("/when")


def offered(**values):
    with database.writing() as session:
        author = add_member(session, 1)
        association = add_organisation(session, coordinator=author)
        payload = load_payload(runtime.current().kinds["carpool"], GIVEN)
        options = {"kind": "carpool", "organisation_id": association.id, "payload": payload}
        return add_offer(session, actor=author, **(options | values))


def test_the_steps_ask_in_the_words_of_the_kind(client):
    draft = start(client)
    page, _answer = send(client, f"{draft}/when")
    assert "Quels jours ?" in page
    assert "Jusqu’à quand ?" in page
    assert re.findall(r'name="mode" value="(\w+)"( checked)?', page) == [("weekly", " checked")]
    assert send(client, f"{draft}/when", mode="date", day="2027-01-02")[1].status_code == 422
    assert send(client, f"{draft}/when", days="MO", verify_by="2027-01-31")[1].status_code == 303
    page, _answer = send(client, f"{draft}/where", commune="Clamecy (58500)")
    assert "D’où partez-vous ?" in page
    page, answer = send(
        client,
        f"{draft}/who",
        **{"title": "Vers la ville", "details-to": "58500", "places": "3"},
    )
    assert "Votre trajet en une ligne" in page
    assert "Combien de places dans la voiture ?" in page
    # Several communes have this postal code: it asks which one, and remembers the rest.
    assert answer.status_code == 422
    assert 'name="details-to_code" value="58079"' in answer.text
    assert 'value="Vers la ville"' in answer.text
    picked = {"details-to": "58500", "details-to_asked": "58500", "details-to_code": "58079"}
    answer = send(client, f"{draft}/who", title="Vers la ville", places="3", **picked)[1]
    assert answer.status_code == 303
    again = client.get(f"{draft}/who").text
    assert re.search(r'name="details-to" value="Clamecy[^"]*"', again)
    review = unescape(client.get(f"{draft}/review").text)
    pairs = dict(re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", review))
    assert pairs["Destination"] == "Clamecy"
    assert pairs["D’où partez-vous ?"] == "Clamecy"
    assert pairs["Combien de places dans la voiture ?"] == "3"
    assert "Quels jours ?" in pairs


@pytest.mark.parametrize(
    ("words", "status", "shown"),
    [
        ("Nulle-Part-sur-Rien", 422, "Nous ne connaissons pas ce lieu"),
        ("", 422, "commune"),
        ("Nièvre", 422, "département"),
        ("Clamecy", 303, ""),
    ],
)
def test_a_commune_is_asked_like_the_place_of_the_site(client, words, status, shown):
    draft = start(client)
    send(client, f"{draft}/when", days="MO", verify_by="2027-01-31")
    send(client, f"{draft}/where", commune="Clamecy (58500)")
    answer = send(client, f"{draft}/who", **{"title": "Trajet", "details-to": words})[1]
    assert answer.status_code == status
    assert shown in unescape(answer.text)


def test_the_page_shows_names_links_and_seats(client):
    offer = offered(seats=3)
    page = unescape(client.get(f"/offers/{offer.id}").text)
    assert "Clamecy" in page
    assert "Places dans la voiture : 3" in page.replace("\u00a0", " ")
    link = '<a href="{}" rel="noopener nofollow ugc">'
    assert link.format("https://trajet.example/page") in page
    assert link.format("mailto:exemple@example.org") in page


@pytest.mark.parametrize(
    "page", ["javascript:alert(1)", "https://a.example/\u202e", "data:text/html,x", "//a.example"]
)
def test_an_address_that_is_not_clean_is_no_link(client, page):
    offer = offered()
    with database.writing() as session:
        row = session.merge(offer)
        row.payload = GIVEN | {"page": page, "mail": "a@b.example?cc=c@d.example"}
        list_offer(session, row)
    shown = client.get(f"/offers/{offer.id}").text
    assert shown.count('rel="noopener nofollow ugc"') == 0


def test_programs_read_code_and_name_and_may_send_both(client, site):
    offer = offered()
    item = client.get(f"/api/v1/offers/{offer.id}").json
    assert item["payload"] == GIVEN | {"to": {"code": "58079", "name": "Clamecy"}}
    schema = client.get("/api/v1/kinds").json["items"][0]["payload"]["properties"]
    assert schema["share"]["maximum"] == 5
    assert schema["share"]["type"] == "number"
    assert [choice["type"] for choice in schema["to"]["oneOf"]] == ["string", "object"]


@pytest.mark.parametrize(
    ("to", "is_taken"),
    [
        ("58079", True),
        ({"code": "58079", "name": "Clamecy"}, True),
        ("00000", False),
        ("Clamecy", False),
        ({"name": "Clamecy"}, False),
        (58079, False),
    ],
)
def test_what_a_program_sends_is_the_code_of_a_commune(site, to, is_taken):
    sent = {
        "kind": "carpool",
        "title": "Trajet",
        "summary": "",
        "territory": ["58079"],
        "verify_by": "2027-01-31",
        "payload": {"to": to},
        "schedule": {
            "starts": "2026-12-07T08:15:00",
            "ends": "2026-12-07T09:15:00",
            "rrule": "FREQ=WEEKLY;BYDAY=MO",
            "timezone": "Europe/Paris",
        },
    }
    assert (OfferSchema().validate(sent) == {}) == is_taken
    assert list(OfferSchema().validate({**sent, "schedule": None}))[:1] == ["schedule"]


def test_the_table_of_coordinators_says_names(client):
    offered(seats=3)
    log_in(client, "member1@example.org")
    table = client.get("/manage/offers.csv?kind=carpool").text
    assert "Places dans la voiture" in table
    assert "Clamecy" in table


def test_filters_by_commune_amount_day_and_hour(client):
    offered()
    with database.writing() as session:
        kind = runtime.current().kinds["carpool"]
        later = GIVEN | {"to": "58083", "leaves": "09:00:00", "until": "2027-06-01", "share": 4.25}
        add_offer(session, 2, kind="carpool", payload=load_payload(kind, later))
    follower().step()
    page = unescape(client.get("/find?kind=carpool").text)
    groups = dict(re.findall(r"<h3>([^<]*)</h3>\s*<ul(.*?)</ul>", page, re.DOTALL))
    shown = {
        name: [label.strip() for label in re.findall(r">([^<]+)</a>", groups[name])]
        for name in ("Destination", "Départ", "Dernier jour", "Participation")
    }
    assert "Clamecy" in shown["Destination"]
    assert shown["Départ"][1:] == ["à partir de 8\u00a0h\u00a015", "à partir de 9\u00a0h"]
    assert shown["Dernier jour"][1] == "au plus tard lundi 31 mai 2027"
    assert shown["Participation"][1:] == ["3,5 au plus", "4,25 au plus"]
    for facet, within in (
        ({"carpool.leaves": "08:30:00"}, {"09:00:00"}),
        ({"carpool.until": "2027-05-31"}, {"2027-05-31"}),
        ({"carpool.share": "4"}, {"3.5"}),
        ({"carpool.to": "58079"}, {"58079"}),
    ):
        assert set(next(iter(accepted_values(facet).values()))) == within
    assert "Offre exemple 1" in client.get("/find?q=Clamecy").text


@pytest.mark.parametrize(
    ("schedule", "modes"),
    [
        (None, {"any"}),
        ({"rrule": "FREQ=WEEKLY"}, {"weekly", "wednesday", "evening", "weekend"}),
        ({"starts": "2026-12-07T08:15:00Z"}, {"date", "holidays"}),
    ],
)
def test_which_answers_a_schedule_comes_from(schedule, modes):
    assert mode_of(schedule) == modes


FOREIGN = "https://ailleurs.example/federation/o/01932b7e-0000-7000-8000-{:012}"
SENT = [
    {"leaves": "10:00Z", "to": "99999", "share": "3,5", "until": "9999-12-31"},
    {"leaves": "nonsense", "to": "hello", "share": "NaN", "until": "2027-13-01"},
    {"leaves": 7, "to": ["58079"], "share": True, "page": "javascript:alert(1)", "mail": "a@b?c"},
    {"to": "2A004", "page": "https://user:pass@trajet.example/", "$version": "9999.9999"},
    {"share": 1e308, "page": "https://xn--bcher-kva.example/", "mail": "a" * 300 + "@b.example"},
    {"share": -0.0, "leaves": "10:00+02:00", "page": "https://bücher.example/", "$version": [1]},
    {"share": [1], "to": {"code": "58079"}, "page": f"https://a.example/{'x' * 5000}"},
]
ASKED = (
    "NaN,-Infinity,1e400,999999999999999999999999999999,-1,٣,3.50,10:00+02:00,10:00Z,24:00,"
    "9999-12-31,0001-01-01,2027-W22-1,-2027-01-01,58079,2A004,99999,['58079'],true,<script>,\0,é"
)


@pytest.fixture
def crowded(site):
    """A client of a site with one offer of its own, and others as a hostile site sends them."""
    offered()
    with database.writing() as session:
        row = session.scalars(select(Listing).where(Listing.type == "offer")).one()
        values = {name: getattr(row, name) for name in COLUMNS}
        values |= {"origin": "https://ailleurs.example", "title": "Ailleurs"}
        rows = [
            values | {"uid": FOREIGN.format(number), "payload": payload}
            for number, payload in enumerate(SENT)
        ]
        store_listings(session, rows)
    assert follower().step() > len(SENT)
    return browser(apps.create_app(site))


@pytest.mark.parametrize("path", ["/find", "/api/v1/offers"])
@pytest.mark.parametrize("name", ["leaves", "until", "share", "to", "page", "$version"])
def test_whatever_an_address_asks_for_is_answered(crowded, path, name):
    for asked in ASKED.split(","):
        query = {"kind": "carpool", f"carpool.{name}": asked}
        assert crowded.get(path, query_string=query).status_code in (200, 400, 422), asked


@pytest.mark.parametrize("number", range(len(SENT)))
def test_whatever_another_site_sends_is_shown_and_leads_nowhere_unclean(crowded, number):
    page = crowded.get(f"/offers/ailleurs.example/{FOREIGN.format(number).rpartition('/')[2]}")
    assert page.status_code == 200
    links = re.findall(r'href="([^"]*)" rel="noopener nofollow ugc"', page.text)
    assert links == [link for link in links if link == "https://xn--bcher-kva.example/"]
    assert "Infinity" not in crowded.get("/api/v1/offers").text
