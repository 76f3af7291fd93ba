"""A commune in a form: words become a place, and a question when they may mean several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from marshmallow import Schema
from werkzeug.datastructures import MultiDict

from entraide.fields import CODE, Commune
from entraide.gazetteer import meanings, territories
from entraide.gazetteer.communes import Place
from entraide.gazetteer.meanings import Meaning
from entraide.i18n import Text, catalogue

if TYPE_CHECKING:
    from entraide.web.forms import FormField

_ = catalogue("entraide")


def choose(meaning: Meaning, picked: str | None) -> Place | None:
    """Return the place that is meant: the one picked, else the one that leaves no question."""
    for place in meaning.places:
        if picked in (place.code, label_of(place)):
            return place
    return meaning.place if meaning.is_certain else None


def label_of(place: Place) -> str:
    """Return a place as people tell it from its namesakes: `Clamecy (58500)`."""
    is_small = len(place.postal_codes) == 1
    return f"{place.name} ({place.postal_codes[0] if is_small else place.department})"


def picked_for(words: str, sent: Mapping[str, str], name: str) -> str | None:
    """Return the choice that was made for these very words; None when there was none."""
    return sent.get(f"{name}_code") if sent.get(f"{name}_asked", "").strip() == words else None


def ask_which(field: FormField, meaning: Meaning) -> None:
    """Let a field ask which of several places is meant, or say that there is none."""
    codes = [place.code for place in meaning.places]
    field.choices = [
        (place.code if codes.index(place.code) == number else label_of(place), label_of(place))
        for number, place in enumerate(meaning.places)
    ]
    field.errors.append(_question(meaning))


def _question(meaning: Meaning) -> Text:
    if meaning.area and meaning.area.is_region:
        return _(
            "%(name)s is a region. Please write your commune or its postal code.",
            name=meaning.area.name,
        )
    if meaning.area:
        return _(
            "%(name)s is a department. Please write your commune or its postal code.",
            name=meaning.area.name,
        )
    if meaning.namesakes:
        return _("Several places have this name. Please choose one.")
    if meaning.choices:
        return _("Which commune do you mean? Please choose one, or write its name in full.")
    return _("We do not know this place. Write a commune or a postal code.")


def resolve(
    schema: Schema, sent: MultiDict[str, str], raw: dict[str, Any]
) -> dict[str, tuple[str, Meaning]]:
    """Replace the words for each commune in `raw` by its code; return those to ask about.

    Each comes with what was written and what it may mean, and leaves `raw`.
    """
    unclear = {}
    for name, field in schema.fields.items():
        if isinstance(field, Commune) and name in raw:
            words = raw.pop(name)
            meaning = meanings.read(words)
            place = choose(meaning, picked_for(words, sent, name))
            if place is None:
                unclear[name] = (words, meaning)
            else:
                raw[name] = place.code
    return unclear


def words_of(value: Any) -> Any:
    """Return the code of a place as people write it; anything else as it is."""
    is_code = isinstance(value, str) and CODE.fullmatch(value) is not None
    place = territories.gazetteer().place(value) if is_code else None
    return label_of(place) if place else value
