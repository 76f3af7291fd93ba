"""How members are called: they say so, once; until then nothing is made of their address."""

import re
from pathlib import Path

import pytest

import entraide
from entraide import database
from entraide.members import accounts
from entraide.members.models import Member
from entraide.members.names import LONGEST
from entraide.testing import add_member, csrf_of, log_in

from .conftest import enter, make_link

NEW = "jeanne.martin-1984@example.org"


def send(client, **values):
    page = client.get("/account/name?next=/help-numbers")
    data = {"csrf_token": csrf_of(page.text), "next": "/help-numbers", **values}
    return client.post("/account/name", data=data)


def newcomer(client):
    answer = enter(client, make_link(NEW, "/help-numbers"))
    assert answer.headers["Location"] == "/account/name?next=%2Fhelp-numbers"
    return client


def test_the_first_login_asks_for_a_name_and_goes_on(client):
    newcomer(client)
    assert "Un membre" in client.get("/account").text
    assert "jeanne" not in client.get("/help-numbers").text.lower()
    assert send(client, name="Jeanne").headers["Location"] == "/help-numbers"
    assert '<span class="name" dir="auto">Jeanne</span>' in client.get("/account").text
    assert enter(client, make_link(NEW, "/find")).headers["Location"] == "/find"


def test_who_gives_no_name_is_asked_once_and_stays_a_member(client):
    newcomer(client)
    assert send(client, go="skip").headers["Location"] == "/help-numbers"
    assert enter(client, make_link(NEW, "/find")).headers["Location"] == "/find"
    assert '<span class="name" dir="auto">Un membre</span>' in client.get("/account").text


def test_a_name_is_changed_on_the_account_page(client, member):
    log_in(client, member.email)
    assert 'href="/account/name"' in client.get("/account").text
    assert f'value="{member.display_name}"' in client.get("/account/name").text
    send(client, name="Fatou")
    assert "Fatou" in client.get("/account").text


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "0612345678",
        "Jo 06 12 34 56 78",
        "jo@example.org",
        "jo (at) exemple.fr",
        "www.x",
        "Léa insta lea_75",
        "zéro six douze trente-quatre cinquante-six dix-huit",
        "12 rue des Lilas",
        "https://x",
        "...",
        "1234",
        "a" * (LONGEST + 1),
        "Jo\u202egpj",
        "\u200b",
    ],
)
def test_what_is_no_name_is_asked_again_and_kept_on_the_page(client, member, name):
    log_in(client, member.email)
    answer = send(client, name=name)
    assert answer.status_code == 422
    assert 'id="error-name"' in answer.text
    assert member.display_name in client.get("/account").text


@pytest.mark.parametrize("name", ["Léa", "مريم", "Anne-Marie B.", "O'Neil 2", "Ngọc Ánh", "李"])
def test_names_of_all_kinds_are_taken(client, member, name):
    log_in(client, member.email)
    assert send(client, name=name).status_code == 303
    with database.reading() as session:
        assert session.get_one(Member, member.id).shown_name == name


def test_a_sign_that_nobody_sees_is_left_out_of_a_name(client, member):
    log_in(client, member.email)
    assert send(client, name="Jo\u200b").status_code == 303
    with database.reading() as session:
        assert session.get_one(Member, member.id).shown_name == "Jo"


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_the_name_leads_to_a_page_of_this_site_only(client, member, path):
    log_in(client, member.email)
    page = client.get("/account/name", query_string={"next": path})
    data = {"csrf_token": csrf_of(page.text), "name": "Léa", "next": path}
    assert client.post("/account/name", data=data).headers["Location"] == "/"


def test_an_account_has_no_name_until_one_is_given(site):
    with database.writing() as session:
        assert accounts.open_account(session, email=NEW).display_name == ""
        assert add_member(session, 9).shown_name == "Member Exemple 9"


def test_pages_and_mails_call_members_by_one_function_only():
    """Whoever shows `display_name` itself would show an empty name, or one day another thing."""
    source = Path(entraide.__file__).parent
    own = {"members/models.py", "members/accounts.py", "members/names.py", "members/naming.py"}
    found = {
        path.relative_to(source).as_posix()
        for path in [*source.rglob("*.py"), *source.rglob("*.html")]
        if re.search(r"\.display_name\b", path.read_text("utf-8"))
    }
    assert found <= own
