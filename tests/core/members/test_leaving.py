"""Leaving quickly: nothing of who was here stays, whatever fails."""

import pytest
from sqlalchemy import text

from entraide import database
from entraide.testing import cookie_token

from .test_drafts import CANARY, owners, write


@pytest.fixture
def village(town):
    """The town on both databases, under the name that these tests use."""
    return town


@pytest.mark.parametrize("person", ["", "parent"])
def test_leaving_quickly_forgets_who_was_here(village, person):
    client = village.browse(person)
    draft, token = write(client), cookie_token(client)
    page = client.get(f"{draft}/review")
    assert 'href="/leave"' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    answer = client.get("/leave", headers={"Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "https://meteofrance.com/")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert cookie_token(client) == ""
    client.set_cookie("__Host-entraide", f"fr.{token}", domain="site.example", secure=True)
    assert client.get(f"{draft}/review").status_code == 404
    assert client.get("/account").status_code == 303
    assert len(owners()) == (1 if person else 0)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Purpose": "prefetch", "Sec-Fetch-Site": "same-origin"},
        {"Purpose": "prefetch"},
    ],
)
def test_nobody_else_makes_a_browser_leave(village, headers):
    client = village.browse("parent")
    draft = write(client)
    assert client.get("/leave", headers=headers).status_code == 303
    assert client.head("/leave").status_code == 303
    assert CANARY in client.get(f"{draft}/review").text


@pytest.mark.parametrize("name", ["members_session", "members_member", "members_draft"])
def test_whatever_fails_one_leaves(village, name):
    """A database without that table stands for one that does not answer at all."""
    client = village.browse("parent")
    write(client)
    with database.writing() as session:
        session.execute(text(f"ALTER TABLE {name} RENAME TO elsewhere"))
    answer = client.get("/leave", headers={"Sec-Fetch-Site": "same-origin"})
    with database.writing() as session:
        session.execute(text(f"ALTER TABLE elsewhere RENAME TO {name}"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "https://meteofrance.com/")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert cookie_token(client) == ""
