"""The filters that a kind declares: each field's answers, or those that offers have given."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any

from marshmallow import fields

from entraide import clock, i18n
from entraide.directory.finding.query import FindQuery
from entraide.directory.finding.ranges import direction_of, load_value
from entraide.directory.payloads.values import facets_of, schema_of, value_in_words
from entraide.directory.search import INDEX, IndexUnusable
from entraide.fields import Commune, choices_of
from entraide.i18n import Text, catalogue
from entraide.kinds import Kind

MOST_CHOICES = 60
"""Links that one filter shows at most, whatever a plugin declares."""

_ = catalogue("entraide")


def facet_filters(query: FindQuery, kind: Kind) -> list[dict[str, Any]]:
    """Return one group of links for each facet of a kind that has something to choose."""
    groups = [_filter(query, kind, name) for name in facets_of(kind)]
    return [group for group in groups if len(group["options"]) > 1]


def _filter(query: FindQuery, kind: Kind, name: str) -> dict[str, Any]:
    field = schema_of(kind.schema).fields[name]
    key = f"{kind.name}.{name}"
    current = query.facets.get(key, "")
    choices = [("", i18n.gettext("All")), *_choices(field, key, current)[:MOST_CHOICES]]
    options = [
        {"label": str(label), "url": query.url(**{key: value}), "is_current": value == current}
        for value, label in choices
    ]
    return {"label": str(field.metadata.get("label", name)), "options": options}


def _choices(field: fields.Field[Any], key: str, current: str) -> list[tuple[str, Any]]:
    if declared := choices_of(field):
        return declared
    if isinstance(field, fields.Boolean):
        return [(str(True), _("Yes")), (str(False), field.metadata.get("no", _("No")))]
    # Another site may have sent what this field does not take: that is no choice here.
    values = dict.fromkeys([*_given(key), *([current] if current and direction_of(field) else [])])
    given = [(value, load_value(field, value)) for value in values]
    known = [(value, loaded) for value, loaded in given if loaded is not None]
    known.sort(key=_rank)
    choices = [(value, _in_words(field, value, loaded)) for value, loaded in known]
    # Codes of communes say nothing: their names are in order.
    return sorted(choices, key=lambda pair: str(pair[1])) if isinstance(field, Commune) else choices


def _in_words(field: fields.Field[Any], value: str, loaded: Any) -> Text:
    words = value_in_words(field, loaded if isinstance(loaded, int) else value)
    direction = direction_of(field)
    if not direction or (direction == "at_most" and loaded == 0 and "zero" in field.metadata):
        return words
    if isinstance(loaded, date | time):
        earlier, later = (
            _("%(moment)s or earlier", moment=words),
            _("%(moment)s or later", moment=words),
        )
        return earlier if direction == "at_most" else later
    if not isinstance(loaded, int):
        words = value_in_words(field, float(loaded))
    at_most, at_least = (
        _("%(number)s at most", number=words),
        _("%(number)s at least", number=words),
    )
    return at_most if direction == "at_most" else at_least


def _rank(pair: tuple[str, Any]) -> tuple[float, str]:
    value, loaded = pair
    # Numbers by their size; days and words, which read alike in both, by their letters.
    return (float(loaded) if isinstance(loaded, int | float | Decimal) else 0, value)


def _given(key: str) -> list[str]:
    index = INDEX.get()
    try:
        return index.facet_values(key, today=clock.today(), most=MOST_CHOICES)
    except IndexUnusable:
        return []
