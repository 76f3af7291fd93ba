"""The pages of a plugin: strangers are refused, and whoever may read them can."""

from __future__ import annotations

import inspect

from flask import Flask
from werkzeug.routing import Rule

from entraide import database
from entraide.app import create_app
from entraide.kit.accessible import barriers
from entraide.kit.candidate import Candidate
from entraide.kit.checking import rows, visits
from entraide.kit.checking.loads import bench
from entraide.kit.findings import Finding
from entraide.policy import POLICY
from entraide.runtime import Runtime

REFUSALS = (303, 302, 400, 401, 403, 404, 405)
FAILURE, OK = 500, 200
"""503 is an answer: what the page needs is not there yet."""
STAFF = ("moderator", "administrator")


def refuse_strangers(plugin: Candidate) -> list[Finding]:
    """Open every route as a visitor and as a plain member; name those that let in too many."""
    with bench(plugin) as site:
        with database.writing() as session:
            made = rows.fill(session, plugin)
            rows.add_person(session, "stranger")
        app = create_app(site)
        return [
            finding
            for person, roles in (("", {"anyone"}), ("stranger", {"anyone", "member"}))
            for rule in visits.routes(app, plugin.name)
            for finding in _refused(site, app, plugin, rule, person, roles, made)
        ]


def _refused(  # noqa: PLR0917 - one visit
    site: Runtime,
    app: Flask,
    plugin: Candidate,
    rule: Rule,
    person: str,
    roles: set[str],
    made: rows.MadeUp,
) -> list[Finding]:
    view = app.view_functions[rule.endpoint]
    action = getattr(view, "__permission__", "")
    rules = POLICY.get(site).rules.get(action, ())
    is_open = not action or any(known.role in roles and not known.relation for known in rules)
    client = visits.visitor(app, person)
    found: list[Finding] = []
    for path in visits.paths(app, rule, made):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            base = site.settings.site.base_url
            status = client.open(path, method=method, base_url=base).status_code
            place = plugin.place(*_place(view))
            if status == FAILURE:
                what = f"{method} {path} fails ({status}) for {person or 'a visitor'}"
                why = "A page that fails tells people nothing."
                how = "Raise errors.NotFound for what is not there; see the trace in the log."
                found.append(Finding("bronze", what, place, why, how))
            elif not is_open and status not in REFUSALS:
                what = f"{method} {path} opens for {person or 'a visitor'} ({status})"
                why = f"No rule lets them {action!r} this."
                how = f"Ask require(require_member(), {action!r}, row) in the view."
                found.append(Finding("bronze", what, place, why, how))
    return found


def _place(view: object) -> tuple[str, int]:
    function = inspect.unwrap(view)  # type: ignore[arg-type]
    code = getattr(function, "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code else ("views.py", 0)


def are_accessible(plugin: Candidate) -> list[Finding]:
    """Open the pages as those who may; name what stops people who listen to them."""
    with bench(plugin) as site:
        with database.writing() as session:
            made = rows.fill(session, plugin)
            for role in STAFF:
                rows.add_person(session, role, role)
        pages = {
            path: text
            for person in ("", "owner", *STAFF)
            for path, text in visits.texts(site, plugin, made, person)
            if text.lstrip().lower().startswith("<!doctype html")
        }
    return [
        Finding(
            "gold",
            f"{path}: {sentence}",
            plugin.place(plugin.home("templates")),
            "People who listen to the page, or use a keyboard, are stopped there.",
            "Use the macros of components/ (docs/reference/public-names.md), or mend the template.",
        )
        for path, text in pages.items()
        for sentence in barriers(text)
    ]
