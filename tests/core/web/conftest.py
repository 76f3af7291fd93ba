"""A site with some content, seen through its application."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask

from entraide import database, runtime
from entraide.app import create_app
from entraide.runtime import Runtime
from entraide.testing import add_member, add_offer, add_organisation, add_request, browser


@dataclass
class Web:
    app: Flask
    site: Runtime
    ids: dict

    def browser(self):
        return browser(self.app)


@pytest.fixture
def open_web(make_site):
    """Give a function that opens a site with a tutoring offer and request; options as make_site."""

    def open_with(**options):
        site = make_site(plugins=("tutoring",), **options)
        with runtime.activate(site), database.writing() as session:
            coordinator = add_member(session, 1)
            add_member(session, 2, "administrator")
            organisation = add_organisation(session, coordinator=coordinator)
            kind = next(iter(site.kinds))
            values = {"payload": PAYLOAD}
            offer = add_offer(session, kind=kind, organisation_id=organisation.id, **values)
            asked = add_request(session, kind=kind, actor=coordinator, **values)
            ids = {"offer": offer.id, "organisation": organisation.id, "request": asked.id}
        return Web(create_app(site), site, ids)

    return open_with


PAYLOAD = {"levels": ["cp"], "subjects": ["french"], "place": "library"}


@pytest.fixture
def web(open_web):
    return open_web()
