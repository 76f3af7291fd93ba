"""The account page says what the site knows, and nothing of anybody else."""

from entraide import database
from entraide.testing import add_member, log_in


def test_the_page_shows_what_is_known(client, member):
    with database.writing() as session:
        other = add_member(session, 2, "parent")
    page = log_in(client, member.email).get("/account").text
    assert member.email in page
    assert member.display_name in page
    assert "/account/sessions" in page
    assert other.email not in page
    assert other.display_name not in page
