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
    links = re.findall(rf'href="({path}\?where=[^"]*)"', question)
    assert len(links) > 2
    page = village.browse().get(links[1]).text
    assert 'id="which-place"' not in page
    assert 'role="alert"' not in page


def test_two_of_one_name_in_one_department_differ_by_their_codes(village):
    page = village.browse().get("/find?where=saint-aubin").text
    links = re.findall(r'href="/find\?where=([^"]*)"', page)
    assert len(links) == len(set(links))


def test_a_code_in_the_address_is_shown_as_a_name(village):
    assert 'value="Clamecy (58)"' in village.browse().get("/find?where=58079").text
