"""The filters that a kind declares: each field's answers, or those that offers have given."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields

from entraide import clock, i18n, runtime
from entraide.directory.finding import Wish
from entraide.directory.payloads import facets_of, schema_of, value_in_words
from entraide.directory.search import IndexUnusable, SearchIndex
from entraide.fields import choices_of
from entraide.i18n import catalogue
from entraide.kinds import Kind

MOST_CHOICES = 60
"""Links that one filter shows at most, whatever a plugin declares."""

_ = catalogue("entraide")


def facet_filters(wish: Wish, kind: Kind) -> list[dict[str, Any]]:
    """Return one group of links for each facet of a kind that has something to choose."""
    groups = [_filter(wish, kind, name) for name in facets_of(kind)]
    return [group for group in groups if len(group["options"]) > 1]


def _filter(wish: Wish, kind: Kind, name: str) -> dict[str, Any]:
    one = schema_of(kind.schema).fields[name]
    key = f"{kind.name}.{name}"
    current = wish.facets.get(key, "")
    choices = [("", i18n.gettext("All")), *_choices(one, key)[:MOST_CHOICES]]
    options = [
        {"label": str(label), "url": wish.url(**{key: value}), "is_current": value == current}
        for value, label in choices
    ]
    return {"label": str(one.metadata.get("label", name)), "options": options}


def _choices(one: fields.Field[Any], key: str) -> list[tuple[str, Any]]:
    if declared := choices_of(one):
        return declared
    if isinstance(one, fields.Boolean):
        return [(str(True), _("Yes")), (str(False), one.metadata.get("no", _("No")))]
    given = [(value, _loaded(one, value)) for value in _given(key)]
    known = [(value, loaded) for value, loaded in given if loaded is not None]
    known.sort(key=_rank)
    return [
        (value, value_in_words(one, loaded if isinstance(loaded, int) else value))
        for value, loaded in known
    ]


def _rank(pair: tuple[str, Any]) -> tuple[int, str]:
    value, loaded = pair
    # Numbers by their size; days and words, which read alike in both, by their letters.
    return (loaded if isinstance(loaded, int) else 0, value)


def _given(key: str) -> list[str]:
    index: SearchIndex = runtime.current().services["search"]
    try:
        return index.facet_values(key, today=clock.today(), most=MOST_CHOICES)
    except IndexUnusable:
        return []


def _loaded(one: fields.Field[Any], value: str) -> Any:
    # Another site may have sent what this field does not take: that is no choice here.
    inner = one.inner if isinstance(one, fields.List) else one
    try:
        return inner.deserialize(value)
    except ValidationError:
        return None
