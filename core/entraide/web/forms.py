"""Forms from marshmallow schemas: what to show, what came back, what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from marshmallow import Schema, ValidationError, validate
from marshmallow import fields as upstream
from werkzeug.datastructures import MultiDict

from entraide import text
from entraide.errors import BadText
from entraide.fields import Commune, choices_of, label_of
from entraide.i18n import Text, catalogue, gettext
from entraide.web import communes, form_words, lines
from entraide.web.typed import as_typed

_ = catalogue("entraide")

LONG_TEXT = 200
"""A string field longer than this is shown as a text area."""

MESSAGES: Mapping[str, Text] = {
    "Missing data for required field.": _("Please fill in this field."),
    "Field may not be null.": _("Please fill in this field."),
    "Not a whole number.": _("Please write a whole number, for example 3."),
    "Not a valid integer.": _("Please write a whole number, for example 3."),
    "Not a valid date.": _("Please give a day that exists, for example 31/05/2027."),
    "Not a valid string.": _("Please write plain text."),
    "Not a valid email address.": _("Please write an e-mail address, for example nom@exemple.fr."),
    "Not a valid number.": _("Please write a number, for example 3.50."),
    "Not a valid URL.": _("Please write an address like https://example.org."),
    "Not a valid time.": _("Please give a time, for example 18:30 or 8:15."),
    "Not a valid datetime.": _("Please give a day and a time."),
    "String does not match expected pattern.": _("Please look at how this is written."),
    "Unknown field.": _("This field does not exist here."),
}

HINTS: Mapping[str, Text] = {
    "lines": _("One answer on each line."),
    "commune": _("The name or the postal code."),
}
"""What is said about a control that no keyboard explains."""

UNSEEN = str.maketrans(
    dict.fromkeys("\u061c\u200e\u200f", "") | dict.fromkeys("\x0b\x0c\u2028\u2029", " ")
)
"""What keyboards, messengers and word processors leave in a field of one line: marks of direction,
which by themselves turn nothing, and line ends that browsers keep. Nobody could find them."""

LIMIT = r"(?P<limit>[^.]+(?:\.\d+)?)\."
"""A number (or a day) at the end of one of marshmallow's messages."""

PATTERNS: tuple[tuple[re.Pattern[str], Text], ...] = (
    (
        re.compile(r"Longer than maximum length (?P<limit>\d+)"),
        _("Please write at most %(limit)s characters."),
    ),
    (re.compile(r"Shorter than minimum length 1\b"), _("Please fill in this field.")),
    (
        re.compile(r"Shorter than minimum length (?P<limit>\d+)"),
        _("Please write at least %(limit)s characters."),
    ),
    (re.compile(r"Length must be (?P<limit>\d+)\."), _("Please write %(limit)s characters.")),
    (
        re.compile(r"Length must be between (?P<least>\d+) and (?P<most>\d+)"),
        _("Please write from %(least)s to %(most)s characters."),
    ),
    (
        re.compile(r"(Must be one of|One or more of the choices)"),
        _("Please choose one of the answers."),
    ),
    (
        re.compile(
            r"Must be greater than or equal to (?P<least>-?\d+) and less than or equal to (?P<most>-?\d+)"
        ),
        _("Please give a number from %(least)s to %(most)s."),
    ),
    (
        re.compile(rf"Must be greater than or equal to {LIMIT}"),
        _("Please give a number that is %(limit)s or more."),
    ),
    (
        re.compile(rf"Must be less than or equal to {LIMIT}"),
        _("Please give a number that is %(limit)s or less."),
    ),
    (re.compile(rf"Must be greater than {LIMIT}"), _("Please give more than %(limit)s.")),
    (re.compile(rf"Must be less than {LIMIT}"), _("Please give less than %(limit)s.")),
    (
        re.compile(
            r"(Invalid (input|value)|Not a valid [A-Za-z ]+)\.|Must be equal to|Special num"
        ),
        _("This answer does not fit here."),
    ),
)
"""Messages of marshmallow that carry a number, and how people read them."""


class Section(NamedTuple):
    """A titled part of a form: fields that the same people will read."""

    icon: str
    title: Text
    note: Text


