"""The pages of a plugin: strangers are refused, and whoever may read them can."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from flask.testing import FlaskClient
from werkzeug.routing import Rule

from entraide import database
from entraide.app import create_app
from entraide.kit.accessible import barriers
from entraide.kit.candidate import Candidate
from entraide.kit.checking import failures, rows, visits
from entraide.kit.checking.failures import Failures, PageAnswer
from entraide.kit.checking.loads import bench
from entraide.kit.findings import Finding
from entraide.policy import POLICY
from entraide.runtime import Runtime

REFUSALS = (303, 302, 400, 401, 403, 404, 405)
STAFF = ("moderator", "administrator")
STRANGERS: dict[str, set[str]] = {"": {"anyone"}, "stranger": {"anyone", "member"}}
"""Who is refused what no rule gives to these roles."""


def refuse_strangers(plugin: Candidate) -> list[Finding]:
    """Open every route as a visitor and as a plain member; name those that let in too many.

    Open it as the owner of the rows and as the team too; name those that fail, with what was raised.
    """
    with bench(plugin) as site:
        with database.writing() as session:
            made = rows.fill(session, plugin)
            rows.add_person(session, "stranger")
            for role in STAFF:
                rows.add_person(session, role, role)
        visit = _Visits(site, plugin, made)
        return [
            finding
            for person in (*STRANGERS, "owner", *STAFF)
            for rule in visits.routes(visit.app, plugin.name)
            for finding in visit.findings(rule, person)
        ]


class _Visits:
    """Visits to the pages of one site by several people."""

    def __init__(self, site: Runtime, plugin: Candidate, made: rows.MadeUp) -> None:
        self.app = create_app(site)
        self._failures = Failures(self.app)
        self._site, self._plugin, self._made = site, plugin, made
        self._seen: set[tuple[str, str, str]] = set()

    def findings(self, rule: Rule, person: str) -> Iterator[Finding]:
        """Open a route with each row in it; yield where it fails, and where it opens too far."""
        view = self.app.view_functions[rule.endpoint]
        client = visits.visitor(self.app, person)
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        for method in sorted(methods if person in STRANGERS else methods & {"GET"}):
            answers = [
                self._open(client, method, path)
                for path in visits.paths(self.app, rule, self._made)
            ]
            yield from self._failing(client, rule, method, person, answers)
            if person in STRANGERS and not self._is_open(view, STRANGERS[person]):
                yield from self._too_open(view, method, person, answers)

    def _open(self, client: FlaskClient, method: str, path: str) -> PageAnswer:
        base = self._site.settings.site.base_url
        status = client.open(path, method=method, base_url=base).status_code
        return PageAnswer(path, status, self._failures.take())

    def _is_open(self, view: Callable[..., Any], roles: set[str]) -> bool:
        action = getattr(view, "__permission__", "")
        rules = POLICY.get(self._site).rules.get(action, ())
        return not action or any(known.role in roles and not known.relation for known in rules)

    def _too_open(
        self, view: Callable[..., Any], method: str, person: str, answers: list[PageAnswer]
    ) -> Iterator[Finding]:
        action = getattr(view, "__permission__", "")
        for answer in answers:
            if not answer.has_failed and answer.status not in REFUSALS:
                what = f"{method} {answer.path} opens for {person or 'a visitor'} ({answer.status})"
                why = f"No rule lets them {action!r} this."
                how = f"Ask require(require_member(), {action!r}, row) in the view."
                yield Finding("bronze", what, self._plugin.place(*_place(view)), why, how)

    def _failing(
        self, client: FlaskClient, rule: Rule, method: str, person: str, answers: list[PageAnswer]
    ) -> Iterator[Finding]:
        failed = [answer for answer in answers if answer.has_failed]
        if not failed:
            return
        [path] = visits.paths(self.app, rule)
        nothing = self._open(client, method, path) if rule.arguments else None
        for answer in failed:
            file, line = answer.step(self._plugin)
            key = (rule.rule, method, f"{file}:{line} {type(answer.error)}")
            if key in self._seen:
                # The same line fails for whoever comes, and for each row: once is enough.
                continue
            self._seen.add(key)
            visit = f"{method} {answer.path} for {person or 'a visitor'}"
            how = failures.remedy(self._plugin, answer, answers, nothing, self._made)
            view = _place(self.app.view_functions[rule.endpoint])
            yield failures.finding(self._plugin, visit, view, answer, how)


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
