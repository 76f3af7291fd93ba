"""The mailbox of development: every mail as a file that a page shows."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, render_template

from entraide import clock, runtime
from entraide.ids import new_id
from entraide.kinds import Message
from entraide.policy import permission

blueprint = Blueprint("notifications", __name__)

SHOWN = 50
LINK = re.compile(r"https?://[^\s<>\"]+")


def keep(message: Message) -> bool:
    """Write a mail into the folder; written whole or not at all."""
    folder = _folder()
    # Login links are in it: nobody else on this machine may look.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mail = {
        "address": message.address,
        "subject": message.subject,
        "body": message.body,
        "key": message.key,
        "sent_at": clock.rfc3339(clock.now()),
    }
    path = folder / f"{new_id()}.json"
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(mail, ensure_ascii=False), "utf-8")
    partial.rename(path)
    return True


def mails() -> list[dict[str, Any]]:
    """Return the newest mails, newest first, each with the links in its text."""
    paths = sorted(_folder().glob("*.json"), reverse=True)[:SHOWN]
    messages = [json.loads(path.read_text("utf-8")) for path in paths]
    for mail in messages:
        mail["sent_at"] = datetime.fromisoformat(mail["sent_at"])
        mail["links"] = LINK.findall(mail["body"])
    return messages


@blueprint.get("/mailbox")
@permission(None)
def mailbox() -> str:
    """Show what was sent (development only)."""
    return render_template("notifications/mailbox.html", mails=mails())


def _folder() -> Path:
    return runtime.current().settings.mail.mailbox
