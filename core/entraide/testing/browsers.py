"""Browsers without a window: the application, cookies, logging in."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from entraide import database, runtime
from entraide.app import create_app
from entraide.members import service, sessions
from entraide.runtime import Runtime
from entraide.web.visitors import cookie_name


@pytest.fixture
def app(site: Runtime) -> Flask:
    """Give the WSGI application of the active site."""
    return create_app(site)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give a browser without cookies at the site's own address."""
    return browser(app)


class Browser(FlaskClient):
    """A test client that calls the site by its own address."""

    def open(self, *arguments: Any, **options: Any) -> Any:
        """Send a request to the site's base URL."""
        site: Runtime = self.application.extensions["entraide"]
        options.setdefault("base_url", site.settings.site.base_url)
        return super().open(*arguments, **options)


def browser(app: Flask) -> FlaskClient:
    """Return a browser without cookies."""
    app.test_client_class = Browser
    return app.test_client()


def log_in(client: FlaskClient, email: str) -> FlaskClient:
    """Log a browser in by a fresh one-time link that it asked for; return it.

    What was written in it before without an account goes with the link, as for a person.
    """
    site: Runtime = client.application.extensions["entraide"]
    with runtime.activate(site), database.writing() as session:
        asking = sessions.asking_of(session, token=cookie_token(client), member_id=None)
        token = service.make_link(session, email=email, asking=asking)
    page = client.get(f"/login/{token}")
    answer = client.post(f"/login/{token}", data={"csrf_token": csrf_of(page.text)})
    if answer.status_code != 303:  # noqa: PLR2004 - see other
        raise AssertionError(f"login answered {answer.status_code}: {answer.text[:500]}")
    return client


def cookie_token(client: FlaskClient) -> str:
    """Return the secret in the site's cookie of a browser; empty when it has none."""
    site: Runtime = client.application.extensions["entraide"]
    host = urlsplit(site.settings.site.base_url).hostname or "localhost"
    cookie = client.get_cookie(cookie_name(site), domain=host)
    return cookie.value.split(".")[1] if cookie else ""


def csrf_of(page: str) -> str:
    """Return the CSRF token of the first form of a page; AssertionError when it has none."""
    _before, marker, rest = page.partition('name="csrf_token" value="')
    if not marker:
        raise AssertionError("the page has no form with a CSRF token")
    return rest.partition('"')[0]