@dataclass
class FormField:
    """One field as templates show it; `kind` chooses the control, `unset` words no answer.

    A filter (`is_filter`) may always be left out, which is not said.
    """

    name: str
    label: Text
    kind: str
    hint: Text = ""
    value: Any = ""
    choices: list[tuple[str, Text]] = field(default_factory=list)
    is_required: bool = False
    errors: list[Text] = field(default_factory=list)
    maxlength: int | None = None
    unset: Text = ""
    suggestions: list[str] = field(default_factory=list)
    section: Section | None = None
    is_filter: bool = False

    @property
    def is_question(self) -> bool:
        """Return whether its messages ask which of several communes is meant: that is no mistake."""
        return self.kind == "commune" and bool(self.choices)


@dataclass
class Form:
    """The fields of a schema with the values and mistakes of one submission."""

    fields: list[FormField]
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def errors(self) -> dict[str, list[Text]]:
        """Return the messages by field name; empty when all is well."""
        return {
            form_field.name: form_field.errors for form_field in self.fields if form_field.errors
        }

    @property
    def sections(self) -> list[tuple[Section | None, list[FormField]]]:
        """Return the fields by their section, in the order in which each section first occurs."""
        sections: dict[Section | None, list[FormField]] = {}
        for form_field in self.fields:
            sections.setdefault(form_field.section, []).append(form_field)
        return list(sections.items())

    @property
    def is_valid(self) -> bool:
        """Return whether nothing is wrong."""
        return not self.errors

    def add_error(self, name: str, message: Text) -> None:
        """Attach a message to a field, or to the first one when the name is unknown."""
        known = {form_field.name: form_field for form_field in self.fields}
        (known.get(name) or self.fields[0]).errors.append(message)


def build(schema: Schema, values: Mapping[str, Any] | None = None) -> Form:
    """Return the form of a schema, filled with `values` (as loaded or as sent)."""
    known = values or {}
    shown = [
        describe(name, schema_field)
        for name, schema_field in schema.fields.items()
        if not schema_field.dump_only
    ]
    for form_field in shown:
        form_field.value = known.get(form_field.name, form_field.value)
        if form_field.kind == lines.KIND:
            form_field.value = lines.join(form_field.value)
        if isinstance(schema.fields[form_field.name], Commune):
            form_field.value = communes.words_of(form_field.value)
    return Form(shown, dict(known))


def read(schema: Schema, sent: MultiDict[str, str]) -> Form:
    """Load what a browser sent; the form's `values` hold the loaded data when it is valid."""
    raw = collect(schema, sent)
    unclear = communes.resolve(schema, sent, raw)
    form = build(schema, raw)
    cleaned, refused = _cleaned(schema, raw)
    try:
        form.values = dict(schema.load(cleaned, partial=(*refused, *unclear)))
    except ValidationError as error:
        for name, messages in error.messages_dict.items():
            for message in _messages_at(schema, cleaned, name, messages):
                form.add_error(name, message)
    for name, bad in refused.items():
        form.add_error(name, form_words.words_for_sign(bad))
    for form_field in form.fields:
        if form_field.name in unclear:
            form_field.value, meaning = unclear[form_field.name]
            communes.ask_which(form_field, meaning)
    return form


def collect(schema: Schema, sent: MultiDict[str, str]) -> dict[str, Any]:
    """Turn form values into what a schema loads: empty or unticked means absent."""
    raw: dict[str, Any] = {}
    for name, schema_field in schema.fields.items():
        if isinstance(schema_field, upstream.List):
            is_written = kind_of(schema_field) == lines.KIND
            values = sent.getlist(name)
            if (
                answers := lines.split(schema_field, values)
                if is_written
                else list(filter(None, values))
            ):
                raw[name] = answers
        elif isinstance(schema_field, upstream.Boolean):
            raw[name] = sent.get(name, "") in ("1", "on", "true")
        elif sent.get(name, "").strip():
            raw[name] = as_typed(schema_field, sent[name].strip())
    return raw


def _messages_at(
    schema: Schema, cleaned: Mapping[str, Any], name: str, messages: Any
) -> Iterator[Text]:
    """Yield what is wrong with one field in words that say what to do about it."""
    schema_field = schema.fields.get(name)
    if schema_field is None or kind_of(schema_field) != lines.KIND:
        for message in _flat(messages):
            yield _words_at(schema, cleaned, name, message)
        return
    for line, message in lines.messages_about(messages, cleaned.get(name, ())):
        words = _words_at(schema, {name: line}, name, message)
        yield _("%(answer)s: %(words)s", answer=line, words=words) if line else words


