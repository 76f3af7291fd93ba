"""What a rehearsal has shown, in lines for whoever runs the site."""

from __future__ import annotations

from collections.abc import Iterator

from entraide.operations.measuring import Upgrade
from entraide.operations.payloads import Walk
from entraide.operations.rehearsing import Rehearsal

FAILURES = 3
"""How many failures of one kind are told."""


def describe(rehearsal: Rehearsal) -> Iterator[str]:
    """Yield the lines: each distribution, what would rest or pause, what is read, the end."""
    for step in rehearsal.steps:
        yield from _describe_step(step)
    yield from (f"would not start: {reason}" for reason in rehearsal.stops)
    failed = {step.name for step in rehearsal.steps if step.failure}
    for name, reason in rehearsal.resting.items():
        # Why one fails stands at its step.
        yield f"{name}: would rest" if name in failed else f"{name}: would rest: {reason}"
    for kind, plugin in rehearsal.pausing.items():
        yield f"kind {kind}: its offers and requests pause, because {plugin} is off"
    for walk in rehearsal.walks:
        yield from _describe_walk(walk)
    yield "It would pass." if rehearsal.would_pass else "It would not pass."


def _describe_step(step: Upgrade) -> Iterator[str]:
    if step.failure:
        yield f"{step.name}: from {step.before or 'nothing'}, fails after {step.seconds:.1f} s:"
        yield f"    {step.failure}"
        return
    if step.before == step.after:
        yield f"{step.name}: nothing to do ({step.after or 'no tables'})"
        return
    yield f"{step.name}: from {step.before or 'nothing'} to {step.after}, {step.seconds:.1f} s"
    lists = {"new": step.made, "changed": step.changed, "gone": step.gone}
    for label, tables in lists.items():
        if tables:
            yield f"    {label}: {', '.join(tables)}"
    if step.rows:
        rows = (f"{table} {count}" for table, count in sorted(step.rows.items()))
        yield f"    rows written: {', '.join(rows)}"


def _describe_walk(walk: Walk) -> Iterator[str]:
    words = "all" if walk.tried == walk.total else f"the oldest {walk.tried}"
    yield (
        f"kind {walk.kind}: {words} of {walk.total} stored offers and requests tried, "
        f"{len(walk.failures) or 'no'} failures"
    )
    yield from (f"    {failure}" for failure in walk.failures[:FAILURES])
