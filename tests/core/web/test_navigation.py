"""The menu: a plugin's links never push out the core's, and those that do not fit lie under "More"."""

from __future__ import annotations

import pytest

from entraide import app as apps
from entraide import database, runtime
from entraide.kinds import Link
from entraide.testing import add_member, add_organisation, browser, log_in
from entraide.web.navigation import arrange

PUSHING = '''"""A probe."""
from entraide import Link, hookimpl


@hookimpl
def navigation_links(member):
    for number in range({count}):
        yield Link(f"{name} {{number}}", f"/{name}/{{number}}", order={order})
'''


def _links(word, count):
    return [Link(f"{word}{number}", f"/{word}{number}") for number in range(count)]


@pytest.mark.parametrize(
    ("own", "foreign", "shown", "more"),
    [
        (4, 0, 0, 0),
        (4, 3, 3, 0),
        (4, 4, 2, 2),
        (6, 1, 1, 0),
        (6, 2, 0, 2),
        (7, 1, 1, 0),
        (9, 3, 0, 3),
        (0, 1000, 6, 994),
    ],
)
def test_the_cores_links_stand_first_and_the_bar_stays_short(own, foreign, shown, more):
    menu = arrange(_links("own", own), _links("foreign", foreign))
    assert list(menu.links) == _links("own", own) + _links("foreign", foreign)[:shown]
    assert list(menu.more) == _links("foreign", foreign)[shown:]
    assert len(menu.more) == more


@pytest.fixture
def pushed(make_site):
    """A site with two plugins that want to be first with many links, and one that is modest."""
    plugins = {"tea": (5, 1), "cake": (5, 1), "late": (1, 90)}
    site = make_site(
        plugins=("tutoring", *plugins),
        files={
            f"plugins/{name}.py": PUSHING.format(name=name, count=count, order=order)
            for name, (count, order) in plugins.items()
        },
    )
    with runtime.activate(site):
        with database.writing() as session:
            coordinator = add_member(session, 1, "volunteer")
            add_organisation(session, coordinator=coordinator)
        yield apps.create_app(site)


OWN = ["/find", "/organisations", "/post/offer", "/requests", "/manage", "/requests/mine"]


def _menu(page):
    nav = page.partition("<nav")[2].partition("</nav>")[0]
    bar, _, more = nav.partition("<details")
    return _addresses(bar), _addresses(more)


def _addresses(markup):
    return [part.partition('"')[0] for part in markup.split('href="')[1:]]


def test_all_links_of_the_core_remain_and_those_of_plugins_lie_under_more(pushed):
    client = log_in(browser(pushed), "volunteer1@example.org")
    bar, more = _menu(client.get("/find").text)
    assert bar == OWN
    tea, cake = ([f"/{name}/{number}" for number in range(5)] for name in ("tea", "cake"))
    assert more == [*tea, *cake, "/late/0"]


def test_a_visitor_sees_some_of_them_in_the_bar(pushed):
    bar, more = _menu(browser(pushed).get("/find").text)
    assert bar[:3] == OWN[:3]
    assert bar[3:] == ["/tea/0", "/tea/1", "/tea/2"]
    assert len(bar) + len(more) == 3 + 11


def test_more_says_that_the_page_belongs_to_one_of_its_entries(pushed):
    page = browser(pushed).get("/late/0").text
    assert '<summary aria-current="true">' in page
    assert '<summary aria-current="true">' not in browser(pushed).get("/find").text
