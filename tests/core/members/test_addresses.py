"""Addresses: those that mail reaches are taken, others are refused in words that help."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from marshmallow import ValidationError
from sqlalchemy import func, select

from entraide import database, runtime
from entraide.app import create_app
from entraide.config.settings import Mail
from entraide.kinds import Message
from entraide.members.addresses import check_address, mask_address
from entraide.notifications.mail import compose
from entraide.outbox.models import OutboxMessage
from entraide.testing import browser, csrf_of
from entraide.web.templating import mailto

MAIL = Mail(None, 25, "none", None, None, "site@example.org", Path("mailbox"))
TAKEN = [
    "parent1@example.org",
    "a@b.fr",
    "x+y_z@sub.example.org",
    "O'Neil@example.org",
    " a@b.fr ",
    "x?bcc=spy&body=hi@example.org",
    "a@xn--exmple-cua.fr",
    "A.B@EXAMPLE.ORG",
]
REFUSED = {
    "a@localhost": "n’est pas complète",
    "a@[127.0.0.1]": "n’est pas complète",
    "a@127.0.0.1": "n’est pas complète",
    "a@exemple": "n’est pas complète",
    "a@exemple.": "n’est pas complète",
    "a@.fr": "n’est pas complète",
    "a@b..fr": "n’est pas complète",
    "a@-b.fr": "n’est pas complète",
    "a@box.local": "n’est pas complète",
    "a@b.123": "n’est pas complète",
    "a@b_c.fr": "n’est pas complète",
    "a@b,fr": "n’est pas complète",
    "zoé@example.org": "pas d’accent",
    "a@exémple.fr": "pas d’accent",
    "a\ufffd@example.org": "pas d’accent",
    "\uff41@example.org": "pas d’accent",
    "a b@example.org": "un espace",
    "a@exa mple.org": "un espace",
    "a@b.fr, c@d.fr": "un espace",
    "a@b@c.fr": "Écrivez une adresse",
    "personne": "Écrivez une adresse",
    ".a@example.org": "Écrivez une adresse",
    "a..b@example.org": "Écrivez une adresse",
    "x?bcc=spy%40evil.example&body=hi@example.org": "Écrivez une adresse",
    "relay!a@example.org": "Écrivez une adresse",
    '"a b"@example.org': "un espace",
    '"ab"@example.org': "Écrivez une adresse",
    "<a@b.fr>": "n’est pas complète",
    f"{'x' * 65}@example.org": "Écrivez une adresse",
    f"{'x' * 250}@example.org": "Écrivez une adresse",
}


@pytest.mark.parametrize("address", TAKEN)
def test_addresses_that_mail_reaches_are_taken(address):
    check_address(address)


@pytest.mark.parametrize("address", REFUSED)
def test_others_are_refused_with_what_is_wrong_and_what_was_typed(lone_client, address):
    with pytest.raises(ValidationError):
        check_address(address)
    page = lone_client.get("/login", headers={"Accept-Language": "fr"})
    data = {"csrf_token": csrf_of(page.text), "email": address}
    answer = lone_client.post("/login", data=data)
    assert answer.status_code == 422
    words = unescape(answer.text)
    assert REFUSED[address] in words
    assert f'value="{address}"' in words
    assert outgoing(lone_client) == 0


def test_undecodable_bytes_are_refused(lone_client):
    token = csrf_of(lone_client.get("/login").text)
    body = b"csrf_token=" + token.encode() + b"&email=a%ff%fe@example.org"
    kind = "application/x-www-form-urlencoded"
    assert lone_client.post("/login", data=body, content_type=kind).status_code == 422
    assert outgoing(lone_client) == 0


def outgoing(_client):
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(OutboxMessage))


@pytest.fixture
def lone_client(make_site):
    with runtime.activate(make_site()) as site:
        yield browser(create_app(site))


@pytest.mark.parametrize(
    "address", [*TAKEN, "x?bcc=spy%40evil.example&body=hi@example.org", "a&b=c?d#e@b.fr"]
)
def test_a_link_that_writes_has_one_reader_and_no_more(address):
    link = urlsplit(mailto(address))
    assert (link.scheme, link.query, link.fragment) == ("mailto", "", "")
    assert unquote(link.path) == address


@pytest.mark.parametrize("address", [one.strip() for one in TAKEN])
def test_a_mail_has_one_reader_and_no_more(address):
    mail = compose(Message(address, "Sujet", "Corps", "cle-1"), MAIL)
    assert [str(one.addr_spec) for one in mail["To"].addresses] == [address]
    assert re.findall(r"(?im)^(bcc|cc):", mail.as_string()) == []


@pytest.mark.parametrize("address", ["a@b.fr, c@d.fr", "a@b.fr\nBcc: c@d.fr", "a@b.fr;c@d.fr"])
def test_two_addresses_in_one_are_no_address(address):
    with pytest.raises(Exception, match=r"."):
        compose(Message(address, "Sujet", "Corps", "cle-1"), MAIL)


@pytest.mark.parametrize(
    ("address", "shown"),
    [("marie@example.org", "m…@example.org"), ("m@example.org", "m…@example.org")],
)
def test_an_address_is_masked(address, shown):
    assert mask_address(address) == shown
