"""Words of any length, mistakes, the account's menu, print: what only a browser can show."""

import pytest
from browser_pages import PAGES, PILOT, follow, open_page

pytestmark = [pytest.mark.browser, pytest.mark.network]

LONG = "Donaudampfschifffahrtsgesellschaft" * 5
LENGTHEN = """word => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts)
    if (text.data.trim() && !text.parentElement.closest("script, style, option, .hidden, time, .skip, .exit, .numbers strong"))
      text.data += word;
}"""


@pytest.fixture
def page_of(network, chromium, states):
    """Open a page as somebody, at a width; closed at the end."""
    contexts = []

    def opened(site, person, path, width=320):
        context = chromium.new_context(
            storage_state=states[person], locale="fr-FR", viewport={"width": width, "height": 640}
        )
        contexts.append(context)
        page = context.new_page()
        open_page(page, network.sites[site].base_url, path)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("site", "person", "path"), PAGES)
def test_long_words_in_any_place_never_widen_a_page(page_of, site, person, path):
    page = page_of(site, person, path)
    page.evaluate(LENGTHEN, LONG)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.parametrize(
    ("person", "most"),
    [("visitor", 200), ("parent", 200), ("volunteer", 240), ("coordinator", 240)],
)
def test_the_header_leaves_the_first_screen_to_the_page(page_of, person, most, width):
    page = page_of(PILOT, person, "/", width)
    assert page.evaluate("document.querySelector('main').getBoundingClientRect().top") <= most


@pytest.mark.parametrize(
    ("path", "values", "field"),
    [
        ("/login", {"email": "x"}, "email"),
        ("/login", {"email": ""}, "email"),
        ("/post/offer", {}, "kind"),
    ],
)
def test_mistakes_are_in_the_title_and_hold_the_focus(page_of, path, values, field):
    page = page_of(PILOT, "visitor", path)
    for name, value in values.items():
        page.fill(f"[name={name}]", value)
    follow(page.locator("main form button").last)
    assert page.title().startswith("Erreur\u00a0: ")
    assert page.evaluate("document.activeElement.id") == "errors"
    page.locator("#errors a").first.click()
    assert page.evaluate("location.hash") == f"#field-{field}"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") in {field, "next", ""}


def test_escape_closes_the_account_menu(page_of):
    page = page_of(PILOT, "parent", "/")
    page.locator(".own").focus()
    page.keyboard.press("Enter")
    assert page.locator("#account-menu").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#account-menu").is_visible()
    assert page.evaluate("document.activeElement.className") == "own"


def test_a_coordinator_finds_their_own_requests_in_the_menu(page_of):
    page = page_of(PILOT, "coordinator", "/")
    links = page.locator("nav ul a").evaluate_all("links => links.map(one => one.pathname)")
    assert {"/manage", "/requests", "/requests/mine", "/find"} <= set(links)


@pytest.mark.parametrize("path", ["first offer", "/find?where=saint-denis"])
def test_paper_shows_no_buttons_nor_choices(page_of, path):
    page = page_of(PILOT, "visitor", path, 1280)
    page.emulate_media(media="print")
    shown = page.locator("main .button, main details, nav, .noprint").evaluate_all(
        "all => all.filter(one => one.checkVisibility()).map(one => one.className)"
    )
    assert [one for one in shown if one in ("button", "noprint", "panel noprint")] == []
    assert not page.locator(".bar").is_visible()
