"""The menu with more links of plugins than fit: whole at any width, by keyboard, without script."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from entraide import app as apps
from entraide import database, runtime
from entraide.testing import BASE_URL, add_member, add_organisation, browser, log_in

pytestmark = pytest.mark.browser

PLUGIN = '''"""A probe."""
from entraide import Link, hookimpl


@hookimpl
def navigation_links(member):
    for number in range(6):
        yield Link(f"{title} {{number}}", f"/{name}/{{number}}", "equipment", order=1)
'''
TITLES = {"toys": "Jouets et jeux", "rooms": "Salles pour un anniversaire", "rides": "Covoiturage"}


@pytest.fixture
def coordinator(make_site):
    """The pages of a coordinator on a site with three plugins of six links each."""
    files = {
        f"plugins/{name}.py": PLUGIN.format(name=name, title=title)
        for name, title in TITLES.items()
    }
    site = make_site(plugins=("tutoring", *TITLES), files=files)
    with runtime.activate(site):
        with database.writing() as session:
            add_organisation(session, coordinator=add_member(session, 1, "volunteer"))
        yield log_in(browser(apps.create_app(site)), "volunteer1@example.org")


def _open(chromium, client, width, *, has_script):
    def answer(route):
        parts = urlsplit(route.request.url)
        given = client.get(parts.path)
        route.fulfill(status=given.status_code, headers=dict(given.headers), body=given.data)

    context = chromium.new_context(
        viewport={"width": width, "height": 800}, java_script_enabled=has_script
    )
    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"{BASE_URL}/find")
    return page


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_more_is_whole_and_accessible(chromium, coordinator, artefacts, width):
    from axe_playwright_python.sync_playwright import Axe

    page = _open(chromium, coordinator, width, has_script=True)
    for href in ("/find", "/organisations", "/post/offer", "/manage", "/requests/mine"):
        assert page.locator(f'.bar a[href="{href}"]').is_visible()
    page.screenshot(path=artefacts / f"menu-{width}-closed.png")
    page.locator(".more summary").focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "/toys/0"
    page.screenshot(path=artefacts / f"menu-{width}-open.png")
    box = page.locator(".more ul").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    problems = Axe().run(page)
    assert problems.violations_count == 0, problems.generate_report()
    page.context.close()


def test_more_opens_without_script(chromium, coordinator):
    page = _open(chromium, coordinator, 360, has_script=False)
    entries = page.locator(".more ul a")
    assert entries.count() == 18
    assert not entries.first.is_visible()
    page.locator(".more summary").click()
    assert entries.first.is_visible()
    page.context.close()
