"""Fast checks of the core schema (rule 12), one plain function per member."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from entraide import text
from entraide_federation.protocol import spelling

MAX_TYPE = 40
MAX_TITLE = 150
MAX_SUMMARY = 2000
MAX_TEXT = 500
MAX_PLACES = 100_000
MAX_TERRITORY = 20
MAX_ORGANISATION_TERRITORY = 50
MAX_LABELS = 10
MAX_LANGUAGES = 20
FORMS = frozenset({"association", "public", "collective", "company"})
DEATHS = frozenset({"withdrawn", "expired", "erasure", "moderation"})
TOMBSTONE_MEMBERS = frozenset(
    {"@context", "id", "type", "origin", "version", "deleted", "reason", "proof"}
)

KIND = re.compile(r"[a-z][a-z0-9_]{1,39}")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
TERRITORY_CODE = re.compile(r"[0-9A-Za-z-]{1,20}")
LABEL = re.compile(r"[A-Za-z0-9_.-]{1,100}")
MOMENT = re.compile(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?Z?")
RULE = re.compile(r"[A-Z0-9=;,:+-]{1,300}")
ZONE = re.compile(r"[A-Za-z0-9_+-]{1,30}(?:/[A-Za-z0-9_+-]{1,30}){0,2}")
RNA = re.compile(r"W[0-9A-Z]{9}")
SIRET = re.compile(r"[0-9]{14}")
INCLUSION = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
REASON = re.compile(r"[a-z][a-z0-9_-]{0,39}")
ELEMENT = re.compile(r"[0-9a-f]{64}")

Check = Callable[[Any, str], bool]
"""Judges one member's value; the second argument is the document's origin, already checked."""


def check_text(least: int, most: int) -> Check:
    """Return the check of a string of `least` to `most` code points."""
    return lambda value, _: isinstance(value, str) and least <= len(value) <= most


def check_pattern(pattern: re.Pattern[str]) -> Check:
    """Return the check of a string that `pattern` matches as a whole."""
    return lambda value, _: isinstance(value, str) and pattern.fullmatch(value) is not None


def check_list(pattern: re.Pattern[str], least: int, most: int) -> Check:
    """Return the check of a list of `least` to `most` strings that `pattern` matches."""

    def check(value: Any, _: str) -> bool:
        if not isinstance(value, list) or not least <= len(value) <= most:
            return False
        # A loop, because a generator costs more than the lists are long.
        for item in value:  # noqa: SIM110 - see above
            if not isinstance(item, str) or not pattern.fullmatch(item):
                return False
        return True

    return check


def check_integer(least: int, most: int) -> Check:
    """Return the check of an integer (true and false are none) in a range, ends included."""
    return lambda value, _: type(value) is int and least <= value <= most


def is_time(value: Any, _: str = "") -> bool:
    """Say whether `value` spells a time in UTC to the second."""
    return spelling.parse_time(value) is not None


def is_date(value: Any, _: str = "") -> bool:
    """Say whether `value` spells a day."""
    return spelling.parse_date(value) is not None


def is_moment(value: Any, _: str = "") -> bool:
    """Say whether `value` spells a time of a schedule: local to its `timezone`, or UTC with Z."""
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_flag(value: Any, _: str = "") -> bool:
    """Say whether `value` is true or false."""
    return isinstance(value, bool)


def is_own_url(value: Any, origin: str) -> bool:
    """Say whether `value` is a clean address of the origin itself."""
    return (
        isinstance(value, str)
        and value.startswith(f"{origin}/")
        and text.is_clean_url_path(value, start=len(origin))
    )


def is_url(value: Any, origin: str) -> bool:
    """Say whether `value` is a clean web address anywhere; http only in development."""
    is_text = isinstance(value, str)
    return is_text and text.is_clean_url(value, https_only=origin.startswith("https:"))


def is_any_id(value: Any, origin: str) -> bool:
    """Say whether `value` is an object id of any origin; loopback ones only in development."""
    return spelling.origin_of(value, development=origin.startswith("http:")) is not None


def is_target(value: Any, origin: str) -> bool:
    """Say whether `value` is an object id, or the address of an origin for all of it."""
    is_base = isinstance(value, str) and spelling.is_origin(
        value, development=origin.startswith("http:")
    )
    return is_base or is_any_id(value, origin)


def is_extension(value: Any, _: str = "") -> bool:
    """Say whether `value` maps names to objects."""
    return isinstance(value, dict) and all(isinstance(item, dict) for item in value.values())


def is_public(value: Any, _: str = "") -> bool:
    """Say whether `value` is the only way to relay so far."""
    return isinstance(value, str) and value == "public"


def check_choice(choices: frozenset[str]) -> Check:
    """Return the check of one of `choices`."""
    return lambda value, _: isinstance(value, str) and value in choices


class Members:
    """The members of one type; `required` and `optional` map a member to its check."""

    def __init__(self, required: dict[str, Check], optional: dict[str, Check]) -> None:
        self._required = tuple(required.items())
        self._optional = tuple(optional.items())
        self.optional = frozenset(optional)

    def find_mistake(self, document: dict[str, Any], origin: str) -> str | None:
        """Return a sentence on the first member that is missing or wrong, or None."""
        for name, check in self._required:
            if not check(document.get(name), origin):
                return f"{name} is {'not acceptable' if name in document else 'missing'}."
        for name, check in self._optional:
            if name in document and not check(document[name], origin):
                return f"{name} is not acceptable."
        return None

    def holds(self, value: Any, origin: str) -> bool:
        """Say whether `value` is an object whose members are all acceptable."""
        return isinstance(value, dict) and self.find_mistake(value, origin) is None


_labels = check_list(LABEL, 0, MAX_LABELS)
_dated: dict[str, Check] = {"created": is_time, "updated": is_time, "lang": check_pattern(LANGUAGE)}
_schedule = Members(
    {"starts": is_moment, "timezone": check_pattern(ZONE)},
    {"ends": is_moment, "rrule": check_pattern(RULE)},
)
_identifiers = Members(
    {},
    {
        "rna": check_pattern(RNA),
        "siret": check_pattern(SIRET),
        "data_inclusion": check_pattern(INCLUSION),
    },
)
_offer = Members(
    _dated
    | {
        "kind": check_pattern(KIND),
        "title": check_text(1, MAX_TITLE),
        "summary": check_text(0, MAX_SUMMARY),
        "org": spelling.is_id_of,
        "territory": check_list(TERRITORY_CODE, 1, MAX_TERRITORY),
        "contactUrl": is_own_url,
        "relay": is_public,
        "validUntil": is_date,
    },
    {
        "verified": is_date,
        "schedule": _schedule.holds,
        "places": check_integer(0, MAX_PLACES),
        "remote": is_flag,
        "languages": check_list(LANGUAGE, 0, MAX_LANGUAGES),
        "accessibility": check_text(0, MAX_TEXT),
        "themes": _labels,
        "audience": _labels,
        "gateways": _labels,
        "ext": is_extension,
    },
)
_organisation = Members(
    _dated
    | {
        "name": check_text(1, MAX_TITLE),
        "form": check_choice(FORMS),
        "territory": check_list(TERRITORY_CODE, 1, MAX_ORGANISATION_TERRITORY),
    },
    {
        "summary": check_text(0, MAX_SUMMARY),
        "url": is_url,
        "identifiers": _identifiers.holds,
        "hostedBy": is_any_id,
    },
)
_tombstone = Members({"deleted": is_time, "reason": check_choice(DEATHS)}, {})
_withheld = Members(
    {
        "target": is_target,
        "targetVersion": check_integer(1, text.MAX_INTEGER),
        "element": check_pattern(ELEMENT),
        "reason": check_pattern(REASON),
        "since": is_time,
    },
    {},
)


OFFER_OPTIONAL = _offer.optional
"""Members that an Offer may have or leave out."""


def check_offer(document: dict[str, Any]) -> str | None:
    """Return what is wrong with an authentic Offer, or None."""
    return _offer.find_mistake(document, document["origin"])


def check_organisation(document: dict[str, Any]) -> str | None:
    """Return what is wrong with an authentic Organisation, or None."""
    return _organisation.find_mistake(document, document["origin"])


def check_tombstone(document: dict[str, Any]) -> str | None:
    """Return what is wrong with an authentic Tombstone, or None; it has exactly eight members."""
    if document.keys() != TOMBSTONE_MEMBERS:
        return "A Tombstone has exactly its eight members."
    return _tombstone.find_mistake(document, document["origin"])


def check_withheld(document: dict[str, Any]) -> str | None:
    """Return what is wrong with an authentic Withheld, or None."""
    return _withheld.find_mistake(document, document["origin"])


BY_TYPE: dict[str, Callable[[dict[str, Any]], str | None]] = {
    "Offer": check_offer,
    "Organisation": check_organisation,
    "Tombstone": check_tombstone,
    "Withheld": check_withheld,
}