def _words_at(schema: Schema, cleaned: Mapping[str, Any], name: str, message: Text) -> Text:
    """Return a message about one field in words that say what to do about it."""
    if name not in schema.fields:
        return words_for(message)
    return (
        form_words.words_for_length(message, cleaned.get(name))
        or form_words.words_for_missing(message, schema.fields[name], kind_of(schema.fields[name]))
        or words_for(message)
    )


def describe(name: str, schema_field: upstream.Field[Any]) -> FormField:
    """Return how a marshmallow field is shown, from its type, validators and metadata."""
    metadata = schema_field.metadata
    shown = FormField(
        name,
        label_of(name, schema_field),
        kind_of(schema_field),
        hint=_hint_of(schema_field),
        value=[] if isinstance(schema_field, upstream.List) else "",
        choices=choices_of(schema_field),
        is_required=schema_field.required,
        maxlength=None if isinstance(schema_field, upstream.List) else _maximum(schema_field),
        unset=metadata.get("unset", ""),
    )
    if shown.kind == "text" and (shown.maxlength or 0) > LONG_TEXT:
        shown.kind = "textarea"
    return shown


def _hint_of(schema_field: upstream.Field[Any]) -> Text:
    """Return the field's own hint, and what has to be said about its control."""
    own: Text = schema_field.metadata.get("hint", "")
    kind = kind_of(schema_field)
    usual = HINTS.get(kind, "")
    return f"{own} {usual}" if own and kind == lines.KIND else own or usual


def kind_of(schema_field: upstream.Field[Any]) -> str:
    """Return the control of a field: the one that it names, or that of its type."""
    return str(schema_field.metadata.get("kind") or _kind_of(schema_field))


def words_for(message: Text) -> Text:
    """Return a validation message in words for people, in their language.

    A plugin's own words are those already, as its `_("…")` or as the `.source` of one.
    """
    if not isinstance(message, str) or message in MESSAGES:
        return MESSAGES[message] if isinstance(message, str) else message
    for pattern, words in PATTERNS:
        if match := pattern.match(message):
            return str(words) % match.groupdict()
    return gettext(message)


def _kind_of(schema_field: upstream.Field[Any]) -> str:
    if isinstance(schema_field, upstream.List):
        return "choices" if choices_of(schema_field) else lines.KIND
    if choices_of(schema_field):
        return "choice"
    for kind, name in (
        (Commune, "commune"),
        (upstream.Boolean, "boolean"),
        (upstream.Integer, "integer"),
        (upstream.Date, "date"),
        (upstream.Email, "email"),
        (upstream.Time, "time"),
        (upstream.Url, "url"),
        (upstream.Decimal, "decimal"),
    ):
        if isinstance(schema_field, kind):
            return name
    return "text"


def _maximum(schema_field: upstream.Field[Any]) -> int | None:
    lengths = [rule.max for rule in schema_field.validators if isinstance(rule, validate.Length)]
    return max((length for length in lengths if length is not None), default=None)


def _cleaned(schema: Schema, raw: dict[str, Any]) -> tuple[dict[str, Any], dict[str, BadText]]:
    """Return what the text policy keeps, and what it refuses, by field."""
    cleaned: dict[str, Any] = {}
    refused: dict[str, BadText] = {}
    for name, value in raw.items():
        try:
            cleaned[name] = clean_value(schema.fields[name], value)
        except BadText as error:
            refused[name] = error
    # A text of signs that are dropped is an empty one.
    return {name: value for name, value in cleaned.items() if value != ""}, refused


def clean_value(schema_field: upstream.Field[Any], value: Any) -> Any:
    """Apply the text policy to a string (or a list of them); BadText names the sign."""
    if isinstance(value, list):
        return [clean_value(schema_field, item) for item in value]
    if not isinstance(value, str):
        return value
    is_line = (_maximum(schema_field) or 0) <= LONG_TEXT
    return text.clean(value.translate(UNSEEN) if is_line else value, single_line=is_line)


def _flat(messages: Any) -> list[Text]:
    if isinstance(messages, dict):
        return [message for inner in messages.values() for message in _flat(inner)]
    return list(messages) if isinstance(messages, list) else [messages]
