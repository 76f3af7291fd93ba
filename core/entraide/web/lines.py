"""Lists of a form that have no choices: one answer on each line of a text area."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from marshmallow import fields as upstream

from entraide.i18n import Text, catalogue
from entraide.web import form_words
from entraide.web.typed import as_typed

_ = catalogue("entraide")

KIND = "lines"


def split(schema_field: upstream.List[Any], sent: Sequence[str]) -> list[str]:
    """Return the answers that were written, empty lines left out."""
    lines = [line.strip() for value in sent for line in value.splitlines()]
    return [as_typed(schema_field.inner, line) for line in lines if line]


def join(values: Sequence[Any] | None) -> str:
    """Return answers as the text area shows them."""
    return "\n".join(map(str, values or ()))


def messages_about(messages: Any, lines: Sequence[Any]) -> Iterator[tuple[str, Text]]:
    """Yield each message of marshmallow about a list with the line that it is about, or with none."""
    if not isinstance(messages, dict):
        for message in messages:
            yield "", form_words.words_for_count(message) or message
        return
    for number, inner in messages.items():
        for message in inner:
            yield str(lines[number]), message
