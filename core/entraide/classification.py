"""How a personal datum is marked: who may see it, what it is, why it is kept and how it ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from entraide.i18n import LazyText, Text

Audience = Literal["public", "members", "staff", "parties", "sealed"]
Category = Literal[
    "identity",
    "contact",
    "family",
    "child",
    "health",
    "finance",
    "belief",
    "location",
    "judicial",
    "free_text",
    "technical",
]
Erasure = Literal["delete", "anonymise", "keep"]

SENSITIVE: frozenset[str] = frozenset({"child", "health", "judicial", "belief", "finance"})
"""Categories that demand a purpose and may never be public (GDPR art. 9 and 10, and minors)."""

ENCRYPTED: frozenset[str] = SENSITIVE | {"contact"}
"""Categories stored encrypted; so is whatever only the parties or a referent may read."""

PRIVATE: frozenset[str] = frozenset({"free_text", "identity"})
"""Categories stored encrypted unless they are public: what people write and how they are called."""

RETENTION = re.compile(r"P\d{1,4}[DMY]( after [a-z_ ]{1,40})?")
"""ISO 8601 period of one unit, optionally counted from a column: `P2D after starts_at`."""


@dataclass(frozen=True)
class Marking:
    """The classification of one column or payload field.

    `kind` is `neutral` (says nothing about a person), `subject` (names whose data the row is,
    `role` says as what) or `personal`; with a `role` too when it names somebody by their key, who
    is that role in the export of others. `purpose` says what it is kept for, in words that the
    person reads in their export. Raises ValueError when the marks contradict each other,
    TypeError when it is no words.
    """

    kind: Literal["neutral", "subject", "personal"]
    audience: Audience = "staff"
    category: Category | None = None
    purpose: Text = ""
    retention: str = ""
    on_erase: Erasure = "delete"
    role: str = ""

    def __post_init__(self) -> None:
        if self.kind == "personal" and self.category is None:
            raise ValueError("personal data needs a category")
        if self.category not in (None, *get_args(Category)):
            raise ValueError(f"unknown category {self.category!r}: one of {get_args(Category)}")
        if self.audience not in get_args(Audience):
            raise ValueError(f"unknown audience {self.audience!r}: one of {get_args(Audience)}")
        if not isinstance(self.purpose, str | LazyText):
            raise TypeError(f'purpose={self.purpose!r} is no words: _("…")')
        if self.on_erase not in get_args(Erasure):
            raise ValueError(f"unknown on_erase {self.on_erase!r}: one of {get_args(Erasure)}")
        if self.category in SENSITIVE and (not self.purpose or self.audience == "public"):
            raise ValueError(f"{self.category} data needs purpose= and may not be public")
        if self.retention and not RETENTION.fullmatch(self.retention):
            raise ValueError(f"retention {self.retention!r} is not like 'P2D after starts_at'")

    @property
    def is_encrypted(self) -> bool:
        """Return whether the value is encrypted where it is stored."""
        return self.kind == "personal" and (
            self.category in ENCRYPTED
            or self.audience in ("parties", "sealed")
            or (self.category in PRIVATE and self.audience != "public")
        )

    def as_dict(self) -> dict[str, str]:
        """Return the mark as JSON members, words in the current language; empty ones are left out."""
        return {name: str(value) for name, value in vars(self).items() if value}
