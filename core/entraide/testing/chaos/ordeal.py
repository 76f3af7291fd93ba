"""A site that lives for a moment while one hook misbehaves: it opens, shows pages, commits, delivers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from structlog.testing import capture_logs

from entraide import asks, audit, database, outbox, policy, runtime
from entraide import hooks as guard
from entraide.app import create_app, jobs_of
from entraide.audit import AuditEntry
from entraide.directory.models import Offer, Organisation
from entraide.enabling import enable, load_settings
from entraide.errors import CONTAINED, HookFailed
from entraide.hook_policies import POLICIES
from entraide.kinds import owner_of
from entraide.members.models import Member
from entraide.plugins import loading
from entraide.runtime import Runtime
from entraide.testing.browsers import browser, log_in
from entraide.testing.chaos.acts import FOREIGN, MARK
from entraide.testing.chaos.examples import arguments
from entraide.testing.chaos.faults import cases, hooks, source
from entraide.testing.chaos.replicas import AFTER, BEFORE, add_neighbour, break_plugin, replica_of
from entraide.testing.chaos.verdicts import Case, Seen, mistakes_in
from entraide.testing.factories import add_member, add_offer, add_organisation
from entraide.web.visitors import cookie_name

OPEN_PAGES = ("/", "/find", "/account")
CLOSED_PAGES = ("/manage", "/admin/plugins")
"""Pages that a member sees, and two that only some roles do."""

NUMBER = 900
"""Of the people of an ordeal; below are those that a test adds by itself."""

NEIGHBOURS = (BEFORE, AFTER)


def assert_contained(
    site: Runtime,
    plugin: str = "",
    *,
    pages: Sequence[str] = (),
    tried: Iterable[tuple[str, str]] | None = None,
) -> None:
    """Let each hook of a plugin, or of one beside it, misbehave in every way: the site must stand.

    Pages answer as before, what the core commits stands, other plugins are heard, nobody may more
    than before, and the log names plugin, hook, file and line. `plugin` is one of the site, "" a
    new one beside it; `pages` are those to look at besides the core's own; `tried` are hooks with
    faults (`cases()`: all). AssertionError with one line for each thing that did not hold.
    """
    ordeal = Ordeal(site, pages)
    mistakes = [
        f"{hook}, {fault}: {words}"
        for hook, fault in (cases() if tried is None else tried)
        for words in ordeal.mistakes_of(hook, fault, plugin)
    ]
    if mistakes:
        raise AssertionError("\n".join(mistakes))


class Ordeal:
    """A site with a member, an organisation and what it is like while nothing misbehaves."""

    def __init__(self, site: Runtime, pages: Sequence[str] = ()) -> None:
        self._site, self._extra = site, tuple(pages)
        self._before: dict[str, Seen] = {}
        with runtime.activate(site):
            with database.writing() as session:
                member = add_member(session, NUMBER)
                email, self._member = member.email, member.id
                author = add_member(session, NUMBER + 1)
                self._organisation = add_organisation(session, NUMBER, author).id
            self._cookie = _cookie_of(log_in(browser(create_app(site)), email), site)

    def mistakes_of(self, hook: str, fault: str, plugin: str = "") -> list[str]:
        """Return what does not hold while `hook` misbehaves, in words; LookupError for no plugin."""
        if plugin and plugin not in self._site.registry.modules:
            raise LookupError(f"the plugin {plugin!r} does not run on this site")
        name = plugin or "chaos"
        if name not in self._before:
            self._before[name] = self._see(Case(name))
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"{name}.py"
            path.write_text(source(hook, fault, name), "utf-8")
            case = Case(name, hook, fault, path)
            seen = self._see(case)
            return list(mistakes_in(case, self._before[name], seen))

    def _see(self, case: Case) -> Seen:
        site, seen = replica_of(self._site), Seen()
        with _contained(), runtime.activate(site), capture_logs() as seen.lines:
            add_neighbour(site, BEFORE)
            if case.path is not None:
                break_plugin(site, case.plugin, case.path)
            add_neighbour(site, AFTER)
            marks = _rows_of(MARK)
            try:
                self._live(site, case, seen)
            except CONTAINED as error:
                seen.mistakes.append(f"{type(error).__name__} came through: {error}")
            seen.has_written = _rows_of(MARK) > marks or _is_member_changed()
        return seen

    def _live(self, site: Runtime, case: Case, seen: Seen) -> None:
        """Let a site ask its plugins at each of its doors."""
        for hook in [case.hook] if case.hook else hooks():
            seen.answers |= _ask_in_transaction(site, hook, case, seen)
        app = _open(site, case.plugin, seen)
        offer = self._publish(seen)
        client = browser(app)
        client.set_cookie(cookie_name(site), self._cookie, domain=_host(site))
        for page in (*OPEN_PAGES, *CLOSED_PAGES, *self._extra):
            seen.pages[page] = client.get(page).status_code
        seen.pages["/offers/…"] = client.get(f"/offers/{offer.id}").status_code
        outbox.deliver_pending()
        asks.health()
        seen.doors = self._doors(case.plugin, offer)

    def _publish(self, seen: Seen) -> Offer:
        """Publish an offer of a neighbour's kind, about which plugins are asked."""
        with database.writing() as session:
            offer = add_offer(session, kind=BEFORE, organisation_id=self._organisation)
        with database.reading() as session:
            if session.get(Offer, offer.id) is None:
                seen.mistakes.append("an offer of another kind was not kept")
        return offer

    def _doors(self, plugin: str, offer: Offer) -> set[tuple[str, str, str]]:
        """Return who may do what to whose thing, of all that is not the plugin's own."""
        with database.reading() as session:
            subjects = {
                "nothing": None,
                "an offer": session.get(Offer, offer.id),
                "an organisation": session.get(Organisation, self._organisation),
            }
            people = {"a visitor": None, "a member": session.get(Member, self._member)}
            return {
                (who, action, what)
                for action in policy.POLICY.get().rules
                if owner_of(action) not in (plugin, *NEIGHBOURS)
                for who, actor in people.items()
                for what, subject in subjects.items()
                if _is_allowed(actor, action, subject)
            }


