"""What a visitor looks for, as their address bar says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from entraide import runtime
from entraide.i18n import Text, catalogue

_ = catalogue("entraide")

KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")
CODE = re.compile(r"[0-9][0-9AB][0-9]{3}")
NUMBER = re.compile(r"[1-9][0-9]{0,5}")
RADII = (2, 5, 10, 20, 50)
DEFAULT_RADIUS = 20
HERE, ELSEWHERE = AREAS = ("here", "elsewhere")
"""Near this site's territory, and the rest of the country: what is shown while no place is given."""

PAGE = 20
LAST_PAGE = 500
"""Nobody turns more pages than this; an address that asks for a later one shows this one."""

WHEN: tuple[tuple[str, Text, int], ...] = (
    ("week", _("In the next 7 days"), 7),
    ("month", _("In the next 30 days"), 30),
    ("quarter", _("In the next 3 months"), 92),
)
PERIODS = {code: days for code, _label, days in WHEN}
"""How many days ahead each of them reaches."""


@dataclass(frozen=True)
class FindQuery:
    """What a visitor looks for, as their address bar says it; `area` counts without a place.

    `where` is what a person wrote, `place` the INSEE code of one of our own links.
    """

    q: str = ""
    where: str = ""
    place: str = ""
    radius: int = DEFAULT_RADIUS
    kind: str = ""
    when: str = ""
    origin: str = ""
    area: str = ""
    page: int = 1
    facets: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_query(cls, given: Mapping[str, str]) -> FindQuery:
        """Read a query string; whatever makes no sense falls back to the default."""
        radius, page = given.get("radius", ""), given.get("page", "")
        return cls(
            q=given.get("q", "")[:200].strip(),
            where=given.get("where", "")[:100].strip(),
            place=given.get("place", "") if CODE.fullmatch(given.get("place", "")) else "",
            radius=int(radius) if radius in {str(known) for known in RADII} else DEFAULT_RADIUS,
            kind=given.get("kind", "") if KIND.fullmatch(given.get("kind", "")) else "",
            when=given.get("when", "") if given.get("when") in PERIODS else "",
            origin=given.get("origin", "")[:200],
            area=given.get("area", "") if given.get("area") in AREAS else "",
            page=min(int(page), LAST_PAGE) if NUMBER.fullmatch(page) else 1,
            facets={key: value[:80] for key, value in given.items() if "." in key and value},
        )

    @property
    def has_place(self) -> bool:
        """Return whether somewhere is asked for."""
        return bool(self.where or self.place)

    @property
    def as_named_today(self) -> FindQuery:
        """Return the same query with the names that its kinds have today."""
        facets = {_facet_today(key): value for key, value in self.facets.items()}
        return replace(self, kind=runtime.kind_name(self.kind), facets=facets)

    def url(self, path: str = "/find", **changes: str | int) -> str:
        """Return the address of this query with some changes; defaults are left out.

        Another kind has other facets: those of the kind before are left out with it.
        """
        is_same_kind = changes.get("kind", self.kind) == self.kind
        values: dict[str, str | int] = {
            "q": self.q,
            "where": self.where,
            "place": self.place,
            "radius": self.radius,
            "kind": self.kind,
            "when": self.when,
            "origin": self.origin,
            "area": self.area,
            **(self.facets if is_same_kind else {}),
            "page": 1,
            **changes,
        }
        defaults = {"radius": DEFAULT_RADIUS, "page": 1}
        shown = {
            key: value for key, value in values.items() if value not in ("", defaults.get(key))
        }
        return f"{path}?{urlencode(shown)}" if shown else path


def _facet_today(key: str) -> str:
    kind, point, name = key.partition(".")
    return f"{runtime.kind_name(kind)}{point}{name}"
