"""What nobody has classified: a plugin with such a column or field does not load."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Enum, Table

from entraide.classification import Marking
from entraide.database import Encrypted
from entraide.kinds import Kind, Rule, owner_of
from entraide.plugins.errors import place_of_field
from entraide.readers import reader_of


def unclassified(tables: Iterable[Table], plugin: str = "") -> list[str]:
    """Return one sentence per column without a mark; a plugin loads only when there is none."""
    return [
        f"{_start(plugin)}{table.name}.{column.name} is not classified. Declare it with "
        "neutral(), subject() or personal(category, purpose=...) instead of mapped_column()."
        for table in tables
        for column in table.columns
        if not isinstance(column.info.get("mark"), Marking)
    ]


def unclassified_fields(kinds: Iterable[Kind], plugin: str = "") -> list[str]:
    """Return one sentence per payload field without a mark."""
    return [
        f"{_start(plugin)}{place_of_field(kind, name)}the field {name} of "
        f"{kind.schema.__name__} (kind {kind.name}) is not "
        "classified. Wrap it in public(), members(), staff(), parties() or sealed()."
        for kind in kinds
        for name, field in kind.schema().fields.items()
        if not isinstance(field.metadata.get("mark"), Marking)
    ]


def uncovered(tables: Iterable[Table], plugin: str = "") -> list[str]:
    """Return one sentence per column whose mark demands encryption and whose type has none."""
    return [
        f"{_start(plugin)}{table.name}.{column.name} would be stored in clear, and its mark "
        "demands encryption. Leave the type out: personal() chooses it."
        for table in tables
        for column in table.columns
        if isinstance(mark := column.info.get("mark"), Marking)
        and mark.is_encrypted
        and not isinstance(column.type, Encrypted)
    ]


def native_choices(tables: Iterable[Table], plugin: str = "") -> list[str]:
    """Return one sentence per column for which PostgreSQL would make a type beside the table."""
    return [
        f"{_start(plugin)}{table.name}.{column.name} makes a type of PostgreSQL's own, which stays "
        "when the table goes. Leave Enum(...) out, the annotation says it, or write "
        "native_enum=False."
        for table in tables
        for column in table.columns
        if isinstance(column.type, Enum) and column.type.native_enum
    ]


def unread_fields(kinds: Iterable[Kind], plugin: str = "") -> list[str]:
    """Return one sentence per payload field that would be asked and that nobody could read."""
    return [
        f"{_start(plugin)}{place_of_field(kind, name)}the field {name} of "
        f"{kind.schema.__name__} (kind {kind.name}) is "
        f"{audience}() and no page of this release shows such a field of a {side} to anybody. "
        "What nobody reads is not asked: mark it staff() or parties(), or take it out."
        for kind in kinds
        for name, field in kind.schema().fields.items()
        for audience in [field.metadata["mark"].audience]
        for side in kind.sides
        if side in field.metadata.get("sides", (side,)) and reader_of(side, audience) is None
    ]


def foreign_rules(rules: Iterable[Rule], plugin: str) -> list[str]:
    """Return one sentence per rule that is not about the plugin's own things."""
    return [
        f"{_start(plugin)}the rule for {rule.action!r} is about things of others. The actions of "
        f"this plugin begin with '{plugin}.', and about the core's `may` can refuse."
        for rule in rules
        if owner_of(rule.action) != plugin
    ]


def _start(plugin: str) -> str:
    return f"Plugin {plugin}: " if plugin else ""
