"""Putting one site together: the only module that knows every other."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import wraps
from importlib import metadata
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import false, select, update

from entraide import asks, config, database, hook_calls, outbox, privacy
from entraide.answers import one_click
from entraide.answers.readers import takes_part
from entraide.database import Database, migrations
from entraide.database.sessions import open_for_writing, take_turn
from entraide.directory.listing.described_kinds import describe_own_kinds
from entraide.directory.offers.renewing import renew_offers
from entraide.directory.pausing import settle_pauses
from entraide.directory.payloads.readers import TAKES_PART
from entraide.directory.search import INDEX, SearchIndex
from entraide.enabling import (
    check_dials,
    enable,
    forget_resting,
    load_settings,
    mistakes_of_plugins,
    rest,
)
from entraide.errors import Busy, ConfigurationError, DatabaseError, PluginError
from entraide.gazetteer.territories import GAZETTEER, open_places
from entraide.help_requests.renewing import renew_requests
from entraide.hook_registry import HookResult
from entraide.jobs.queue import QUEUE, open_queue
from entraide.kinds import Job, JobRun
from entraide.members.callers import check_caller
from entraide.members.models import Member
from entraide.members.sessions import identify
from entraide.plugins import loading, migrating
from entraide.plugins.choices import CHOSEN, TURN, Chosen, choices_at_start
from entraide.plugins.errors import placed
from entraide.privacy import terms
from entraide.runtime import Runtime, activate
from entraide.web import (
    clients,
    compression,
    kept_pages,
    mounting,
    pages,
    problems,
    scopes,
    security,
    static_files,
    templating,
    transactions,
    visitors,
)
from entraide.web.api import install_api

IDLE_SECONDS = 10
"""How often retries are looked for while nobody writes; new events and mails go out at once."""


def read_settings(folder: Path, environment: Mapping[str, str] | None = None) -> config.Settings:
    """Return an instance's settings; ConfigurationError tells plugins' mistakes with the core's."""
    variables = os.environ if environment is None else environment
    return config.load(folder, variables, mistakes_of_plugins, loading.available)


def create_site(settings: config.Settings, choices: Mapping[str, bool] | None = None) -> Runtime:
    """Open a site without HTTP: its database, plugins, kinds, policy and services.

    Plugins that cannot be loaded are set aside; ConfigurationError and DatabaseError stop.
    `choices` (name → on or off) stand over `[plugins] enabled`; without them the database's.
    """
    secret = config.secret(settings)
    opened = Database(settings.database.url, config.derive(secret, "columns"))
    chosen = Chosen(settings.plugins, choices_at_start(opened) if choices is None else choices)
    settings = dataclasses.replace(settings, plugins=chosen.enabled)
    registry = loading.load(settings.plugins, settings.folder, settings.disabled)
    site = Runtime(settings, opened, registry)
    CHOSEN.fill(chosen, site)
    _fill_slots(site, secret)
    with activate(site):
        if mistakes := load_settings(site):
            raise ConfigurationError(mistakes)
        for name in list(registry.modules):
            # One that failed before it may have taken those along that need it.
            if name in registry.modules:
                enable(site, name)
        check_dials(site)
        QUEUE.fill(open_queue(site), site)
    return site


def _fill_slots(site: Runtime, secret: bytes) -> None:
    """Open what the rooms keep for a site; the rest they open themselves when it is asked for."""
    visitors.CSRF_KEY.fill(config.derive(secret, "csrf"), site)
    visitors.IDENTIFY.fill(identify, site)
    one_click.KEY.fill(config.derive(secret, "answers"), site)
    scopes.CHECK_TOKEN.fill(check_caller, site)
    TAKES_PART.fill(takes_part, site)
    GAZETTEER.fill(open_places(site.settings), site)
    INDEX.fill(SearchIndex(site.settings.state / "search"), site)


