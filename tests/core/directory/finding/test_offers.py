"""Finding help without a place: what is near the site's territory first, then what is elsewhere."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from entraide import clock, database, store_site_name
from entraide.directory.listing.models import Listing
from entraide.testing import in_days

FAR = "http://far.example:8101"
NEAR, ELSEWHERE = "Près d’ici", "Ailleurs, publiées récemment"


@pytest.fixture
def others(town):
    """A function that stores offers of another site, the later ones newer; not indexed yet."""

    def store(count, territory, title="Ailleurs"):
        with database.writing() as session:
            for number in range(count):
                moment = clock.now() + timedelta(minutes=number)
                session.add(
                    Listing(
                        uid=f"{FAR}/federation/o/{uuid4()}",
                        type="offer",
                        origin=FAR,
                        kind="tutoring",
                        title=f"{title} {number}",
                        territory=[territory],
                        verify_by=in_days(9),
                        created_at=moment,
                        updated_at=moment,
                    )
                )

    return store


def parts(page):
    """Return the titles of the cards under each heading of second level."""
    found = {}
    for piece in page.replace("&#39;", "'").split("<h2")[1:]:
        heading = re.search(r">(?:\s*<svg.*?</svg>)?\s*([^<]*)</h2>", piece, re.DOTALL)
        found[heading[1].strip()] = re.findall(r"<h3[^>]*><a href=[^>]*>([^<]*)<", piece)
    return found


@pytest.mark.parametrize("path", ["/", "/find"])
def test_what_is_near_comes_first_and_the_newest_of_elsewhere_stays_visible(town, others, path):
    others(12, "93059")
    town.add_offers(2)
    shown = parts(town.browse().get(path).text)
    assert sorted(shown[NEAR]) == ["Offre exemple 0", "Offre exemple 1"]
    assert shown[ELSEWHERE][0] == "Ailleurs 11"
    assert list(shown).index(NEAR) < list(shown).index(ELSEWHERE)


@pytest.mark.parametrize("count", [1, 3])
def test_other_sites_cost_two_more_queries_however_many_offers(town, others, count_queries, count):
    others(count, "93059")
    town.add_offers(count)
    client = town.browse()
    assert count_queries(lambda: client.get("/find")) == 3


def test_an_offer_of_another_site_next_door_is_near(town, others):
    others(1, "58011", "Voisine")
    town.add_offers(1)
    shown = parts(town.browse().get("/find").text)
    assert sorted(shown[NEAR]) == ["Offre exemple 0", "Voisine 0"]
    assert ELSEWHERE not in shown


def test_the_newest_comes_first_in_both_areas_wherever_it_is(town, others):
    others(3, "58011", "Voisine")
    others(3, "93059")
    town.index()
    shown = parts(town.browse().get("/find").text)
    assert shown[NEAR] == ["Voisine 2", "Voisine 1", "Voisine 0"]
    assert shown[ELSEWHERE] == ["Ailleurs 2", "Ailleurs 1", "Ailleurs 0"]


def test_each_area_has_its_own_pages(town, others):
    others(25, "93059")
    town.add_offers(1)
    client = town.browse()
    page = client.get("/find").text
    assert "Voir les 25 offres" in page
    assert "Près d’ici (1)" in page.replace("&#39;", "'")
    first = client.get("/find?area=elsewhere").text
    assert "25 offres" in first
    assert 'href="/find?area=elsewhere&amp;page=2"' in first
    assert "Offre exemple" not in first
    assert "Ailleurs 0" in client.get("/find?area=elsewhere&page=2").text
    assert "Ailleurs" not in str(parts(client.get("/find?area=here").text).values())


@pytest.mark.parametrize(
    "query", ["place=58079", "where=nulle-part-ailleurs", "area=nowhere&page=2"]
)
def test_a_place_makes_one_list(town, query):
    town.add_offers(1)
    assert NEAR not in parts(town.browse().get(f"/find?{query}").text)


def test_words_are_looked_for_in_both_areas(town, others):
    others(1, "93059", "Piscine")
    town.add_offers(1)
    shown = parts(town.browse().get("/find?q=piscine").text)
    assert shown[NEAR] == []
    assert shown["Ailleurs"] == ["Piscine 0"]


@pytest.mark.parametrize("path", ["/", "/find"])
def test_one_text_is_shown_once_whoever_offers_it(town, others, path):
    others(1, "93059", "Autre")
    for _site in range(4):
        others(1, "93059", "Visite")
    town.add_offers(1)
    shown = parts(town.browse().get(path).text)[ELSEWHERE]
    assert sorted(shown) == ["Autre 0", "Visite 0"]


def test_what_is_near_is_not_shown_again_from_elsewhere(town, others):
    others(1, "93059", "Offre exemple")
    others(1, "93059", "Autre")
    with database.writing() as session:
        for row in session.query(Listing).filter(Listing.origin.is_not(None)):
            row.summary = ""
    town.add_offers(1)
    with database.writing() as session:
        session.query(Listing).filter(Listing.origin.is_(None)).update({"summary": ""})
    assert parts(town.browse().get("/").text)[ELSEWHERE] == ["Autre 0"]


def test_nothing_anywhere_is_no_dead_end(town):
    town.index()
    page = town.browse().get("/find?q=piscine").text
    assert NEAR not in parts(page)
    assert "/post/request" in page


def test_without_an_index_our_own_stand_for_what_is_near(town):
    with database.writing() as session:
        session.add(
            Listing(
                uid=f"{FAR}/federation/o/{uuid4()}",
                type="offer",
                origin=FAR,
                kind="tutoring",
                title="Ailleurs",
                territory=["58079"],
                created_at=clock.now(),
                updated_at=clock.now(),
            )
        )
    assert town.post().status_code == 201
    shown = parts(town.browse().get("/find?kind=tutoring").text)
    assert shown[NEAR] == ["Aide aux devoirs exemple"]
    assert shown[ELSEWHERE] == ["Ailleurs"]


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("Centre social exemple", "Centre social exemple"),
        ("A.P.F. Nièvre", "A.P.F. Nièvre"),
        (None, "far.example:8101"),
        ("", "far.example:8101"),
        ("site.example", "far.example:8101"),
        ("http://x", "far.example:8101"),
        ("Nous @ vous", "far.example:8101"),
    ],
)
def test_another_site_is_shown_by_its_name_and_never_by_another_address(town, others, told, shown):
    others(1, "93059")
    town.index()
    with database.writing() as session:
        for name in () if told is None else ("Ancien nom", told):
            store_site_name(session, FAR, name)
    client = town.browse()
    page = client.get("/find").text
    assert f"Vient de\xa0: {shown}" in page.replace(" :", "\xa0:")
    link = re.search(r'href="(/offers/far[^"]*)"', page)[1]
    page = client.get(link).text
    assert shown in page
    assert f'<a href="{FAR}" rel="noreferrer">far.example:8101</a>' in page
