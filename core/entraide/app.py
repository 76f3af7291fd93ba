"""Putting one site together: the only module that knows every other."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from flask import Flask
from marshmallow import Schema
from sqlalchemy import false, select, update

from entraide import asks, config, database, outbox, privacy, runtime
from entraide.database import Database, migrations
from entraide.database.sessions import open_for_writing
from entraide.directory.offers.renewing import renew_offers
from entraide.directory.search import INDEX, SearchIndex
from entraide.errors import Busy, ConfigurationError, PluginError
from entraide.gazetteer.territories import GAZETTEER, open_places
from entraide.help_requests.renewing import renew_requests
from entraide.jobs.queue import QUEUE, open_queue
from entraide.kinds import Job, JobRun, Kind
from entraide.labels import LABELS
from entraide.members.callers import check_caller
from entraide.members.models import Member
from entraide.members.sessions import identify
from entraide.members.suspending import ACCESS_ENDS
from entraide.plugins import check, field_checks, loading, tables
from entraide.plugins.icons import ICONS, Drawing, check_icon, read_icons
from entraide.plugins.loading import set_aside
from entraide.policy import POLICY
from entraide.posting.sides import POST_SIDES
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
    return config.load(folder, variables, _mistakes_of_plugins)


def create_site(settings: config.Settings) -> Runtime:
    """Open a site without HTTP: its database, plugins, kinds, policy and services.

    Plugins that cannot be loaded are set aside; ConfigurationError and DatabaseError stop.
    """
    secret = config.secret(settings)
    opened = Database(settings.database.url, config.derive(secret, "columns"))
    registry = loading.load(settings.plugins, settings.folder, settings.disabled)
    site = Runtime(settings, opened, registry)
    _fill_slots(site, secret)
    with activate(site):
        if mistakes := _load_settings(site):
            raise ConfigurationError(mistakes)
        for name in list(registry.modules):
            # One that failed before it may have taken those along that need it.
            if name in registry.modules:
                _enable(site, name)
        _check_dials(site)
        QUEUE.fill(open_queue(site), site)
    return site


def _fill_slots(site: Runtime, secret: bytes) -> None:
    """Open what the rooms keep for a site; the rest they open themselves when it is asked for."""
    visitors.CSRF_KEY.fill(config.derive(secret, "csrf"), site)
    visitors.IDENTIFY.fill(identify, site)
    scopes.CHECK_TOKEN.fill(check_caller, site)
    GAZETTEER.fill(open_places(site.settings), site)
    INDEX.fill(SearchIndex(site.settings.state / "search"), site)


class Application(Flask):
    """The WSGI application. Its views are plain functions (`mounting` refuses others)."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a view or a hook of Flask as it is: to look at each costs more than some do."""
        return func


def create_app(instance: Path | Runtime, environment: Mapping[str, str] | None = None) -> Flask:
    """Return the WSGI application of an instance folder, or of a site that is open already."""
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
        _forget_resting_kinds(site)
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
        return [*own, *(result.value for result in loading.collect(site.registry, "register_jobs"))]


def _sweep(run: JobRun) -> None:
    outbox.deliver_pending(run.should_stop)


def remember_classification(site: Runtime) -> None:
    """Store how personal data is marked now, so that access works when a plugin is gone.

    When what kinds declare has changed, the rows follow: another name, a newer version, fields
    that are private now, a workflow that came later.
    """
    with activate(site), database.writing() as session:
        if privacy.take(session):
            renew_offers(session)
            renew_requests(session)


def distributions(site: Runtime) -> list[migrations.Distribution]:
    """Return what has tables on this site: the core first, then plugins in order."""
    core = migrations.distribution("entraide", "entraide")
    owners = [core] if core else []
    for name, module in site.registry.modules.items():
        own = migrations.distribution(module.__name__, name)
        if own and own.folder != (core.folder if core else None) and _is_package(module):
            owners.append(own)
    return owners


def check_tables(site: Runtime) -> None:
    """Raise DatabaseError unless the tables are those of the code and the secret is theirs."""
    for distribution in distributions(site):
        migrations.check(site.database, distribution)
    check_secret(site)


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


def migrate(site: Runtime) -> None:
    """Bring every distribution's tables up to date."""
    changed = [
        migrations.upgrade(site.database, distribution) for distribution in distributions(site)
    ]
    if any(changed):
        site.database.checkpoint(empties=True)


def versions() -> dict[str, str]:
    """Return the installed versions of the project's distributions, for support."""
    return {
        package.name: package.version
        for package in metadata.distributions()
        if package.name.startswith("entraide")
    }


