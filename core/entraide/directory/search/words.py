"""Words by which search finds an offer beside its own text: its kind's, and what its facets say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from marshmallow import fields

from entraide.directory.payloads import facets_of, schema_of
from entraide.fields import choices_of
from entraide.i18n import Text, in_every_language
from entraide.kinds import Kind


@cache
def kind_words(kind: Kind) -> str:
    """Return a kind's label and synonyms in every language."""
    return " ".join(
        word for text in (kind.label, kind.synonyms) for word in in_every_language(text)
    )


def facet_words(kind: Kind, payload: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the facets of a public payload say, in every language."""
    known = _labels(kind)
    for name in facets_of(kind):
        value = payload.get(name)
        for one in value if isinstance(value, list) else [value]:
            if words := known.get((name, str(one))):
                yield words


@cache
def _labels(kind: Kind) -> dict[tuple[str, str], str]:
    """Return the words of each value of a facet that has words of its own."""
    labels: dict[tuple[str, str], Text] = {}
    for name in facets_of(kind):
        one = schema_of(kind.schema).fields[name]
        labels |= {(name, value): label for value, label in choices_of(one)}
        if "zero" in one.metadata:
            labels[name, "0"] = one.metadata["zero"]
        if isinstance(one, fields.Boolean):
            labels[name, "True"] = one.metadata.get("label", name)
    return {key: " ".join(in_every_language(label)) for key, label in labels.items()}
