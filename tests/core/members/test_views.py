"""The account page says what the site knows, and nothing of anybody else."""

from entraide import database
from entraide.testing import add_member, csrf_of, log_in


def test_the_page_shows_what_is_known(client, member):
    with database.writing() as session:
        other = add_member(session, 2, "parent")
    page = log_in(client, member.email).get("/account").text
    assert member.email in page
    assert member.display_name in page
    assert "/account/sessions" in page
    assert other.email not in page
    assert other.display_name not in page


def test_everything_ends_only_after_asking(client, member):
    log_in(client, member.email)
    assert 'href="/account/sessions"' in client.get("/account").text
    asking = client.get("/account/sessions")
    assert "Me déconnecter partout" in asking.text
    assert client.get("/account").status_code == 200
    data = {"csrf_token": csrf_of(asking.text)}
    said = client.post("/account/sessions", data=data, follow_redirects=True)
    assert "La déconnexion est faite partout" in said.text
    assert client.get("/account").status_code == 303
