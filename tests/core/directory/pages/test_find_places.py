"""Namesakes on pages: a friendly question with the likeliest answer chosen already."""

import re

import pytest

CHOSEN = re.compile(r'<li><a href="[^"]*" aria-current="true">([^<]*)</a></li>')


@pytest.mark.parametrize("path", ["/find", "/organisations"])
def test_the_nearest_namesake_is_chosen_and_the_others_are_one_tap_away(village, path):
    page = village.browse().get(f"{path}?where=sainte-colombe").text
    question = page[page.index('id="which-place"') : page.index('id="count"')]
    assert "Laquelle\u00a0?" in question
    assert CHOSEN.findall(question) == ["Sainte-Colombe (89)"]
    links = re.findall(rf'href="({path}\?place=[^"]*)"', question)
    assert len(links) > 2
    page = village.browse().get(links[1]).text
    assert 'id="which-place"' not in page
    assert 'role="alert"' not in page


def test_two_of_one_name_in_one_department_differ_by_their_codes(village):
    page = village.browse().get("/find?where=saint-aubin").text
    links = re.findall(r'href="/find\?place=([^"]*)"', page)
    assert len(links) == len(set(links))


def test_a_code_of_our_own_links_is_shown_as_a_name(village):
    assert 'value="Clamecy (58)"' in village.browse().get("/find?place=58079").text


@pytest.fixture
def hub(inhabit):
    """A site of the whole country with an offer in Pierrefitte, a part of Saint-Denis (93)."""
    town = inhabit(files={"local.toml": "[site]\nterritory = []\n"})
    town.add_offers(2, territory=["93059"])
    return town


@pytest.mark.parametrize(
    ("words", "around"),
    [
        ("Saint-Denis", "autour de Saint-Denis (93)"),
        ("st denis", "autour de Saint-Denis (93)"),
        ("Pierrefitte", "autour de Pierrefitte-sur-Seine (93)"),
        ("93", "Seine-Saint-Denis (département)"),
        ("Île-de-France", "Île-de-France (région)"),
    ],
)
@pytest.mark.parametrize("path", ["/find", "/organisations"])
def test_a_hub_takes_the_namesake_that_has_offers(hub, path, words, around):
    page = hub.browse().get(path, query_string={"where": words}).text
    heading = page[page.index('id="count"') :].partition("</h2>")[0]
    assert around in heading
    assert path != "/find" or "2 offres" in heading
    assert f'value="{words}"' in page


def test_what_was_typed_stays_in_the_field(village):
    for words in ("69003", "59 000", "Clameci", "58500", "Nièvre"):
        page = village.browse().get("/find", query_string={"where": words}).text
        assert f'name="where" value="{words}"' in page
        assert 'role="alert"' not in page


def test_every_commune_of_a_postal_code_can_be_chosen(village):
    page = village.browse().get("/find?where=14140").text
    question = page[page.index('id="which-place"') : page.index('id="count"')]
    assert question.count("<li>") == 62
    assert '<details class="panel noprint" id="which-place">' in page


def test_an_area_without_offers_leads_to_its_region(village):
    village.index()
    page = village.browse().get("/find?where=Creuse").text
    assert "Chercher dans toute la région" in page
    assert "where=Nouvelle-Aquitaine" in page


def test_an_unknown_place_is_told(village):
    page = village.browse().get("/find?where=58079").text
    assert 'role="alert"' in page
