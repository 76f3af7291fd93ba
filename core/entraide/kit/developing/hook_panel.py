"""The panel at the foot of each page of a trial site: which hooks the page asked, and of whom."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, g, has_request_context, request
from sqlalchemy import event

from entraide.app import create_app
from entraide.hook_registry import HookCall
from entraide.runtime import Runtime

END = b"</body>"


@dataclass
class HookRow:
    """What one page asked of one plugin's hook; `statements` went to the database meanwhile."""

    hook: str
    plugin: str
    calls: int = 0
    milliseconds: float = 0.0
    statements: int = 0
    outcome: str = ""


def open_with_panel(site: Runtime) -> Flask:
    """Return the application of a site whose pages are made anew each time and end in the panel."""
    app = create_app(site, keeps_pages=False)
    site.registry.watch = _note_call
    event.listen(site.database.engine, "before_cursor_execute", _note_statement)

    # Of what is asked after a page the newest comes first: before headers and compression.
    @app.after_request
    def _add_panel(response: Response) -> Response:
        return add_panel(app, site, response)

    return app


def add_panel(app: Flask, site: Runtime, response: Response) -> Response:
    """Put the panel at the end of a whole page; leave every other answer as it is."""
    if response.mimetype != "text/html" or response.is_streamed or request.method == "HEAD":
        return response
    head, end, tail = response.get_data().rpartition(END)
    if end:
        rows = rows_of(g.get("hook_calls", []), g.get("statement_times", []))
        resting = [key for key, counter in site.registry.counters.items() if counter.is_suspended]
        # Rendered without the context of pages, which would ask the hooks of the menu again.
        panel = app.jinja_env.get_template("components/hook_panel.html").render(
            rows=rows, resting=resting, statements=len(g.get("statement_times", []))
        )
        response.set_data(head + panel.encode() + end + tail)
        response.headers["Cache-Control"] = "no-store"
    return response


def rows_of(calls: list[HookCall], statement_times: list[float]) -> list[HookRow]:
    """Return one row for each hook and plugin, in the order in which they were first asked."""
    rows: dict[tuple[str, str], HookRow] = {}
    for call in calls:
        row = rows.setdefault((call.hook, call.plugin), HookRow(call.hook, call.plugin))
        row.calls += call.calls
        row.milliseconds += call.seconds * 1000
        row.statements += sum(
            call.started <= moment <= call.started + call.seconds for moment in statement_times
        )
        if not row.outcome or call.outcome != "answered":
            row.outcome = call.outcome
    return list(rows.values())


def _note_call(call: HookCall) -> None:
    # The jobs ask hooks too, and no page shows them.
    if has_request_context():
        g.setdefault("hook_calls", []).append(call)


def _note_statement(*_details: Any) -> None:
    if has_request_context():
        g.setdefault("statement_times", []).append(time.perf_counter())
