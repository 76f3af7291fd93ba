"""JSON Schemas of the types of objects, derived from their declaration; the oracle of its checks."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.validators import extend

from entraide_federation.protocol import members, types


@singledispatch
def schema_of(check: Any) -> dict[str, Any]:
    """Return the JSON Schema of what a check accepts."""
    raise TypeError(check)


@schema_of.register
def _(check: members.FreeText) -> dict[str, Any]:
    return {"type": "string", "minLength": check.least, "maxLength": check.most}


@schema_of.register
def _(check: members.Spelled) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^(?:{check.pattern.pattern})$"}


@schema_of.register
def _(check: members.SpelledList) -> dict[str, Any]:
    items = schema_of(members.Spelled(check.pattern))
    return {"type": "array", "items": items, "minItems": check.least, "maxItems": check.most}


@schema_of.register
def _(check: members.Whole) -> dict[str, Any]:
    return {"type": "integer", "minimum": check.least, "maximum": check.most}


@schema_of.register
def _(check: members.OneOf) -> dict[str, Any]:
    return {"enum": sorted(check.choices)}


@schema_of.register
def _(check: members.Judged) -> dict[str, Any]:
    return dict(JUDGED[check.accepts])


@schema_of.register
def _(check: members.Members) -> dict[str, Any]:
    declared = {**check.required, **check.optional}
    return {
        "type": "object",
        "properties": {name: schema_of(inner) for name, inner in declared.items()},
        "required": sorted(check.required),
    }


def schema_of_type(declared: types.ObjectType) -> dict[str, Any]:
    """Return the JSON Schema of the documents of one type."""
    schema = schema_of(declared.members)
    if declared.is_exact:
        common = dict.fromkeys(types.COMMON, True)
        schema["properties"] = common | schema["properties"]
        schema["required"] = sorted(schema["properties"])
        schema["additionalProperties"] = False
    return schema


TIME = r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
JUDGED: dict[Any, dict[str, Any]] = {
    members.is_time: {"type": "string", "format": "is_time", "pattern": TIME},
    members.is_date: {"type": "string", "format": "is_date"},
    members.is_moment: {"type": "string", "format": "is_moment"},
    members.is_flag: {"type": "boolean"},
    members.is_extension: {"type": "object", "additionalProperties": {"type": "object"}},
}
"""What functions accept; of those that depend on the origin the format is the function itself."""

for declared in types.TYPES:
    for check in (declared.members.required | declared.members.optional).values():
        if isinstance(check, members.Judged):
            named = {"type": "string", "format": check.accepts.__name__}
            JUDGED.setdefault(check.accepts, named)


def _matches_whole(validator: Any, pattern: str, value: Any, schema: Any) -> Any:
    # In ECMA 262 `$` is the end; in Python it is also before a last line feed.
    if isinstance(value, str) and value.endswith("\n"):
        yield from Draft202012Validator.VALIDATORS["type"](validator, "null", value, schema)
    yield from Draft202012Validator.VALIDATORS["pattern"](validator, pattern, value, schema)


STRICT = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
Validator = extend(Draft202012Validator, {"pattern": _matches_whole}, type_checker=STRICT)
"""JSON numbers such as 3.0 are no integers of the profile."""


def accepts(schema: dict[str, Any], value: Any, origin: str) -> bool:
    """Return whether a value keeps a schema; formats are judged for an origin."""
    formats = FormatChecker(formats=())
    for judge in JUDGED:
        formats.checks(judge.__name__)(lambda text, judge=judge: judge(text, origin))
    return bool(Validator(schema, format_checker=formats).is_valid(value))
