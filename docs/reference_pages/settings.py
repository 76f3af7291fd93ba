"""The page of the settings: keys of instance.toml, tables of plugins, variables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow import Schema, fields, missing

from entraide.config.environment import ELSEWHERE, VARIABLES
from entraide.config.schema import InstanceSchema
from reference_pages.modules import plugins
from reference_pages.words import SETTINGS, VARIABLES_ELSEWHERE

PATH = "settings.md"

HEAD = """# Settings

`instance.toml` holds the settings of a site; `local.toml` beside it, never committed, and variables
of the environment replace single keys. All mistakes are told at once, each with its file, line, key
and fix; an unknown key is a mistake. Relative files are looked for in the instance folder. The table of
a plugin bears its name; `[plugins.<name>]` is the same table.
"""


def write() -> str:
    """Return the page."""
    parts = [HEAD]
    for table, schema in tables().items():
        parts.append(f"\n## `[{table}]`\n\n| key | type | default | meaning |\n|---|---|---|---|\n")
        parts += [_row(table, key, field) for key, field in schema.fields.items()]
    parts.append("\n## Variables\n\n| variable | meaning |\n|---|---|\n")
    parts += [f"| `{name}` | {_meaning(name)} |\n" for name in sorted({*VARIABLES, *ELSEWHERE})]
    parts.append(
        "\n`ENTRAIDE_<PLUGIN>_<KEY>` replaces one key of an enabled plugin: with the value that a\n"
        "`.toml` file has under that key, or with the value itself, written as in TOML.\n"
    )
    return "".join(parts)


def tables() -> dict[str, Schema]:
    """Return the schema of every table: the core's, then each plugin's and the lists below it."""
    found = {
        name: field.schema
        for name, field in InstanceSchema().fields.items()
        if isinstance(field, fields.Nested)
    }
    for name, module in plugins().items():
        if register := getattr(module, "register_settings", None):
            found |= dict(_with_lists(name, register()()))
    return found


def _with_lists(name: str, schema: Schema) -> Iterator[tuple[str, Schema]]:
    yield name, schema
    for key, field in schema.fields.items():
        inner = getattr(field, "inner", field)
        if isinstance(inner, fields.Nested):
            yield from _with_lists(f"{name}.{key}", inner.schema)


def _row(table: str, key: str, field: fields.Field[Any]) -> str:
    meaning = SETTINGS.get(f"{table}.{key}")
    if meaning is None:
        raise SystemExit(
            f"[{table}] {key}: the page of the settings has no words for it. "
            f'Add "{table}.{key}" to SETTINGS in docs/reference_pages/words.py.'
        )
    example = field.metadata.get("example")
    text = f"{meaning} Example: `{example}`." if example else meaning
    return f"| `{key}` | {_type(field)} | {_default(field)} | {text} |\n"


def _type(field: fields.Field[Any]) -> str:
    names = {
        fields.Integer: "number",
        fields.Boolean: "true or false",
        fields.List: "list",
        fields.Nested: "table",
        fields.Dict: "table",
        fields.String: "text",
    }
    return next((word for kind, word in names.items() if isinstance(field, kind)), "value")


def _default(field: fields.Field[Any]) -> str:
    if field.required:
        return "required"
    value = field.load_default() if callable(field.load_default) else field.load_default
    if value in (None, missing, ""):
        return "–"
    words = {True: "true", False: "false"}
    return f"`{words[value] if isinstance(value, bool) else value}`"


def _meaning(variable: str) -> str:
    if variable in VARIABLES:
        table, key = VARIABLES[variable]
        return f"replaces `{key}` of `[{table}]`"
    return VARIABLES_ELSEWHERE[variable]
