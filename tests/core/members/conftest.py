"""A member, their mail and browsers."""

import pytest

from entraide import database, runtime
from entraide.members import service
from entraide.testing import add_member, csrf_of


@pytest.fixture
def member(site):
    with database.writing() as session:
        return add_member(session, 1, "parent")


@pytest.fixture
def link(member):
    """Give the token of a fresh login link for the member."""
    return make_link(member.email)


def make_link(email, next_path="/account", client=""):
    with database.writing() as session:
        return service.request_link(session, email=email, next_path=next_path, client=client)


def advance(step):
    runtime.current().clock.advance(step)


def enter(client, token):
    """Open a link and press its button; return the answer."""
    page = client.get(f"/login/{token}")
    if page.status_code != 200:
        return page
    return client.post(f"/login/{token}", data={"csrf_token": csrf_of(page.text)})


def is_logged_in(client):
    return client.get("/account").status_code == 200
