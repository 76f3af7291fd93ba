"""Fields that hold a commune: their codes exist, and stand beside their names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from marshmallow import Schema, ValidationError

from entraide.fields import Commune
from entraide.gazetteer import territories
from entraide.i18n import catalogue
from entraide.kinds import Kind

_ = catalogue("entraide")


@cache
def communes_of(schema: type[Schema]) -> frozenset[str]:
    """Return the names of the fields of a schema that hold a commune."""
    return frozenset(name for name, field in schema().fields.items() if isinstance(field, Commune))


def check_communes(schema: Schema, loaded: Mapping[str, Any]) -> None:
    """Raise ValidationError naming each field of `loaded` whose code is that of no commune."""
    codes = {name: loaded[name] for name in communes_of(type(schema)) if loaded.get(name)}
    gazetteer = territories.gazetteer
    unknown = [name for name, code in codes.items() if gazetteer().place(code) is None]
    if unknown:
        words = str(_("There is no commune with this code."))
        raise ValidationError({name: [words] for name in unknown})


def with_names(kind: Kind | None, payload: dict[str, Any]) -> dict[str, Any]:
    """Return a payload as programs read it: of a commune its code and its name."""
    communes = communes_of(kind.schema).intersection(payload) if kind else ()
    if not communes:
        return payload
    names = {name: territories.names([payload[name]])[0] for name in communes}
    return payload | {name: {"code": payload[name], "name": names[name]} for name in names}


def commune_names(kind: Kind, payload: Mapping[str, Any]) -> list[str]:
    """Return the names of the communes that a payload names by their codes."""
    return territories.names([payload[name] for name in communes_of(kind.schema) & payload.keys()])
