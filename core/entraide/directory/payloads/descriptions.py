"""A kind of help described as data: its label and public fields, for whoever lacks its plugin."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from marshmallow import fields

from entraide import i18n
from entraide.directory.payloads import described_values
from entraide.directory.payloads.described_values import (
    AMOUNT,
    COMMUNE,
    DAY,
    FLAG,
    NUMBER,
    TEXT,
    TIME,
)
from entraide.directory.payloads.values import public_fields
from entraide.directory.payloads.versions import version_of
from entraide.fields import Commune, choices_of
from entraide.i18n import LANGUAGES, Text
from entraide.kinds import Kind

MOST_FIELDS = 24
MOST_CHOICES = 60
LONGEST_WORDS = 80
LONGEST_CHOICE = 100
MOST_BYTES = 12_000
"""An object that travels has 16 KiB, its address and its proof included."""

Document = dict[str, Any]
"""`{"kind", "schemaVersion", "languages", "label", "fields": [{"name", "type", "items"?, "label",
"choices"?, "unit"?}]}`: each label has one text for each of the `languages`, in their order, and
each choice is its value and then such texts."""

Words = Sequence[str]

TYPES: tuple[tuple[type[fields.Field[Any]], str], ...] = (
    (Commune, COMMUNE),
    (fields.Boolean, FLAG),
    (fields.Decimal, AMOUNT),
    (fields.Integer, NUMBER),
    (fields.Date, DAY),
    (fields.Time, TIME),
    (fields.Field, TEXT),
)
LIST = "list"


@dataclass(frozen=True)
class DescribedField:
    """One public field as a site describes it; `items` is the type of the values of a list."""

    name: str
    type: str
    items: str
    label: Words
    choices: Mapping[str, Words]
    unit: Words


@dataclass(frozen=True)
class KindDescription:
    """A kind as a site describes it, without its code."""

    kind: str
    version: str
    languages: Words
    label: Words
    fields: tuple[DescribedField, ...]

    @property
    def words(self) -> str:
        """Return the label in the language of the page."""
        return self._in(self.label)

    @property
    def labels(self) -> list[str]:
        """Return the labels of the fields, in their order."""
        return [self._in(field.label) for field in self.fields]

    @property
    def headings(self) -> list[str]:
        """Return the labels with the units, for columns whose values stand without them."""
        units = (self._in(field.unit) if field.unit else "" for field in self.fields)
        pairs = zip(self.labels, units, strict=True)
        return [f"{label} ({unit})" if unit else label for label, unit in pairs]

    def fits(self, payload: Mapping[str, Any] | None) -> bool:
        """Return whether a payload is of the version that is described, or says nothing."""
        return not payload or version_of(payload) == self.version

    def cells(self, payload: Mapping[str, Any] | None, *, is_complete: bool = False) -> list[str]:
        """Return the words of each field, in their order; empty where it says nothing.

        A value of another type than the field's says nothing. `is_complete` words a "no" too.
        """
        given = payload or {}
        return [
            self._value(field, given.get(field.name), is_complete=is_complete)
            for field in self.fields
        ]

    def details(self, payload: Mapping[str, Any] | None) -> list[tuple[str, str]]:
        """Return (label, words) of each field that has a value."""
        pairs = zip(self.labels, self.cells(payload), strict=True)
        return [(label, words) for label, words in pairs if words]

    def _value(self, field: DescribedField, value: Any, *, is_complete: bool) -> str:
        choices = {key: self._in(words) for key, words in field.choices.items()}
        if field.type == LIST:
            items = value[: described_values.MOST_ITEMS] if isinstance(value, list) else []
            each = (described_values.in_words(field.items, item, choices) for item in items)
            return ", ".join(filter(None, each))
        unit = self._in(field.unit) if field.unit and not is_complete else ""
        return described_values.in_words(
            field.type, value, choices, unit=unit, is_complete=is_complete
        )

    def _in(self, words: Words) -> str:
        """Return the words in the language of the page, else in English, else in the first one."""
        for code in (i18n.language(), "en"):
            if code in self.languages:
                return words[list(self.languages).index(code)]
        return words[0]


def describe(kind: Kind) -> Document:
    """Return what a kind is called and its public fields, within the limits of what travels."""
    described: list[Document] = []
    document: Document = {
        "kind": kind.name,
        "schemaVersion": kind.schema_version,
        "languages": [*LANGUAGES],
        "label": _in_all(kind.label) or [kind.name] * len(LANGUAGES),
        "fields": described,
    }
    for name, field in list(public_fields(kind).items())[:MOST_FIELDS]:
        described.append(_describe_field(name, field))
        if len(orjson.dumps(document)) > MOST_BYTES:
            described.pop()
    return document


def _describe_field(name: str, field: fields.Field[Any]) -> Document:
    inner = field.inner if isinstance(field, fields.List) else field
    items = next(word for cls, word in TYPES if isinstance(inner, cls))
    is_list = inner is not field
    label = _in_all(field.metadata.get("label", name)) or [name] * len(LANGUAGES)
    described: Document = {"name": name, "type": LIST if is_list else items, "label": label}
    if is_list:
        described["items"] = items
    if choices := list(_choices(field)):
        described["choices"] = choices
    if unit := _in_all(field.metadata.get("unit", "")):
        described["unit"] = unit
    return described


def _choices(field: fields.Field[Any]) -> Iterator[list[str]]:
    special = (("0", field.metadata.get("zero", "")), ("false", field.metadata.get("no", "")))
    for value, label in [*choices_of(field)[: MOST_CHOICES - len(special)], *special]:
        words = _in_all(label)
        if words and 0 < len(value) <= LONGEST_CHOICE:
            yield [value, *words]


def _in_all(text: Text) -> list[str]:
    """Return a text in each language as one line that is not too long; nothing for no words."""
    words = []
    for code in LANGUAGES:
        with i18n.speaking(code):
            words.append(_line(str(text)))
    return words if all(words) else []


def _line(words: str) -> str:
    line = " ".join(unicodedata.normalize("NFC", words).split())
    return line if len(line) <= LONGEST_WORDS else f"{line[: LONGEST_WORDS - 1].rstrip()}…"


def read_description(document: Mapping[str, Any]) -> KindDescription:
    """Return what a document says, which `describe` made or the protocol has judged."""
    return KindDescription(
        kind=document["kind"],
        version=document["schemaVersion"],
        languages=tuple(document["languages"]),
        label=document["label"],
        fields=tuple(map(_read_field, document["fields"])),
    )


def _read_field(field: Mapping[str, Any]) -> DescribedField:
    return DescribedField(
        name=field["name"],
        type=field["type"],
        items=field.get("items", TEXT),
        label=field["label"],
        choices={value: words for value, *words in field.get("choices", ())},
        unit=field.get("unit", ()),
    )
