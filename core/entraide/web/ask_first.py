"""The small page that asks before something is done that cannot be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import render_template, request

from entraide.i18n import Text


@dataclass(frozen=True)
class Question:
    """What is asked, what the act means, the words of its button, and where a "no" leads.

    The button posts `fields` to the address that shows the page. `subject` is what it is about.
    `choice` asks for one of several answers: a name, its label, pairs of values and words, and
    the value that is chosen at first.
    """

    title: Text
    subject: str
    meaning: Sequence[Text]
    button: Text
    back_url: str
    fields: dict[str, str] = field(default_factory=dict)
    choice: tuple[str, Text, Sequence[tuple[str, Text]], str] | None = None


def ask_first(question: Question) -> str:
    """Return the page that asks; nothing changes before its button is pressed."""
    return render_template("confirm.html", question=question, action=request.path)
