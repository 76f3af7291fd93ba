"""Which of two forms of one object wins, and when an origin has said two things at once."""

from __future__ import annotations

from typing import Protocol


class ObjectForm(Protocol):
    """What the rules compare of two forms of one object: as it came, or as it is stored."""

    @property
    def version(self) -> int:
        """Return its version."""
        ...

    @property
    def element(self) -> bytes:
        """Return its element hash."""
        ...

    @property
    def rank(self) -> tuple[bool, int, bool, bytes]:
        """Return the sort key of rule 5."""
        ...


def supersedes(candidate: ObjectForm, stored: ObjectForm) -> bool:
    """Return whether `candidate` replaces `stored`, another form of the same object.

    Highest version wins (R3); a terminal Tombstone wins against every version (R7); at equal
    versions a Tombstone beats content and then the greater element wins, whoever came first
    (rule 5). The same form does not replace itself (R2).
    """
    return candidate.rank > stored.rank


def is_equivocation(first: ObjectForm, second: ObjectForm) -> bool:
    """Return whether two forms of one object have one version and two contents (R2)."""
    return first.version == second.version and first.element != second.element
