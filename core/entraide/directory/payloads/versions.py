"""Payloads of older releases, stored here or received, read as today's release of their kind."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import orjson
import structlog

from entraide.errors import CONTAINED, EntraideError
from entraide.hooks import is_strict
from entraide.kind_rules import FIRST_VERSION, VERSION, Upcast, order_of
from entraide.kinds import Kind
from entraide.runtime import Slot

log = structlog.get_logger("entraide.payloads")

Payload = dict[str, Any]

MARK = "$version"
"""The member of a payload that says its version; without it the payload is of the first one."""

_TOLD: Slot[set[tuple[str, str]]] = Slot("failed upcasts that the log names already", set)


class UpcastFailed(EntraideError):
    """A kind's own function cannot make a payload of an older version into one of today."""

    name, title = "upcast-failed", "What an older release wrote cannot be read"


def version_of(payload: Mapping[str, Any]) -> str:
    """Return the version that a payload names; the first one when it names none."""
    version = payload.get(MARK)
    return version if isinstance(version, str) and VERSION.fullmatch(version) else FIRST_VERSION


def marked(kind: Kind, values: Mapping[str, Any]) -> Payload:
    """Return a payload of today's version as it is stored and travels: it names a later one."""
    values = {name: value for name, value in values.items() if name != MARK}
    if kind.schema_version == FIRST_VERSION or not values:
        return values
    return {MARK: kind.schema_version, **values}


def upcast(kind: Kind, payload: Mapping[str, Any]) -> Payload:
    """Return the members of a payload as today's version has them, without its mark.

    Each upcast from the payload's version on is asked, in order; one of a later release stays as
    it is. UpcastFailed names the function, its file and line, the cause and the remedy.
    """
    version = version_of(payload)
    values = {name: value for name, value in payload.items() if name != MARK}
    if not values or not kind.upcasts or version == kind.schema_version:
        return values
    for old in sorted(kind.upcasts, key=order_of):
        if order_of(old) >= order_of(version):
            values = _upcast_from(kind, old, values)
    return values


def try_upcast(kind: Kind, payload: Mapping[str, Any]) -> Payload:
    """Return the same; nothing of what cannot be read, which the log tells once."""
    try:
        return upcast(kind, payload)
    except UpcastFailed as error:
        if is_strict():
            raise
        told = (kind.name, version_of(payload))
        if told not in _TOLD.get():
            _TOLD.get().add(told)
            log.warning("upcast-failed", plugin=kind.plugin, kind=kind.name, error=str(error))
        return {}


def _upcast_from(kind: Kind, old: str, values: Payload) -> Payload:
    function = kind.upcasts[old]
    try:
        result = function(deepcopy(values))
    except CONTAINED as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{frame.filename}, line {frame.lineno}"
        raise _failed(kind, old, place, f"{type(error).__name__}: {error}") from error
    if not isinstance(result, dict) or not all(isinstance(name, str) for name in result):
        raise _failed(
            kind,
            old,
            _place_of(function),
            f"it returned {type(result).__name__}, not a dict of fields",
        )
    try:
        # What JSON does not hold could neither be stored nor sent.
        plain: Payload = orjson.loads(orjson.dumps(result))
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise _failed(kind, old, _place_of(function), f"it returned no JSON: {error}") from error
    return plain


def _place_of(function: Upcast) -> str:
    code = getattr(function, "__code__", None)
    return f"{code.co_filename}, line {code.co_firstlineno}" if code else repr(function)


def _failed(kind: Kind, old: str, place: str, cause: str) -> UpcastFailed:
    return UpcastFailed(
        f"Plugin {kind.plugin}: {place}: the upcast of kind {kind.name} from {old} failed: {cause}. "
        "What older releases wrote is kept and not shown. Correct the function (a field may be "
        "missing) and start again."
    )
