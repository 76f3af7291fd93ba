"""E-mail: one message to one person through the configured SMTP server."""

from __future__ import annotations

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage

import structlog

from entraide.config.settings import Mail
from entraide.kinds import Message

log = structlog.get_logger("entraide.mail")

TIMEOUT_SECONDS = 15


def send(message: Message, settings: Mail) -> bool:
    """Send a message; False (to be tried again) when the server is down or refuses."""
    try:
        with _connect(settings) as server:
            if settings.username:
                server.login(settings.username, settings.password or "")
            server.send_message(compose(message, settings))
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail-not-sent", key=message.key, error=_reason(error))
        return False
    return True


def _reason(error: OSError) -> str:
    # What servers answer repeats addresses, which belong in no log.
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({code for code, _words in error.recipients.values()})
        return f"{type(error).__name__}: {', '.join(str(code) for code in codes)}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__}: {error.smtp_code}"
    return f"{type(error).__name__}: {error}"


def compose(message: Message, settings: Mail) -> EmailMessage:
    """Return the e-mail: one recipient, plain text, an id that makes repeats recognisable.

    The standard library refuses line breaks in headers (ValueError), so none can be injected.
    """
    mail = EmailMessage()
    sender = settings.sender or "entraide@localhost"
    mail["From"], mail["Subject"] = sender, message.subject
    # As one address: a comma in it never makes a second reader.
    mail["To"] = Address(addr_spec=message.address)
    mail["Message-ID"] = f"<{message.key}@{sender.rpartition('@')[2].rstrip('>')}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body)
    return mail


def _connect(settings: Mail) -> smtplib.SMTP:
    host, port = settings.smtp_host or "", settings.smtp_port
    if settings.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    if settings.security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
    return server
