"""The faults: what each makes a hook do, for which hooks it makes sense, what has to follow."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from entraide import hookspecs
from entraide.hook_policies import POLICIES, HookPolicy

Outcome = Literal["fails", "slow", "answers", "either"]
"""What the guard has to make of it: a failure, a slow call, an answer, or one of the two."""


def _always(_policy: HookPolicy) -> str:
    return ""


def _fails(_policy: HookPolicy) -> Outcome:
    return "fails"


def _unless_it_only_reads(policy: HookPolicy) -> str:
    return "" if policy.only_reads else "it may write"


def _unless_it_may_write(policy: HookPolicy) -> str:
    return "its statement is refused before the database sees it" if policy.only_reads else ""


def _unless_it_returns_parts(policy: HookPolicy) -> str:
    types = policy.returns if isinstance(policy.returns, tuple) else (policy.returns,)
    if all(dataclasses.is_dataclass(returned) for returned in types):
        return ""
    return f"it returns {policy.returns_words}, which has no parts of its own"


@dataclass(frozen=True)
class Fault:
    """One way to misbehave.

    `body` is what the hook does instead, as source in which `HOOK` and `PLUGIN` stand for the
    names; `why_not` says why it makes no sense for a hook with that policy (empty: it does),
    `outcome` what the guard has to make of it. `is_about_rows`: databases may differ there.
    """

    name: str
    words: str
    body: str
    outcome: Callable[[HookPolicy], Outcome] = _fails
    why_not: Callable[[HookPolicy], str] = _always
    is_about_rows: bool = False


KNOWN = (
    Fault("raises", "raises an exception", 'raise RuntimeError("chaos")'),
    Fault("exits", "ends the process", "raise SystemExit(3)"),
    Fault("cancelled", "is cancelled, as asyncio cancels", "raise asyncio.CancelledError"),
    Fault("wrong_type", "returns another type", "return [object()]"),
    Fault(
        "odd_parts",
        "returns the right type with None in every part",
        'good = chaos.example("HOOK", "PLUGIN")\n'
        "return [replace(good, **{part.name: None for part in fields(good)})]",
        why_not=_unless_it_returns_parts,
    ),
    Fault(
        "fails_at_second",
        "fails at the second item",
        'yield chaos.example("HOOK", "PLUGIN")\nraise RuntimeError("chaos")',
    ),
    Fault(
        "million",
        "returns a million items",
        'return repeat(chaos.example("HOOK", "PLUGIN"), 1_000_000)',
    ),
    Fault("endless", "never ends", 'while True:\n    yield chaos.example("HOOK", "PLUGIN")'),
    Fault(
        "slow",
        "takes 20 times as long as it may",
        'chaos.pass_time("HOOK")\nreturn None',
        outcome=lambda _policy: "slow",
    ),
    Fault(
        "integrity",
        "breaks a rule of the database",
        "chaos.break_integrity()\nreturn None",
        is_about_rows=True,
    ),
    Fault(
        "swallows_integrity",
        "breaks a rule of the database and says nothing",
        "with suppress(Exception):\n    chaos.break_integrity()\nreturn None",
        outcome=lambda _policy: "either",
        why_not=_unless_it_may_write,
        is_about_rows=True,
    ),
    Fault(
        "dirty",
        "leaves changes in the session",
        "chaos.leave_changes()\nreturn None",
        is_about_rows=True,
    ),
    Fault(
        "writes",
        "writes through the running session",
        "chaos.write()\nreturn None",
        why_not=_unless_it_only_reads,
        is_about_rows=True,
    ),
    Fault(
        "writes_apart",
        "writes through a session of its own",
        "chaos.write(apart=True)\nreturn None",
        why_not=_unless_it_only_reads,
        is_about_rows=True,
    ),
    Fault(
        "true",
        "says True to everything",
        "return True",
        outcome=lambda policy: "answers" if policy.returns is bool else "fails",
    ),
)

FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in KNOWN}
"""Each way to misbehave, by name."""

HEAD = '''"""A plugin that misbehaves: its HOOK WORDS."""

import asyncio
from contextlib import suppress
from dataclasses import fields, replace
from itertools import repeat

from entraide import hookimpl
from entraide.testing import chaos


@hookimpl
def HOOK(ARGUMENTS):
'''
INDENT = "    "


def hooks() -> tuple[str, ...]:
    """Return every hook, in the order in which they fire: read from the specifications."""
    mark = f"{hookspecs.PROJECT}_spec"
    return tuple(name for name, value in vars(hookspecs).items() if hasattr(value, mark))


def cases() -> list[tuple[str, str]]:
    """Return every hook with every fault that makes sense for it, by its policy."""
    return [
        (hook, fault.name)
        for hook in hooks()
        for fault in KNOWN
        if not fault.why_not(POLICIES[hook])
    ]


def source(hook: str, fault: str, plugin: str = "chaos") -> str:
    """Return the file of a plugin whose `hook` misbehaves: `plugins/chaos.py` of a site."""
    taken = ", ".join(inspect.signature(getattr(hookspecs, hook)).parameters)
    known = FAULTS[fault]
    body = "".join(f"{INDENT}{line}\n" for line in known.body.splitlines())
    text = HEAD.replace("ARGUMENTS", taken).replace("WORDS", known.words) + body
    return text.replace("HOOK", hook).replace("PLUGIN", plugin)
