"""What plugins name in words: categories of mail, actions in the journal, scopes of tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from entraide.errors import PluginError
from entraide.i18n import LazyText, Text
from entraide.runtime import Slot


@dataclass(frozen=True)
class Label:
    """A name that begins with the plugin's, and its words for people.

    ValueError when the name is not written so, or the words are missing.
    """

    pattern: ClassVar[str] = r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+"
    example: ClassVar[str] = "toys.reminders"

    name: str
    label: Text

    def __post_init__(self) -> None:
        kind = type(self).__name__
        if not isinstance(self.name, str) or not re.fullmatch(self.pattern, self.name):
            raise ValueError(
                f"{kind} {self.name!r}: its name is written like {self.example}, with small "
                "letters, digits and _"
            )
        words = self.label.source if isinstance(self.label, LazyText) else self.label
        if not isinstance(words, str) or not words.strip():
            raise ValueError(f'{kind} {self.name!r}: label={self.label!r} is no words: _("…")')

    @property
    def owner(self) -> str:
        """Return the plugin or feature whose name it is."""
        return re.split(r"[.:]", self.name, maxsplit=1)[0]


@dataclass(frozen=True)
class MailCategory(Label):
    """A sort of mail, `toys.reminders`; its label stands below each as the reason of getting it."""


@dataclass(frozen=True)
class JournalAction(Label):
    """Something that the journal notes, `toys.lend`.

    When the row names a person and somebody else did it, they read the label on their account.
    """

    example = "toys.lend"


@dataclass(frozen=True)
class Scope(Label):
    """What a token of a program may do, `toys:read`; its label explains it to who makes one."""

    pattern = r"[a-z][a-z0-9_]*:[a-z0-9_]+"
    example = "toys:read"


@dataclass
class Labels:
    """What the features and plugins of one site have declared, by name; who declared it."""

    mails: dict[str, MailCategory] = field(default_factory=dict)
    actions: dict[str, JournalAction] = field(default_factory=dict)
    scopes: dict[str, Scope] = field(default_factory=dict)
    declared_by: dict[tuple[type[Label], str], str] = field(default_factory=dict)

    def add(self, plugin: str, labels: Iterable[Label], *, is_built_in: bool = False) -> None:
        """Take what a plugin declares; PluginError for a name that is not its own, or used twice."""
        labels = list(labels)
        for number, label in enumerate(labels):
            if not is_built_in and label.owner != plugin:
                raise PluginError(
                    f"Plugin {plugin}: {type(label).__name__} {label.name!r}: names begin with the "
                    f"plugin's own: {plugin}{label.name[len(label.owner) :]}"
                )
            same = [other for other in labels[:number] if _is_same(other, label)]
            if same or label.name in self._table(type(label)):
                raise PluginError(
                    f"Plugin {plugin}: {type(label).__name__} {label.name!r} is declared twice. "
                    "Take one out."
                )
        for label in labels:
            self._table(type(label))[label.name] = label
            self.declared_by[type(label), label.name] = plugin

    def forget(self, plugin: str) -> None:
        """Take out what a plugin declared that is set aside."""
        # Not by their names: features of the core speak of offers, and a plugin may be called so.
        for key in [key for key, owner in self.declared_by.items() if owner == plugin]:
            kind, name = key
            del self._table(kind)[name], self.declared_by[key]

    def _table(self, kind: type[Label]) -> dict[str, Label]:
        tables: dict[type[Label], dict[str, Label]] = {
            MailCategory: self.mails,  # type: ignore[dict-item]
            JournalAction: self.actions,  # type: ignore[dict-item]
            Scope: self.scopes,  # type: ignore[dict-item]
        }
        return tables[kind]


def _is_same(label: Label, other: Label) -> bool:
    return type(label) is type(other) and label.name == other.name


LABELS = Slot("labels", Labels)
"""The labels of the site."""
