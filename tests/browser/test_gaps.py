"""Distances on a phone: what a plugin's page puts below its filters, and below a box on a page."""

from __future__ import annotations

from pathlib import Path

import pytest

import entraide

pytestmark = pytest.mark.browser

STYLE = (Path(entraide.__file__).parent / "static" / "entraide.css").read_text("utf-8")
FILTERS = '<form class="panel filters"><div class="row"><button class="button">Filtrer</button></div></form>'
BOX = '<section class="box"><h2>Lignes</h2><ul class="plain"><li>Ligne verte</li></ul></section>'
PAGES = {
    "filters above a list": (
        f'{FILTERS}<ul class="grid"><li class="card">Une</li></ul>',
        ".filters",
        ".grid",
    ),
    "filters above a sentence": (f"{FILTERS}<p>Rien.</p>", ".filters", "p"),
    "a box above a heading": (
        f'<div class="split"><div>{BOX}<section><h2 id="next">Suite</h2></section></div></div>',
        ".box",
        "#next",
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_two_things_do_not_touch(chromium, name):
    body, above, below = PAGES[name]
    page = chromium.new_page(viewport={"width": 360, "height": 640})
    page.set_content(f"<!doctype html><style>{STYLE}</style><body><main class='wrap'>{body}</main>")
    upper, lower = (page.locator(place).bounding_box() for place in (above, below))
    assert lower["y"] - upper["y"] - upper["height"] >= 16
    page.close()
