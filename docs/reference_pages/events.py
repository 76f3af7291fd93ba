"""The page of the events: what happened, with the members of each."""

from __future__ import annotations

import inspect
from dataclasses import fields

from entraide.event_types import KNOWN, Event

PATH = "events.md"

HEAD = """# Events

What `on_event` hears after the commit, at least once; `key` is the same at each repetition.
`identifier` (a `UUID`) is the row that the event is about. A plugin publishes its own with
`entraide.events.publish(session, event)`: a frozen dataclass made from `entraide.events.Event`, at
the top of a module of the plugin, with members of the types `UUID`, `str`, `int`, `datetime` and
`date`. It is kept as `<plugin>.<module>:<Class>`. Members that a later release leaves out are
dropped, those that it adds need a default; an event whose class or plugin is gone is told to nobody.

| event | members beside `identifier` | when |
|---|---|---|
"""


def write() -> str:
    """Return the page."""
    return HEAD + "".join(_row(event) for event in KNOWN.values())


def _row(event: type[Event]) -> str:
    members = ", ".join(
        f"`{given.name}` (`{given.type}`)" for given in fields(event) if given.name != "identifier"
    )
    words = " ".join((inspect.getdoc(event) or "").split())
    return f"| `{event.__name__}` | {members or 'none'} | {words} |\n"
