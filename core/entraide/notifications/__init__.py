"""Messages to people: e-mail through SMTP, or the mailbox page in development."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint

from entraide import runtime
from entraide.hookspecs import hookimpl
from entraide.kinds import Message
from entraide.notifications import mail, mailbox


@hookimpl
def deliver(message: Message) -> bool | None:
    """Send by SMTP when it is configured, into the mailbox in development."""
    settings = runtime.current().settings
    if settings.mail.smtp_host:
        return mail.send(message, settings.mail)
    if settings.development:
        return mailbox.keep(message)
    return None


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    """Add the mailbox page, in development only."""
    if runtime.current().settings.development:
        yield mailbox.blueprint
