"""The mailbox of development: every mail as a page, and no such page on a real site."""

import pytest

from entraide import database, outbox, runtime
from entraide.app import create_app
from entraide.kinds import Message
from entraide.notifications import mailbox
from entraide.testing import browser, csrf_of

BASE = "http://127.0.0.1:8101"


@pytest.fixture
def trial(make_site, database_url):
    """Give an active site in development."""
    opened = make_site(
        url=database_url, base_url=BASE, toml="", files={"instance.toml": DEVELOPMENT}
    )
    with runtime.activate(opened):
        yield opened


DEVELOPMENT = f"""
[site]
name = "Site Exemple"
base_url = "{BASE}"
territory = ["58079"]
development = true
"""


def test_mails_are_shown_newest_first_with_their_links(trial):
    with database.writing() as session:
        for number in (1, 2):
            body = f"Bonjour <b>{number}</b>, {BASE}/login/x{number}\n"
            outbox.send(session, Message("p@example.org", f"Lettre {number}", body, f"k-{number}"))
    outbox.deliver_pending()
    found = mailbox.mails()
    assert {tuple(mail["links"]) for mail in found} == {
        (f"{BASE}/login/x1",),
        (f"{BASE}/login/x2",),
    }
    page = browser(create_app(trial)).get("/mailbox")
    assert page.status_code == 200
    assert f'href="{BASE}/login/x1"' in page.text
    assert "<b>" not in page.text


def test_logging_in_through_the_mailbox(trial):
    client = browser(create_app(trial))
    assert client.get("/mailbox").status_code == 200
    token = csrf_of(client.get("/login").text)
    client.post("/login", data={"csrf_token": token, "email": "parent1@example.org"})
    outbox.deliver_pending()
    path = mailbox.mails()[0]["links"][0].removeprefix(BASE)
    assert path in client.get("/mailbox").text
    answer = client.post(path, data={"csrf_token": csrf_of(client.get(path).text)})
    assert answer.status_code == 303
    assert client.get("/account").status_code == 200


def test_a_real_site_has_no_mailbox(client):
    assert client.get("/mailbox").status_code == 404


def test_a_real_site_without_a_mail_server_keeps_its_messages(site):
    with database.writing() as session:
        outbox.send(session, Message("p@example.org", "Lettre", "Bonjour", "k-1"))
    outbox.deliver_pending()
    with database.reading() as session:
        assert outbox.pending(session) == 1
    assert mailbox.mails() == []
