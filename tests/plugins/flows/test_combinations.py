"""Each shipped plugin alone, all of them, none: the site's pages and API answer."""

from __future__ import annotations

import pytest

from entraide.app import create_app
from entraide.testing import browser

SHIPPED = ("sponsorship", "tutoring", "outings", "federation")
COMBINATIONS = [(), *((name,) for name in SHIPPED), SHIPPED]
PAGES = ("/", "/find", "/organisations", "/login", "/health", "/api/v1/kinds", "/api/v1/offers")


@pytest.mark.parametrize("plugins", COMBINATIONS, ids=lambda names: "-".join(names) or "none")
def test_the_site_answers_whatever_is_on(make_site, database_url, plugins):
    site = make_site(url=database_url, plugins=plugins)
    app = create_app(site)
    assert site.registry.quarantined == {}
    visitor = browser(app)
    assert {path: visitor.get(path).status_code for path in PAGES} == dict.fromkeys(PAGES, 200)
    kinds = [kind["name"] for kind in visitor.get("/api/v1/kinds").json["items"]]
    assert kinds == list(site.kinds)
