"""The types of objects that travel: members, making, public row and order, declared once each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from entraide import clock, text
from entraide_federation.protocol import kind_members, members, spelling
from entraide_federation.protocol.members import (
    FreeText,
    Judged,
    Members,
    OneOf,
    Spelled,
    SpelledList,
    Whole,
)
from entraide_federation.protocol.profile import CONTEXT

if TYPE_CHECKING:
    from entraide import DescribedKindRow, ListingRow

Document = Mapping[str, Any]
RowMaker = Callable[[Document, Mapping[str, str]], "ListingRow"]
"""Makes the public row of an acceptable document; the second argument maps organisations to names."""

MAX_NAME = 150
COMMON = frozenset({"@context", "id", "type", "origin", "version", "proof"})
"""What every object has; `objects` judges it."""


@dataclass(frozen=True)
class ObjectType:
    """One type: `row` makes the public row (None: kept and relayed only, R6).

    `owner` names the member that holds the id of the Organisation to which an object belongs: its
    row shows the name of that one, and it appears, goes and is hidden with it. `is_exact`: no
    members but the required ones. `misfit` tells what does not go together in acceptable members.
    """

    name: str
    members: Members
    row: RowMaker | None = None
    owner: str = ""
    is_exact: bool = False
    misfit: Callable[[Document], str | None] | None = None

    @property
    def row_type(self) -> str:
        """Return what rows and marks of this type are called."""
        return self.name.lower()

    def find_mistake(self, document: Document) -> str | None:
        """Return what is wrong with an authentic document of this type, or None."""
        if self.is_exact and document.keys() != (exact := COMMON | self.members.names):
            return f"A {self.name} has exactly its {len(exact)} members."
        mistake = self.members.find_mistake(document, document["origin"])
        return self.misfit(document) if self.misfit and mistake is None else mistake

    def make(
        self,
        *,
        id: str,  # noqa: A002 - the protocol's own word
        origin: str,
        version: int,
        **content: Any,
    ) -> dict[str, Any]:
        """Return an unsigned document of declared members and nothing else: the public whitelist.

        Optional members without content are left out. Raises TypeError for an undeclared member
        and for a required one that is missing.
        """
        required, declared = self.members.required.keys(), self.members.names
        if odd := (content.keys() - declared) | (required - content.keys()):
            raise TypeError(f"{self.name}: undeclared or missing {', '.join(sorted(odd))}.")
        start = {"@context": CONTEXT, "id": id, "type": self.name}
        return start | {
            "origin": origin,
            "version": version,
            **{
                name: _written(value)
                for name, value in content.items()
                if name in required or _says_something(value)
            },
        }


def _says_something(value: Any) -> bool:
    return bool(value) or isinstance(value, int)


def _written(value: Any) -> Any:
    """Return a value of Python as documents spell it."""
    if isinstance(value, datetime):
        return clock.rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {name: _written(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_written(item) for item in value]
    return value


def next_version(previous: int, now: datetime) -> int:
    """Return the hybrid counter: milliseconds, and more than `previous` even if the clock jumps."""
    return max(previous + 1, int(now.timestamp() * 1000))


def _organisation_row(document: Document, _: Mapping[str, str]) -> ListingRow:
    return {
        "uid": document["id"],
        "type": "organisation",
        "origin": document["origin"],
        "title": document["name"],
        "summary": document.get("summary", ""),
        "territory": document["territory"],
        "payload": {"form": document["form"], "url": document.get("url")},
        "lang": document["lang"],
        "created_at": datetime.fromisoformat(document["created"]),
        "updated_at": datetime.fromisoformat(document["updated"]),
    }


def _as_it_is(value: Any) -> Any:
    return value


CARRIED: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("verified", "verified_on", date.fromisoformat),
    ("schedule", "schedule", _as_it_is),
    ("places", "seats", _as_it_is),
)
"""Optional members of an Offer that the listing has a column for: the member, the column, which
offers have under the same name, and how it is read. Publishing and rows both follow from this."""


def _offer_row(document: Document, names: Mapping[str, str]) -> ListingRow:
    kind, organisation = document["kind"], document["org"]
    name = names.get(organisation)
    row: Any = {
        "uid": document["id"],
        "type": "offer",
        "origin": document["origin"],
        "kind": kind,
        "title": document["title"],
        "summary": document["summary"],
        "organisation": None if name is None else {"id": organisation, "name": name},
        "territory": document["territory"],
        "payload": document.get("ext", {}).get(kind) or {},
        "lang": document["lang"],
        "contact_url": document["contactUrl"],
        "created_at": datetime.fromisoformat(document["created"]),
        "updated_at": datetime.fromisoformat(document["updated"]),
        "verify_by": date.fromisoformat(document["validUntil"]),
    }
    for member, column, read in CARRIED:
        if member in document:
            row[column] = read(document[member])
    return cast("ListingRow", row)


_time, _day = Judged(members.is_time), Judged(members.is_date)
_language, _labels = Spelled(members.LANGUAGE), SpelledList(members.LABEL, 0, 10)
_dated: dict[str, members.Check] = {"created": _time, "updated": _time, "lang": _language}

SCHEDULE = Members(
    {"starts": Judged(members.is_moment), "timezone": Spelled(members.ZONE)},
    {"ends": Judged(members.is_moment), "rrule": Spelled(members.RULE)},
)
"""When an offer takes place."""

IDENTIFIERS = Members(
    {},
    {
        "rna": Spelled(members.RNA),
        "siret": Spelled(members.SIRET),
        "data_inclusion": Spelled(members.INCLUSION),
    },
)
"""Under which numbers an organisation is known elsewhere."""

ORGANISATION = ObjectType(
    "Organisation",
    Members(
        _dated
        | {
            "name": FreeText(1, MAX_NAME),
            "form": OneOf(frozenset({"association", "public", "collective", "company"})),
            "territory": SpelledList(members.TERRITORY_CODE, 1, 50),
        },
        {
            "summary": FreeText(0, 2000),
            "url": Judged(members.is_url),
            "identifiers": IDENTIFIERS,
            "hostedBy": Judged(members.is_any_id),
        },
    ),
    row=_organisation_row,
)
"""Who proposes; no personal member exists."""

KIND = ObjectType(
    "Kind",
    Members(
        {
            "updated": _time,
            "kind": Spelled(members.KIND),
            "schemaVersion": Spelled(kind_members.VERSION),
            "languages": SpelledList(members.LANGUAGE, 1, kind_members.MOST_LANGUAGES),
            "label": Judged(kind_members.is_words),
            "fields": Judged(kind_members.is_fields),
        },
        {},
    ),
    misfit=kind_members.find_misfit,
)
"""What one kind of help is called and which public fields it has, for readers without its code."""

DESCRIBING = ("kind", "schemaVersion", "languages", "label", "fields")
"""The members of a Kind that pages show."""

OFFER = ObjectType(
    "Offer",
    Members(
        _dated
        | {
            "kind": Spelled(members.KIND),
            "title": FreeText(1, 150),
            "summary": FreeText(0, 2000),
            "org": Judged(spelling.is_id_of),
            "territory": SpelledList(members.TERRITORY_CODE, 1, 20),
            "contactUrl": Judged(members.is_own_url),
            "relay": OneOf(frozenset({"public"})),
            "validUntil": _day,
        },
        {
            "verified": _day,
            "schedule": SCHEDULE,
            "places": Whole(0, 100_000),
            "remote": Judged(members.is_flag),
            "languages": SpelledList(members.LANGUAGE, 0, 20),
            "accessibility": FreeText(0, 500),
            "themes": _labels,
            "audience": _labels,
            "gateways": _labels,
            "ext": Judged(members.is_extension),
        },
    ),
    row=_offer_row,
    owner="org",
)
"""What an organisation proposes; `ext` maps the kind to the fields that its plugin marks public."""

TOMBSTONE = ObjectType(
    "Tombstone",
    Members(
        {
            "deleted": _time,
            "reason": OneOf(frozenset({"withdrawn", "expired", "erasure", "moderation"})),
        },
        {},
    ),
    is_exact=True,
)
"""What is left of a deleted object of any type: its id, its version and its end."""

WITHHELD = ObjectType(
    "Withheld",
    Members(
        {
            "target": Judged(members.is_target),
            "targetVersion": Whole(1, text.MAX_INTEGER),
            "element": Spelled(members.ELEMENT),
            "reason": Spelled(members.REASON),
            "since": _time,
        },
        {},
    ),
)
"""What a relay (its `origin`) keeps back of others; `element` is the hash of what it hides."""

TYPES = (ORGANISATION, KIND, OFFER, TOMBSTONE, WITHHELD)
"""Every type, in the order of publishing: owners before what belongs to them."""

BY_NAME = {declared.name: declared for declared in TYPES}
SHOWN = frozenset(declared.name for declared in TYPES if declared.row)
"""Types that readers show; objects of others are kept and relayed only (R6)."""

ON_PAGES = SHOWN | {KIND.name}
"""Types of which something is kept for pages beside the object itself."""

OWNED = {declared.name: declared.owner for declared in TYPES if declared.owner}
"""The types whose objects belong to an Organisation, with the member that names it."""


def owner_of(document: Document) -> str | None:
    """Return the id of the Organisation to which an acceptable object belongs, None for none."""
    member = OWNED.get(document["type"])
    return document[member] if member else None


def row_of(document: Document, names: Mapping[str, str]) -> ListingRow | None:
    """Return the row of an acceptable document; None for types that are kept but not shown.

    `names` maps organisations to their names; an object of an unknown one names none.
    """
    declared = BY_NAME.get(document["type"])
    return declared.row(document, names) if declared is not None and declared.row else None


def described_kind_of(document: Document) -> DescribedKindRow | None:
    """Return what an acceptable document says of a kind; None for other types."""
    if document["type"] != KIND.name:
        return None
    return {
        "uid": document["id"],
        "origin": document["origin"],
        "document": {name: document[name] for name in DESCRIBING},
        "updated_at": datetime.fromisoformat(document["updated"]),
    }
