"""Every page, as each kind of person meets it: accessible, within 320 px, light and dark."""

import pytest
from browser_pages import PAGES, PILOT, open_page

pytestmark = [pytest.mark.browser, pytest.mark.network]

LOOKS = [(320, "light"), (320, "dark"), (360, "light"), (1280, "light"), (1280, "dark")]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize(("site", "person", "path"), PAGES)
def test_a_page_is_accessible_and_fits(
    network, chromium, states, artefacts, site, person, path, width, scheme
):
    from axe_playwright_python.sync_playwright import Axe

    base = network.sites[site].base_url
    context = chromium.new_context(
        storage_state=states[person],
        color_scheme=scheme,
        locale="fr-FR",
        viewport={"width": width, "height": 800},
    )
    page = context.new_page()
    foreign, complaints = [], []
    page.on("request", lambda request: request.url.startswith(base) or foreign.append(request.url))
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    open_page(page, base, path)
    name = "".join(letter if letter.isalnum() else "-" for letter in f"{site}-{person}{path}")
    page.screenshot(path=artefacts / f"{name}-{width}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
    assert found.violations_count == 0, found.generate_report()
    assert foreign == []
    assert [text for text in complaints if "404" not in text] == []
    context.close()


def test_the_doors_open_by_keyboard(network, chromium):
    page = chromium.new_page(locale="fr-FR")
    page.goto(network.sites[PILOT].base_url + "/")
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('href') || ''"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", reached[-1]
        if reached[-1] == "/post/offer" and "/post/request" in reached:
            break
    assert reached[-1] == "/post/offer", "the second door comes after the first"
    page.keyboard.press("Enter")
    page.wait_for_url("**/post/offer")


def test_the_first_view_is_light(network, chromium):
    """Page budget of the style guide: at most 60 kB for HTML, CSS and font."""
    page = chromium.new_page(locale="fr-FR")
    sizes = []
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    page.goto(network.sites[PILOT].base_url + "/", wait_until="networkidle")
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) <= 110_000, "uncompressed; a reverse proxy compresses HTML and CSS"


@pytest.mark.parametrize("width", [360, 1280])
def test_buttons_on_cards_can_be_pressed(network, chromium, states, width):
    """The title's link covers a card; what else can be pressed lies above it."""
    context = chromium.new_context(
        storage_state=states["coordinator"], viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    page.goto(network.sites[PILOT].base_url + "/manage")
    buttons = page.locator("main .card form button")
    assert buttons.count() > 2
    for position in range(3):
        # A trial click checks that the button itself receives the press, and presses nothing.
        buttons.nth(position).click(trial=True, timeout=3000)
    context.close()
