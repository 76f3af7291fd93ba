"""The form of an answer: contact details in it are pointed out once, before both sides agreed."""

from __future__ import annotations

from collections.abc import Mapping

from entraide.contact_details import ContactKind, find_contact_details
from entraide.i18n import Text, catalogue
from entraide.ids import digest
from entraide.web.forms import Form, FormField

_ = catalogue("entraide")

SEEN = "contact_seen"
"""The hidden field of a form that has warned: it names the text that it warned about."""
WORDS: dict[ContactKind, Text] = {
    "phone": _(
        "This text holds a phone number. Take it out? The parent has not said yes to you "
        "yet. To keep it, send again."
    ),
    "email": _(
        "This text holds an e-mail address. Take it out? The parent has not said yes to you "
        "yet. To keep it, send again."
    ),
    "address": _(
        "This text holds a street address. Take it out? The parent has not said yes to "
        "you yet. To keep it, send again."
    ),
    "link": _(
        "This text holds a link or a pseudonym. Take it out? The parent has not said yes to "
        "you yet. To keep it, send again."
    ),
}


def warn_once(form: Form, sent: Mapping[str, str]) -> bool:
    """Point out contact details in the message; tell whether this is the first time.

    Whoever sends the same words again means them.
    """
    message = form.values["message"]
    details = find_contact_details(message)
    name = digest(message)
    if not details or sent.get(SEEN) == name:
        return False
    for detail in details:
        form.add_error("message", WORDS[detail.kind])
    form.fields.append(FormField(SEEN, "", "hidden", value=name))
    return True
