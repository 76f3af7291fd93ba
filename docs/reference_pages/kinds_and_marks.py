"""The page of what a kind and a mark take: arguments, values and defaults as the code has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, Field, fields
from typing import Any, get_args

from entraide import classification, kind_rules
from entraide.field_options import OPTIONS, PUBLIC_ONLY
from entraide.icons import PATHS
from entraide.kinds import Kind

PATH = "kinds-and-marks.md"

KINDS = {
    "name": "addresses, the API, `instance.toml`; every row keeps it",
    "label": "cards, headings, filters, the card of the form",
    "schema": "the form, the page, search, the API, the export",
    "workflow": "buttons of steps on the page of an offer; states that leave the lists",
    "sides": '"I want to help", "I need help": which forms have its card',
    "federated": "whether public offers of associations leave the site",
    "schedule": 'the step "When?": left out, with "any time", or an answer needed',
    "has_seats": "the question for places, and their number on pages",
    "moderation": "which offers the team reads before they are public",
    "with_children": "the page of plugins, before somebody switches it on; what `never` needs",
    "icon": "cards, lists and the form",
    "summary": "the API: one sentence about it",
    "synonyms": "nowhere: search finds offers by them",
    "schema_version": "stored and sent with each payload",
    "plural": "headings of lists, filters, tiles; the label when empty",
    "schedule_modes": 'the answers to "When?"; all when empty',
    "questions": "headings and labels of the form, in place of the core's words",
    "upcasts": "nowhere: how older payloads are read",
    "answers": "the form on the page of an offer; None: nobody answers",
    "formerly": "nowhere: rows, settings and addresses of older names follow",
}
VALUES: dict[str, Iterable[Any]] = {
    "sides": get_args(kind_rules.Side),
    "schedule": get_args(kind_rules.Schedule),
    "moderation": get_args(kind_rules.Moderation),
    "schedule_modes": get_args(kind_rules.ScheduleMode),
    "questions": get_args(kind_rules.Question),
    "icon": PATHS,
}
ERASURES = {
    "delete": "the row goes with the person",
    "anonymise": "the row stays, and this column is emptied",
    "keep": "it stays: say in `purpose` why it has to",
}
HEAD = """# Kinds and marks

What `Kind(…)`, the marks of fields and those of columns take. The rules behind them are in
[Rules of plugins](plugin-rules.md).

## `Kind`

| argument | values | default | where it shows |
|---|---|---|---|
"""
FIELDS = """
An icon of your own is `icons/NAME.svg` of the package; `/styleguide` of a development site draws all.

## Marks of fields

`public(field, label=…)`, and likewise `members`, `parties` and `staff`. Whatever a mark does not know
is refused when the plugin loads. A field belongs to one side only with `sides=`.

| option | what it does |
|---|---|
"""
PURPOSE = """
`purpose` takes `_("…")`, as every text does. Whoever asks for their data reads it in the
`manifest.json` of their export, in French. These categories need one, and may not be
public: {sensitive}. The others may have one: {others}.

## Marks of columns

`neutral(…)` is for what says nothing about a person, `subject(Member.id, role="…")` for the column that
names whose data the row is, `personal("category", purpose=…)` for words about them.

| argument of `personal` | values |
|---|---|
| `audience` | {audiences}: the pages of your plugin keep to it, and `entraide plugin check` reads them; `parties` and `sealed` are encrypted, and an export does not show `sealed` |
| `purpose` | as of a field; the export's page shows it |
| `retention` | `"P1Y after NAME"`: a number of days `D`, months `M` or years `Y`, counted from a day or moment of the same row. A job empties the column then, so it must be one that may be empty: `Mapped[str \\| None]` |
| `on_erase` | {erasures}. No command of this release erases one person: it is stored, and `ondelete` of the foreign key decides what goes with a row |
| `role` | for a column that names somebody by their key: what they are to the row |
"""


def write() -> str:
    """Return the page."""
    rows_of_kind = "".join(_row(part) for part in fields(Kind) if part.name != "plugin")
    options = "".join(f"| `{name}` | {_option(name)} |\n" for name in OPTIONS)
    sensitive = sorted(classification.SENSITIVE)
    others = [name for name in get_args(classification.Category) if name not in sensitive]
    return "".join(
        [
            HEAD,
            rows_of_kind,
            FIELDS,
            options,
            PURPOSE.format(
                sensitive=_listed(sensitive),
                others=_listed(others),
                audiences=_listed(get_args(classification.Audience)),
                erasures="; ".join(f"`{name}`: {words}" for name, words in ERASURES.items()),
            ),
        ]
    )


def _row(part: Field[Any]) -> str:
    values = _listed(VALUES[part.name]) if part.name in VALUES else f"`{_type(part)}`"
    return f"| `{part.name}` | {values} | {_default(part)} | {KINDS[part.name]} |\n"


def _type(part: Field[Any]) -> str:
    return str(part.type).replace("|", "\\|")


def _default(part: Field[Any]) -> str:
    if part.default_factory is not MISSING:
        return f"`{part.default_factory()!r}`"
    if part.default is MISSING:
        return "needed"
    is_made = type(part.default).__module__.startswith("entraide.")
    return f"`{type(part.default).__name__}()`" if is_made else f"`{part.default!r}`"


def _option(name: str) -> str:
    return f"{OPTIONS[name]}; of `public` alone" if name in PUBLIC_ONLY else OPTIONS[name]


def _listed(words: Iterable[Any]) -> str:
    return ", ".join(f"`{word}`" for word in words)
