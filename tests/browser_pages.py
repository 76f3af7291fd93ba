"""The pages that browser tests open, and as whom."""

HUB, PILOT = 0, 1
PAGES = [
    (HUB, "visitor", "/"),
    (HUB, "visitor", "/?where=Clamecy"),
    (HUB, "visitor", "/find"),
    (HUB, "visitor", "/organisations"),
    (HUB, "visitor", "/mailbox"),
    (HUB, "visitor", "/nowhere"),
    (PILOT, "visitor", "/"),
    (PILOT, "visitor", "/find?q=devoirs&where=Clamecy&radius=50"),
    (PILOT, "visitor", "/find"),
    (PILOT, "visitor", "/find?where=saint-denis"),
    (PILOT, "visitor", "/find?q=introuvable&where=nullepart"),
    (PILOT, "visitor", "/organisations"),
    (PILOT, "visitor", "/login"),
    (PILOT, "visitor", "/post/offer"),
    (PILOT, "visitor", "/post/request"),
    (PILOT, "visitor", "/help-numbers"),
    (PILOT, "visitor", "/styleguide"),
    (PILOT, "parent", "/account"),
    (PILOT, "parent", "/requests/mine"),
    (PILOT, "volunteer", "/requests"),
    (PILOT, "coordinator", "/manage"),
    (PILOT, "coordinator", "/"),
    (PILOT, "administrator", "/admin/plugins"),
    (PILOT, "administrator", "/admin/plugins/outings/disable"),
    (PILOT, "visitor", "first offer"),
    (PILOT, "visitor", "first organisation"),
    (PILOT, "parent", "first own request"),
]
FIRST = {
    "first offer": ("/find", "main a[href^='/offers/']"),
    "first organisation": ("/organisations", "main a[href^='/organisations/']"),
    "first own request": ("/requests/mine", "main a[href^='/requests/']"),
}


def open_page(page, base, path):
    start, selector = FIRST.get(path, (path, None))
    page.goto(base + start)
    if selector:
        follow(page.locator(selector).first)


def follow(place):
    """Press a link or a button and wait for the page that it leads to.

    A click returns before the next page has a body.
    """
    page = place.page
    with page.expect_navigation(wait_until="load"):
        place.click()
    return page