def _open(site: Runtime, plugin: str, seen: Seen) -> Flask:
    """Take over what plugins register, as a site does that opens; note what neighbours lost."""
    load_settings(site)
    for name in (BEFORE, plugin, AFTER):
        if name in site.registry.modules:
            enable(site, name)
    app = create_app(site, keeps_pages=False)
    brought: dict[str, Iterable[str]] = {
        "job": (owner_of(job.name) for job in jobs_of(site)),
        "command": (
            result.plugin for result in loading.collect(site.registry, "register_commands")
        ),
        "kind": site.kinds,
        "settings": site.plugin_settings,
        "rule": (owner_of(action) for action in policy.POLICY.get().rules),
        "pages": app.blueprints,
        "place": site.registry.modules,
    }
    seen.mistakes += [
        f"{neighbour} lost its {what}"
        for what, owners in brought.items()
        for neighbour in sorted({*NEIGHBOURS} - {*owners})
    ]
    return app


def _ask_in_transaction(
    site: Runtime, hook: str, case: Case, seen: Seen
) -> dict[tuple[str, str], int]:
    """Ask a hook while the core writes; return how many answers each plugin gave."""
    known = site.registry.implementations[hook]
    asked = (BEFORE, case.plugin, AFTER)
    before = _rows_of(hook)
    site.registry.implementations[hook] = [each for each in known if each.plugin in asked]
    with database.writing() as session:
        audit.record(session, actor=None, action=hook, subject=case.plugin)
        answered = [result.plugin for result in _ask(hook, asked)]
    site.registry.implementations[hook] = known
    if _rows_of(hook) != before + 1:
        seen.mistakes.append("what the core wrote was not kept")
    return {(hook, plugin): answered.count(plugin) for plugin in asked}


def _ask(hook: str, plugins: Sequence[str]) -> Iterator[Any]:
    if POLICIES[hook].failure in ("skip", "deny", "next"):
        yield from guard.ask(hook, **arguments(hook))
        return
    # The core tells each of these plugins on its own.
    for plugin in plugins:
        try:
            yield from guard.ask_plugin(plugin, hook, **arguments(hook))
        except HookFailed:
            continue


def _rows_of(action: str) -> int:
    with database.reading() as session:
        rows = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == action)
        return session.scalar(rows) or 0


def _is_member_changed() -> bool:
    with database.reading() as session:
        return FOREIGN in session.scalars(select(Member.language)).all()


def _is_allowed(actor: Member | None, action: str, subject: Any) -> bool:
    try:
        return policy.allowed(actor, action, subject)
    except (AttributeError, TypeError):
        # A relation of the core that is asked about a thing of another sort.
        return False


def _cookie_of(client: FlaskClient, site: Runtime) -> str:
    cookie = client.get_cookie(cookie_name(site), domain=_host(site))
    return cookie.value if cookie else ""


def _host(site: Runtime) -> str:
    return urlsplit(site.settings.site.base_url).hostname or "localhost"


@contextmanager
def _contained() -> Iterator[None]:
    """Contain failures as production does."""
    before = os.environ.get("ENTRAIDE_STRICT", "")
    os.environ["ENTRAIDE_STRICT"] = ""
    try:
        yield
    finally:
        os.environ["ENTRAIDE_STRICT"] = before