def _enable(site: Runtime, name: str) -> None:
    try:
        module = site.registry.modules[name]
        tables.check_tables(name, module)
        icons = read_icons(name, module)
        _add_kinds(site, name, asks.kinds_of(name), icons)
        ICONS.get(site).update({f"{name}/{key}": drawing for key, drawing in icons.items()})
        _add_rules(site, name, module)
        is_built_in = module.__name__ in loading.BUILT_IN
        LABELS.get(site).add(name, asks.labels_of(name), is_built_in=is_built_in)
        _collect(site, module)
    except Exception as error:  # noqa: BLE001 - quarantine whatever a plugin raises
        set_aside(site.registry, name, error)
        _forget_resting_kinds(site)


def _forget_resting_kinds(site: Runtime) -> None:
    resting = site.registry.quarantined
    site.kinds = {key: kind for key, kind in site.kinds.items() if kind.plugin not in resting}
    for plugin in resting:
        LABELS.get(site).forget(plugin)
    former = site.former_kinds.items()
    site.former_kinds = {old: name for old, name in former if name in site.kinds}


def _load_settings(site: Runtime) -> list[str]:
    """Load the table of every plugin; return the mistakes of all of them."""
    mistakes: list[str] = []
    schemas = {
        result.plugin: result.value
        for result in loading.collect(site.registry, "register_settings")
    }
    for name in list(site.registry.modules):
        # A plugin without settings has an empty table: any key in it is one too many.
        schema = schemas.get(name, Schema)
        try:
            loaded = config.load_plugin_settings(site.settings, name, schema)
        except ConfigurationError as error:
            mistakes += error.mistakes
        except Exception as error:  # noqa: BLE001 - quarantine whatever a plugin raises
            set_aside(site.registry, name, error)
        else:
            site.plugin_settings[name] = loaded
    return mistakes


def _mistakes_of_plugins(settings: config.Settings) -> list[str]:
    registry = loading.load(settings.plugins, settings.folder, settings.disabled)
    site = Runtime(settings, Database("sqlite://"), registry)
    with activate(site):
        return _load_settings(site)


def _add_kinds(site: Runtime, plugin: str, kinds: list[Kind], icons: dict[str, Drawing]) -> None:
    if missing := check.unclassified_fields(kinds=kinds, plugin=plugin):
        raise PluginError(" ".join(missing))
    if wrong := [
        *field_checks.unfit_fields(kinds=kinds, plugin=plugin),
        *check.unread_fields(kinds=kinds, plugin=plugin),
    ]:
        raise PluginError(" ".join(wrong))
    for kind in kinds:
        for name in (kind.name, *kind.formerly):
            if known := site.kinds.get(site.former_kinds.get(name, name)):
                raise PluginError(
                    f"Plugin {plugin}: the kind {name!r} is declared by {known.plugin} already. "
                    "Choose another name, and leave it out of formerly."
                )
        icon = check_icon(plugin, kind.name, kind.icon, icons)
        site.kinds[kind.name] = dataclasses.replace(kind, plugin=plugin, icon=icon)
        site.former_kinds |= dict.fromkeys(kind.formerly, kind.name)


def _add_rules(site: Runtime, plugin: str, module: ModuleType) -> None:
    rules = asks.rules_of(plugin)
    if module.__name__ not in loading.BUILT_IN:
        if foreign := check.foreign_rules(rules, plugin):
            raise PluginError(" ".join(foreign))
        rules = [asks.guarded(plugin, rule) for rule in rules]
    POLICY.get(site).add(rules)


def _collect(site: Runtime, module: ModuleType) -> None:
    # Sides of posting and what ends with an account are found by the name of their file, like models.
    if not _is_package(module):
        return
    if _exists(f"{module.__name__}.sides"):
        sides: Any = import_module(f"{module.__name__}.sides")
        POST_SIDES.get(site).update(sides.SIDES)
    if _exists(f"{module.__name__}.access_ends"):
        ends: Any = import_module(f"{module.__name__}.access_ends")
        ACCESS_ENDS.get(site).append(ends.end_access)


def _check_dials(site: Runtime) -> None:
    """Refuse the name of a kind that no plugin declares: its offers would not be read first."""
    if site.registry.quarantined:
        # Whoever repairs a plugin must not have to change the settings for it first.
        return
    offers, key_positions = site.settings.offers, site.settings.key_positions
    known = ", ".join(sorted(site.kinds)) or "none"
    words = f"is no kind of help of this site. The kinds are: {known}."
    mistakes = [
        config.mistake(key_positions, ("offers", key, number), f'"{name}" {words}')
        for key, names in (("read_first", offers.read_first), ("read_always", offers.read_always))
        for number, name in enumerate(names)
        if runtime.kind_name(name) not in site.kinds
    ]
    if mistakes:
        raise ConfigurationError(mistakes)


def _is_package(module: ModuleType) -> bool:
    return hasattr(module, "__path__")


def _exists(module: str) -> bool:
    return find_spec(module) is not None