class Application(Flask):
    """The WSGI application. Its views are plain functions (`mounting` refuses others)."""

    jinja_environment = templating.PageTemplates

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a view or a hook of Flask as it is: to look at each costs more than some do."""
        return func


def create_app(
    instance: Path | Runtime,
    environment: Mapping[str, str] | None = None,
    *,
    keeps_pages: bool = True,
) -> Flask:
    """Return the WSGI application of an instance folder, or of a site that is open already.

    Without `keeps_pages` every page is made anew.
    """
    if isinstance(instance, Path):
        site = create_site(read_settings(instance, environment))
        check_start(site)
        check_tables(site)
    else:
        site = instance
    app = Application("entraide")
    app.extensions["entraide"] = site
    _install(app, site)
    with activate(site):
        mounting.mount_blueprint(app, "members", pages.blueprint)
        mounting.mount(app, site)
        install_api(app, site)
        mounting.mount_resting(app, site)
        forget_resting(site)
    if keeps_pages:
        kept_pages.install(app, site, INDEX.get(site).edition)
    return app


def _install(app: Flask, site: Runtime) -> None:
    """Install what happens before and after every request, in this order."""
    clients.install(app, site.settings.server.proxy_hops)
    transactions.install(app, site)
    # Installed first of those that change an answer, hence asked last: when it is complete.
    compression.install(app)
    static_files.install(app)
    # First of all the visitor's language: refusals are said in it too.
    templating.install(app, site)
    security.install(app, site)
    visitors.install(app, site)
    transactions.install_commit(app)
    problems.install(app)


def jobs_of(site: Runtime) -> list[Job]:
    """Return every periodic job of the site: the core's own, then the plugins' in order."""
    own = [
        Job("outbox.sweep", _sweep, period=1.0, idle_period=IDLE_SECONDS),
        Job("database.checkpoint", lambda _run: site.database.checkpoint(), 5.0, is_local=True),
        Job("privacy.forget", terms.forget_overdue, period=3600),
    ]
    with activate(site):
        results = loading.collect(site.registry, "register_jobs")
        _refuse_taken_jobs(site, {job.name for job in own}, results)
    running = (result for result in results if result.plugin in site.registry.modules)
    return [*own, *(_run_as(result.plugin, result.value) for result in running)]


def _refuse_taken_jobs(site: Runtime, taken: set[str], results: list[HookResult[Job]]) -> None:
    """Set a plugin aside whose job has the name of another one: they would share one lease."""
    for result in results:
        if result.value.name in taken and result.plugin in site.registry.modules:
            words = (
                f"Plugin {result.plugin}: another job is called {result.value.name!r} already. Call "
                f"it {result.plugin}.…"
            )
            rest(site, result.plugin, placed(result.plugin, "register_jobs", PluginError(words)))
        taken.add(result.value.name)


def _run_as(plugin: str, job: Job) -> Job:
    """Return a job that runs as code of its plugin."""

    # Whoever looks for the place of a failure has to see the plugin's function.
    @wraps(job.function)
    def run(run: JobRun) -> None:
        with hook_calls.running(plugin):
            job.function(run)

    return dataclasses.replace(job, function=run)


def _sweep(run: JobRun) -> None:
    outbox.deliver_pending(run.should_stop)


def remember_classification(site: Runtime) -> None:
    """Store how personal data is marked now, so that access works when a plugin is gone.

    When what kinds declare has changed, the rows follow: another name, a newer version, fields
    that are private now, a workflow that came later. Each kind is described for the time in which its
    plugin is off. Kinds whose plugin is off pause, and those that are on again come back.
    """
    with activate(site), database.writing() as session:
        # Server and worker come here at the same moment: the second finds what the first has done.
        take_turn(session, TURN)
        if privacy.take(session):
            renew_offers(session)
            renew_requests(session)
        describe_own_kinds(session)
        settle_pauses(session)


def distributions(site: Runtime) -> list[migrations.Distribution]:
    """Return what has tables on this site: the core first, then plugins in order."""
    modules = site.registry.modules.items()
    plugins = [migrating.distribution_of(name, module) for name, module in modules]
    return [_core(), *(distribution for distribution in plugins if distribution is not None)]


def _core() -> migrations.Distribution:
    core = migrations.distribution("entraide", migrations.CORE)
    if core is None:
        raise DatabaseError("The core's migrations are not installed. Install entraide again.")
    return core


def check_tables(site: Runtime) -> None:
    """Raise DatabaseError unless the core's tables are those of the code and the secret is theirs.

    A plugin whose tables are older, newer or in no migration is set aside.
    """
    migrations.check(site.database, _core())
    check_secret(site)
    check_plugin_tables(site)


def check_plugin_tables(site: Runtime) -> None:
    """Set each plugin aside whose tables are not those of its code."""
    for name, module in list(site.registry.modules.items()):
        try:
            migrating.check(site.database, name, module)
        except PluginError as error:
            rest(site, name, error)


def check_secret(site: Runtime) -> None:
    """Raise DatabaseError when the database was written with another secret than this one."""
    with activate(site), database.reading() as session:
        # Reading one encrypted value is the proof: another key cannot open it.
        session.scalars(select(Member.email).limit(1)).all()


def check_writable(site: Runtime) -> None:
    """Raise DBAPIError when the database may only be read; a busy one may be written later."""
    with activate(site), suppress(Busy):
        try_writing()


def try_writing() -> None:
    """Write nothing into the active site's database; raise Busy, or what else forbids it."""
    with open_for_writing() as session:
        # It changes no row, and is refused all the same: SQLite lets a mere BEGIN pass.
        session.execute(update(Member).where(false()).values(language=Member.language))


def check_start(site: Runtime) -> None:
    """Raise ConfigurationError when a plugin says that nothing may start like this."""
    with activate(site):
        mistakes = [line.words for line in asks.health() if line.stops]
    if mistakes:
        raise ConfigurationError(mistakes)


def migrate(
    site: Runtime, around: Callable[[str], AbstractContextManager[object]] = nullcontext
) -> list[str]:
    """Bring every distribution's tables up to date; return why plugins could not be.

    Such a plugin is set aside and the others go on; DatabaseError when it is the core. The step of
    each distribution runs in the block that `around` gives for its name.
    """
    with around(migrations.CORE):
        has_changed = migrations.upgrade(site.database, _core())
    reasons: list[str] = []
    for name, module in list(site.registry.modules.items()):
        try:
            with around(name):
                has_changed = migrating.upgrade(site.database, name, module) or has_changed
        except PluginError as error:
            reasons.append(str(error))
            rest(site, name, error)
    if has_changed:
        site.database.checkpoint(empties=True)
    return reasons


def versions() -> dict[str, str]:
    """Return the installed versions of the project's distributions, for support."""
    return {
        package.name: package.version
        for package in metadata.distributions()
        if package.name.startswith("entraide")
    }
