"""What a check found: what, where, why, how to mend it, and which grade it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Grade = Literal["bronze", "silver", "gold"]
GRADES: tuple[Grade, ...] = ("bronze", "silver", "gold")


@dataclass(frozen=True)
class Finding:
    """One thing to mend; without it the plugin reaches `grade`.

    `where` is a file, with `:line` where there is one.
    """

    grade: Grade
    what: str
    where: str
    why: str
    how: str

    def __str__(self) -> str:
        return (
            f"{self.grade}: {self.what}\n  where: {self.where}\n"
            f"  why: {self.why}\n  how: {self.how}"
        )


@dataclass
class Report:
    """The findings about one plugin, and the names of the checks that ran.

    `unseen` names the kinds of which no offer could be made up, so that nothing was found about them.
    """

    plugin: str
    findings: list[Finding] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)

    @property
    def grade(self) -> str:
        """Return the highest grade that no finding costs; `none` when even bronze is missing."""
        missed = [GRADES.index(finding.grade) for finding in self.findings]
        reached = min(missed, default=len(GRADES))
        return GRADES[reached - 1] if reached else "none"

    def add(self, check: str, findings: Sequence[Finding]) -> None:
        """Add what one check found."""
        self.checks.append(check)
        self.findings += findings
