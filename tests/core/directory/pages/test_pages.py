"""Pages of the directory: home, find, offers, organisations; they never break and never grow."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from entraide import clock, database
from entraide.directory.finding.offers import has_next_page
from entraide.directory.listing.models import Listing
from entraide.testing import in_days

FAR = uuid4()
NAMES = ("q", "where", "radius", "kind", "when", "origin", "page", "tutoring.levels")
PAGES = ("/", "/find", "/organisations")
NASTY = (
    "\x00",
    "' OR 1=1 --",
    "%",
    "a" * 5000,
    "\ud7ff\uffff",
    "😀",
    "<script>alert(1)</script>",
    "*",
    "title:(",
    "\\",
    "-1",
    "99999999999999999999",
    "٣",
    "..",
    "58079\n",
    "00",
    "9" * 5000,
    '"',
    "NEAR(",
    "^~",
)


def add_far(**values):
    with database.writing() as session:
        session.add(
            Listing(
                **{
                    "uid": f"http://far.example:8101/federation/o/{FAR}",
                    "type": "organisation",
                    "origin": "http://far.example:8101",
                    "title": "Association lointaine",
                    "territory": ["93059"],
                    "payload": {"form": "collective", "url": "javascript:alert(1)"},
                    "created_at": clock.now(),
                    "updated_at": clock.now(),
                    **values,
                }
            )
        )


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/", 1),
        ("/find?place=58079", 1),
        ("/organisations", 1),
        ("/organisations?place=58079", 1),
        ("/organisations/{association}", 2),
    ],
)
def test_lists_take_as_many_queries_for_one_as_for_three(town, count_queries, path, queries, count):
    town.add_offers(count)
    client = town.browse()
    address = path.format(association=town.association)
    assert count_queries(lambda: client.get(address)) == queries
    shown = (
        "Association Exemple 1" if "organisations?" in path + "?" else f"Offre exemple {count - 1}"
    )
    assert shown in client.get(address).text


def test_organisations_show_what_they_offer(town):
    town.add_offers(2)
    page = town.browse().get("/organisations?place=58079").text
    assert "Association Exemple 1" in page
    assert "Association Exemple 2" in page
    assert f'href="/organisations/{town.association}"' in page
    page = town.browse().get(f"/organisations/{town.association}").text
    assert "Offre exemple 0" in page
    assert "Offre exemple 1" in page
    assert 'href="https://asso.example/"' in page
    empty = town.browse().get(f"/organisations/{town.other}").text
    assert "Offre exemple" not in empty


def test_organisations_are_shown_while_the_index_is_missing(town):
    assert town.post().status_code == 201
    client = town.browse()
    page = client.get("/organisations").text
    assert "Association Exemple 1" in page
    assert "<span>1 offre</span>" in page
    assert "<span>0 offre</span>" in page
    page = client.get(f"/organisations/{town.association}").text
    assert "Aide aux devoirs exemple" in page


def test_an_organisation_of_another_site_says_where_it_comes_from(town):
    add_far()
    town.index()
    page = town.browse().get(f"/organisations/far.example:8101/{FAR}")
    assert page.status_code == 200
    assert "far.example:8101" in page.text
    assert "javascript:" not in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/organisations/{far}",
        "/organisations/near.example/{far}",
        "/organisations/%00/{far}",
        "/organisations/{association}x",
        "/offers/%00/{far}",
        "/organisations/{offer}",
        "/organisations/site.example/{association}",
    ],
)
def test_what_is_not_there_is_not_found(village, path):
    add_far()
    (offer,) = village.add_offers(1)
    address = path.format(far=FAR, association=village.association, offer=offer)
    assert village.browse().get(address).status_code == 404


@pytest.mark.parametrize("is_indexed", [True, False])
def test_no_query_breaks_a_page(town, is_indexed):
    if is_indexed:
        town.add_offers(1)
    client = town.browse()
    queries = [dict.fromkeys(NAMES, words) for words in NASTY]
    for query in [*queries, *({name: "\x00"} for name in NAMES)]:
        for path in PAGES:
            answer = client.get(f"{path}?{urlencode(query)}")
            assert answer.status_code == 200, (path, query)
            assert "<script>alert" not in answer.text


def test_a_last_day_that_has_passed_takes_an_offer_off_every_page(town):
    town.add_offers(1, verify_by=in_days(0))
    client = town.browse()
    places = (*PAGES[:2], f"/organisations/{town.association}")
    assert all("Offre exemple 0" in client.get(path).text for path in places)
    town.site.clock.advance(timedelta(days=1))
    assert not any("Offre exemple 0" in client.get(path).text for path in places)


def test_the_menu_leads_everywhere(town):
    page = town.browse().get("/").text
    assert 'href="/find"' in page
    assert 'href="/organisations"' in page
    assert 'href="/post/offer"' in page
    assert 'href="/manage"' not in page
    assert 'href="/manage"' in town.browse("coordinator").get("/").text
    assert 'href="/manage"' not in town.browse("parent").get("/").text


@pytest.mark.parametrize("zone", ["Europe/Paris", "Mars/Base", "Europe"])
def test_a_local_time_is_shown_as_it_was_written(village, zone):
    # Unknown zones come from other sites only.
    for starts in ("2026-12-02T17:00", "2026-12-02T16:00Z"):
        schedule = {"starts": starts, "timezone": zone, "rrule": "FREQ=WEEKLY;BYDAY=WE"}
        (offer,) = village.add_offers(1, schedule=schedule)
        page = village.browse().get(f"/offers/{offer}").text
        assert "17\u202fh" in page or "17\u00a0h" in page


@pytest.mark.parametrize("moment", ["9999-12-31T23:30Z", "9999-12-31T23:30", "0001-01-01T00:00Z"])
def test_no_time_that_another_site_signs_breaks_a_page(village, moment):
    schedule = {"starts": moment, "ends": moment, "timezone": "Europe/Paris"}
    add_far(type="offer", kind="tutoring", payload={}, schedule=schedule, verify_by=in_days(9))
    village.index()
    client = village.browse()
    for path in ("/", "/find", f"/offers/far.example:8101/{FAR}"):
        page = client.get(path)
        assert page.status_code == 200, path
        assert "Association lointaine" in page.text


def filter_links(page):
    """Return the filters of a page: words → (address, whether it is the chosen one)."""
    found = re.findall(r'<a href="(/find[^"]*)"( aria-current="true")?>([^<]*)</a>', page)
    return {words: (unescape(url), bool(chosen)) for url, chosen, words in found}


def test_the_facets_of_a_kind_end_with_it(village):
    village.add_offers(2)
    outing = {"starts": "2026-12-05T14:00", "timezone": "Europe/Paris"}
    payload = {"ages": ["6-10"], "cost_euros": 0}
    village.add_offers(1, kind="outing", payload=payload, schedule=outing)
    client = village.browse()
    links = filter_links(client.get("/find?kind=tutoring&tutoring.levels=6e&when=month").text)
    assert links["Sorties"] == ("/find?kind=outing&when=month", False)
    assert links["Aide aux devoirs (2)"] == (
        "/find?kind=tutoring&when=month&tutoring.levels=6e",
        True,
    )
    assert "Offre exemple 0" in client.get(links["Sorties"][0]).text


@pytest.mark.parametrize(
    ("page", "total", "has_next"),
    [
        (1, 0, False),
        (1, 20, False),
        (1, 21, True),
        (2, 40, False),
        (499, 20_000, True),
        (500, 20_000, False),
    ],
)
def test_the_last_page_leads_no_further(page, total, has_next):
    assert has_next_page(page, total) is has_next
