"""The readable page of an export: one HTML file in French, without scripts or other files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from entraide.i18n import datetime_in, day_in_words, gettext, speaking
from entraide.privacy.ownership import Row
from entraide.privacy.redaction import Notice

CATEGORIES = {
    "identity": "identité",
    "contact": "coordonnées",
    "family": "famille",
    "child": "enfant",
    "health": "santé",
    "finance": "finances",
    "belief": "convictions",
    "location": "lieu",
    "judicial": "justice",
    "free_text": "texte libre",
    "technical": "technique",
}
UNITS = {"D": ("jour", "jours"), "M": ("mois", "mois"), "Y": ("an", "ans")}


def render(manifest: Mapping[str, Any], tables: Mapping[str, list[Row]]) -> str:
    """Return the page of an export; every value is escaped."""
    environment = Environment(
        loader=PackageLoader("entraide.privacy"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters |= {"words": _words, "about": _about, "shown": _show}
    environment.tests["notice"] = lambda value: isinstance(value, Notice)
    with speaking("fr"):
        return environment.get_template("privacy/export.html").render(
            manifest=manifest,
            tables=tables,
            labels=_labels(manifest["kinds"]),
            created=datetime_in(datetime.fromisoformat(manifest["created_at"])),
        )


def _labels(kinds: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return how the payload fields of each kind are called."""
    return {
        kind: {name: mark["label"] for name, mark in about["fields"].items()}
        for kind, about in kinds.items()
    }


def _words(name: str) -> str:
    return gettext(name.replace("_", " "))


def _about(mark: Mapping[str, str]) -> str:
    """Return what is known of a personal column: category, purpose, when it is emptied."""
    if mark["kind"] != "personal":
        return ""
    parts = (
        # A plugin that is gone may have known more of them.
        CATEGORIES.get(mark["category"], mark["category"]),
        gettext(mark.get("purpose", "")),
        _term(mark.get("retention", "")),
    )
    return "\u00a0; ".join(part for part in parts if part)


def _term(retention: str) -> str:
    """Return `P1Y after updated_at` in words; empty when there is no term."""
    if not retention:
        return ""
    period, _after, since = retention.partition(" after ")
    count = int(period[1:-1])
    unit = UNITS[period[-1]][count > 1]
    return f"effacé {count} {unit} après\u00a0: {_words(since)}"


def _show(value: object) -> str:
    """Return a single value in words."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return datetime_in(value)
    return day_in_words(value) if isinstance(value, date) else str(value)
