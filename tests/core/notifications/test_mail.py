"""E-mail: one recipient, kept words, tried again when the server is down or refuses."""

import email
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import select

from entraide import database, outbox, runtime
from entraide.config.settings import Mail
from entraide.kinds import Message
from entraide.notifications import mail
from entraide.outbox.models import OutboxMessage

MESSAGE = Message(
    "parent3@example.org", "Vous avez un message", "Bonjour,\n\nc'est l'été.\n", "k-1"
)
TOML = '\n[mail]\nsmtp_host = "127.0.0.1"\nsmtp_port = {port}\nsecurity = "none"\nsender = "contact@site.example"\n'


def settings(port, **changes):
    values = {
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "security": "none",
        "username": None,
        "password": None,
        "sender": "contact@site.example",
        "mailbox": Path("mailbox"),
    } | changes
    return Mail(**values)


def test_a_mail_arrives_as_it_was_written(mail_server):
    assert mail.send(MESSAGE, settings(mail_server.port))
    assert "rcpt TO:<parent3@example.org>" in mail_server.commands
    kept = email.message_from_bytes(mail_server.mails[0], policy=default)
    assert kept["To"] == MESSAGE.address
    assert kept["From"] == "contact@site.example"
    assert kept["Subject"] == MESSAGE.subject
    assert kept["Message-ID"] == "<k-1@site.example>"
    assert kept["Auto-Submitted"] == "auto-generated"
    assert kept.get_content().replace("\r\n", "\n") == MESSAGE.body


def test_a_server_with_a_password_is_given_it(mail_server):
    wanted = settings(mail_server.port, username="site", password="secret exemple")
    assert mail.send(MESSAGE, wanted)
    assert any(command.startswith("AUTH PLAIN ") for command in mail_server.commands)


@pytest.mark.parametrize("refused", ["MAIL", "RCPT", "DATA", "AUTH"])
def test_a_refusal_is_tried_again_later(mail_server, refused, capsys):
    mail_server.refuses = refused
    wanted = settings(mail_server.port, username="site", password="secret exemple")
    assert not mail.send(MESSAGE, wanted)
    assert mail_server.mails == []
    said = capsys.readouterr().out
    assert "mail-not-sent" in said
    assert "parent3" not in said
    assert "secret" not in said


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_server_that_is_down_or_speaks_no_tls_is_tried_again_later(mail_server, security):
    mail_server.refuses = "STARTTLS"
    if security == "none":
        assert not mail.send(MESSAGE, settings(1))
    elif security == "starttls":
        assert not mail.send(MESSAGE, settings(mail_server.port, security=security))
        assert mail_server.mails == []
    else:
        assert not mail.send(MESSAGE, settings(1, security=security))


@pytest.mark.parametrize("name", ["address", "subject"])
def test_no_header_can_be_slipped_in(name):
    values = vars(MESSAGE) | {name: "x@example.org\r\nBcc: other@example.org"}
    with pytest.raises(ValueError, match=r"linefeed|CR or LF"):
        mail.compose(Message(**values), settings(25))


@pytest.fixture
def mailing(make_site, mail_server, database_url):
    """Give the mail server of an active site that sends through it."""
    toml = TOML.format(port=mail_server.port)
    with runtime.activate(make_site(url=database_url, toml=toml)):
        yield mail_server


def rows():
    with database.reading() as session:
        return session.scalars(select(OutboxMessage)).all()


def send():
    with database.writing() as session:
        outbox.send(session, MESSAGE)
        outbox.send(session, MESSAGE)
    outbox.deliver_pending()


def test_a_message_is_sent_once_and_its_words_are_erased(mailing):
    send()
    outbox.deliver_pending()
    assert len(mailing.mails) == 1
    (row,) = rows()
    assert (row.address, row.subject, row.body, row.next_at) == (None, None, None, None)


def test_a_message_waits_while_the_server_refuses(mailing):
    mailing.refuses = "RCPT"
    send()
    assert mailing.mails == []
    assert rows()[0].body.startswith(MESSAGE.body)
    mailing.refuses = ""
    runtime.current().clock.advance(rows()[0].next_at - runtime.current().clock.now())
    outbox.deliver_pending()
    assert len(mailing.mails) == 1
