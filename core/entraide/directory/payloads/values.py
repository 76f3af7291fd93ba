"""A kind's payload: checked by its schema, split by who may read it, shown with its labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any

import orjson
from marshmallow import Schema, ValidationError, fields

from entraide import text
from entraide.classification import Marking
from entraide.directory.payloads.communes import check_communes
from entraide.directory.payloads.versions import marked, try_upcast, upcast
from entraide.errors import BadInput
from entraide.fields import Commune, choices_of, is_amount
from entraide.gazetteer import territories
from entraide.i18n import catalogue, day_in_words, hour_in, number_in
from entraide.kinds import Kind

_ = catalogue("entraide")

Payload = dict[str, Any]
ADDRESS = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,253}")
"""An e-mail address that a link may hold: no sign of it has a meaning there."""

TEXTS = (fields.String, fields.Date, fields.Time, fields.DateTime)
"""Fields whose values are texts in JSON."""

MOST_AMOUNT = 10**12
"""Amounts have up to 12 digits; what is not a number is not below this either."""


@cache
def schema_of(kind: type[Schema]) -> Schema:
    """Return the one instance of a schema (making one takes longer than using it)."""
    return kind()


@cache
def schema_for(kind: type[Schema], side: str) -> Schema:
    """Return a schema as one side fills it in: fields marked for the other are left out."""
    others = [
        name
        for name, field in kind().fields.items()
        if side not in field.metadata.get("sides", ("offer", "request"))
    ]
    return kind(exclude=others)


def public_fields(kind: Kind) -> Mapping[str, fields.Field[Any]]:
    """Return by name the fields of a kind that everyone may read, and that leave the site."""
    return _public_fields(kind.schema)


@cache
def _public_fields(schema: type[Schema]) -> Mapping[str, fields.Field[Any]]:
    marks = ((field, field.metadata.get("mark")) for field in schema_of(schema).fields.values())
    return MappingProxyType(
        {str(field.name): field for field, mark in marks if mark and mark.audience == "public"}
    )


def load_payload(kind: Kind, raw: Mapping[str, Any], *, side: str = "offer") -> Payload:
    """Check the payload of an offer or a request; BadInput lists the fields under `payload`."""
    try:
        schema = schema_for(kind.schema, side)
        loaded: Payload = dict(schema.load(raw))
        check_communes(schema, loaded)
    except ValidationError as error:
        raise BadInput(
            f"The payload of a {kind.name} needs another look.",
            {"payload": error.messages_dict},
        ) from error
    return loaded


def split_payload(kind: Kind, payload: Payload) -> tuple[Payload, Payload | None]:
    """Return the public fields and the others (None when there are none), as JSON values."""
    dumped = dump_payload(schema_of(kind.schema), payload)
    given = {name: value for name, value in dumped.items() if value is not None}
    public = {name: given[name] for name in given if name in public_fields(kind)}
    private = {name: given[name] for name in given if name not in public}
    return marked(kind, public), marked(kind, private) or None


def public_part(kind: Kind | None, payload: Mapping[str, Any] | None) -> Payload:
    """Return what everybody may read of a payload, stored or received, as today's release has it.

    The marks of today count, and the upcasts of older versions; what the kind has no field for,
    and what its field does not hold, is left out. Of a kind that is not here all is returned.
    """
    given = payload or {}
    if kind is None:
        return {name: value for name, value in given.items() if not name.startswith("$")}
    fields_of = public_fields(kind)
    return {
        name: as_held(field, value)
        for name, value in try_upcast(kind, given).items()
        if (field := fields_of.get(name)) is not None and fits(field, value)
    }


def published_part(kind: Kind, payload: Mapping[str, Any]) -> Payload:
    """Return the same as it travels, with its version; raises UpcastFailed instead of nothing."""
    upcast(kind, payload)
    return marked(kind, public_part(kind, payload))


def stored_parts(
    kind: Kind, payload: Mapping[str, Any], details: Mapping[str, Any] | None
) -> tuple[Payload, Payload | None]:
    """Return a row's payload and details as today's release stores them.

    What was public and is not any more goes to the details; what was asked as private stays there.
    Members that the kind has no field for stay where they are, and nobody reads them. Raises
    UpcastFailed.
    """
    closed = _closed_fields(kind.schema)
    given = upcast(kind, payload)
    public = {name: value for name, value in given.items() if name not in closed}
    whole = upcast(kind, {**payload, **(details or {})})
    private = {name: value for name, value in whole.items() if name not in public}
    return marked(kind, public), marked(kind, private) or None


def is_open(kind: Kind | None, name: str) -> bool:
    """Return whether no field of that name is closed to strangers."""
    return kind is None or name not in _closed_fields(kind.schema)


@cache
def _closed_fields(schema: type[Schema]) -> frozenset[str]:
    return frozenset(schema_of(schema).fields.keys() - _public_fields(schema).keys())


def fits(field: fields.Field[Any], value: Any) -> bool:
    """Return whether a JSON value is of the type that a field holds; its rules are not asked."""
    # Texts first: most are, and to compare classes of marshmallow takes long.
    if isinstance(field, TEXTS):
        return isinstance(value, str)
    if isinstance(field, fields.List):
        return isinstance(value, list) and all(fits(field.inner, item) for item in value)
    if isinstance(field, fields.Boolean):
        return isinstance(value, bool)
    if isinstance(field, fields.Decimal):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_amount(value) or (is_number and abs(value) < MOST_AMOUNT)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return is_whole or not isinstance(field, fields.Integer)


def as_held(field: fields.Field[Any], value: Any) -> Any:
    """Return a JSON value as payloads hold it: an amount that travelled as a text is a number."""
    if isinstance(value, str):
        # Another site may write it with a comma, as people do.
        return float(value.replace(",", ".")) if isinstance(field, fields.Decimal) else value
    if isinstance(field, fields.List):
        return [as_held(field.inner, item) for item in value]
    return value


def dump_payload(schema: Schema, payload: Payload) -> Payload:
    """Return the values as JSON has them, whatever the fields of a plugin make of them.

    A decimal becomes a number, anything else that JSON does not know becomes its words.
    """
    plain: Payload = orjson.loads(orjson.dumps(schema.dump(payload), default=_plain))
    return plain


def _plain(value: Any) -> float | str:
    return float(value) if isinstance(value, Decimal) else str(value)


def audience_of(kind: Kind, name: str) -> str:
    """Return who may read a field; a field without a mark is for the parties only."""
    mark: Marking | None = schema_of(kind.schema).fields[name].metadata.get("mark")
    return mark.audience if mark else "parties"


class LinkedWords(str):
    """Words of a value that lead somewhere: `href` is a clean web address or a mailto."""

    __slots__ = ("href",)
    href: str


def _linked(field: fields.Field[Any], words: str) -> str:
    """Return the words of an address with the way to it, others (and unclean ones) as they are."""
    href = ""
    if isinstance(field, fields.Url) and text.is_clean_url(words, https_only=False):
        href = words
    elif isinstance(field, fields.Email) and ADDRESS.fullmatch(words):
        href = f"mailto:{words}"
    if not href:
        return words
    linked = LinkedWords(words)
    linked.href = href
    return linked


def described(
    kind: Kind | None, payload: Mapping[str, Any] | None, *, is_complete: bool = False
) -> list[tuple[str, str]]:
    """Return (label, words) of each field that has a value; nothing for an unknown kind.

    For people: a "no" is left out unless the field has words for it (`no`), and a zero is said
    in the field's own words (`zero`). `is_complete` writes every value as it is, for tables.
    """
    if kind is None or not payload:
        return []
    pairs = [
        (
            str(field.metadata.get("label", name)),
            value_in_words(field, payload[name], is_complete=is_complete)
            if is_complete
            else _linked(field, value_in_words(field, payload[name])),
        )
        for name, field in schema_of(kind.schema).fields.items()
        if payload.get(name) not in (None, "", [])
    ]
    return [(label, words) for label, words in pairs if words]


def facets_of(kind: Kind) -> list[str]:
    """Return the names of the fields that filter a list: public ones marked `facet=True`."""
    return [name for name, field in public_fields(kind).items() if field.metadata.get("facet")]


def value_in_words(field: fields.Field[Any], value: Any, *, is_complete: bool = False) -> str:
    """Return one value of a field as people read it; see `described`."""
    labels = {key: str(label) for key, label in choices_of(field)}
    if isinstance(field, Commune):
        return territories.names([str(value)])[0]
    if isinstance(value, bool):
        no = field.metadata.get("no", _("No") if is_complete else "")
        return str(_("Yes") if value else no)
    if isinstance(value, list):
        inner = field.inner if isinstance(field, fields.List) else None
        items = (
            labels.get(str(item), str(item))
            if labels or inner is None
            else value_in_words(inner, item, is_complete=is_complete)
            for item in value
        )
        return ", ".join(items)
    if value == 0 and "zero" in field.metadata and not is_complete:
        return str(field.metadata["zero"])
    if isinstance(field, fields.Decimal) and isinstance(value, int) and not is_complete:
        value = float(value)
    words = labels.get(str(value), "")
    if words or is_complete:
        return words or str(value)
    return _with_unit(field, value)


def _with_unit(field: fields.Field[Any], value: Any) -> str:
    shown = _shown(field, value) if isinstance(value, str | float) else str(value)
    unit = field.metadata.get("unit", "") if isinstance(field, fields.Number) else ""
    return f"{shown}\u00a0{unit}" if str(unit) else shown


def _shown(field: fields.Field[Any], value: str | float) -> str:
    """Write a number, a day or a time for people; what another site sent may be anything."""
    if isinstance(value, float):
        places = getattr(field, "places", None)
        return number_in(value, None if places is None else -places.as_tuple().exponent)
    try:
        if isinstance(field, fields.Time):
            return hour_in(time.fromisoformat(value))
        return day_in_words(date.fromisoformat(value)) if type(field) is fields.Date else value
    except ValueError:
        return value
