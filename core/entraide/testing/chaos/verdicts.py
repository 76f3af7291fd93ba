"""What a site did while a hook misbehaved, and what of it does not hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from entraide.hook_policies import POLICIES
from entraide.testing.chaos.faults import FAULTS

EVENTS = {"fails": "hook-failed", "slow": "hook-slow"}
"""What the log calls each outcome."""


@dataclass(frozen=True)
class Case:
    """One hook of one plugin with one fault, written in the file at `path`; none of it: no fault."""

    plugin: str
    hook: str = ""
    fault: str = ""
    path: Path | None = None

    @property
    def outcome(self) -> str:
        """Return what the guard has to make of it."""
        return FAULTS[self.fault].outcome(POLICIES[self.hook])


@dataclass
class Seen:
    """What happened: the status of each page, answers by hook and plugin, who may what, the log.

    `mistakes` are what was seen at once: something that came through, something that got lost.
    """

    pages: dict[str, int] = field(default_factory=dict)
    answers: dict[tuple[str, str], int] = field(default_factory=dict)
    doors: set[tuple[str, str, str]] = field(default_factory=set)
    lines: Sequence[Mapping[str, Any]] = ()
    has_written: bool = False
    mistakes: list[str] = field(default_factory=list)


def mistakes_in(case: Case, before: Seen, after: Seen) -> Iterator[str]:
    """Yield what does not hold, in words, of a case and of the same site without it."""
    yield from after.mistakes
    for page, status in after.pages.items():
        # Its own pages may rest.
        if status != before.pages[page] and not page.startswith(f"/{case.plugin}/"):
            yield f"{page} answers {status} instead of {before.pages[page]}"
    yield from _answers(case, before, after)
    for who, action, what in sorted(after.doors - before.doors):
        yield f"{who} may {action} to {what}"
    if after.has_written and case.outcome != "either":
        yield "something that it wrote was kept"
    if case.outcome in EVENTS:
        yield from _unsaid(case, EVENTS[case.outcome], after.lines)


def _answers(case: Case, before: Seen, after: Seen) -> Iterator[str]:
    if POLICIES[case.hook].is_first_result and case.outcome == "answers":
        # Its answer ends the question: nobody else is asked.
        return
    for (hook, plugin), count in after.answers.items():
        if plugin != case.plugin and count != before.answers[hook, plugin]:
            yield f"{plugin} gave {count} answers instead of {before.answers[hook, plugin]}"
        is_denial = POLICIES[hook].failure == "deny" and case.outcome == "fails"
        if plugin == case.plugin and count != 1 and is_denial:
            yield "its failure was not taken for a refusal"


def _unsaid(case: Case, event: str, lines: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what the log does not say of a failure or a slow call."""
    about = [
        line
        for line in lines
        if (line["event"], line.get("hook"), line.get("plugin")) == (event, case.hook, case.plugin)
    ]
    if not about:
        yield f"the log has no {event} of it"
    elif not any(_is_in(case, line) for line in about):
        yield f"the log names another place: {about[0]['file']}, line {about[0]['line']}"


def _is_in(case: Case, line: Mapping[str, Any]) -> bool:
    if case.path is None or line["file"] != str(case.path):
        return False
    return 0 < int(line["line"]) <= len(case.path.read_text("utf-8").splitlines())
