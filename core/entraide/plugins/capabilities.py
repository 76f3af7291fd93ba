"""What a plugin brings and what it may do: told before it is switched on, and of what runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy
from marshmallow import Schema

from entraide import asks, config, database, hookspecs, runtime
from entraide.classification import Marking
from entraide.database import Database
from entraide.errors import CONTAINED, ConfigurationError, EntraideError, PluginError, Refused
from entraide.hook_registry import QueryCount, Registry
from entraide.i18n import catalogue
from entraide.kinds import Kind
from entraide.plugins import loading, metadata, tables
from entraide.plugins.choices import CHOSEN, PluginChoice
from entraide.plugins.errors import explain, home_of
from entraide.plugins.grades import LastCheck, digest_of, read_checks, version_of

_ = catalogue("entraide")

CHILD = "child"


@dataclass(frozen=True)
class Capabilities:
    """What one plugin brings: `kinds` of help, `tables`, categories of `personal_data`.

    Derived from its kinds and tables, with what its `plugin.toml` adds. `meets_children`: a kind
    brings people to children, or data about them is kept. `failure` says why it could not be told.
    """

    kinds: tuple[Kind, ...] = ()
    tables: tuple[str, ...] = ()
    personal_data: tuple[str, ...] = ()
    meets_children: bool = False
    outbound_hosts: tuple[str, ...] = ()
    federated_types: tuple[str, ...] = ()
    failure: str = ""


@dataclass(frozen=True)
class PluginState:
    """One plugin of a site: `state` is `running`, `resting` (see `reason`), `changing` or `off`.

    `is_chosen`: an administrator decides, and not instance.toml. `calls`, `seconds`, `queries`,
    `query_seconds` and failures are those of this process since it opened the site. `check` is the
    last one that was kept, `is_checked` whether nothing of the plugin has changed since.
    """

    name: str
    state: str
    reason: str = ""
    is_chosen: bool = False
    about: metadata.PluginMetadata = dataclasses.field(default_factory=metadata.PluginMetadata)
    calls: int = 0
    seconds: float = 0.0
    last_errors: tuple[str, ...] = ()
    failed_at: tuple[float, ...] = ()
    queries: int = 0
    query_seconds: float = 0.0
    version: str = ""
    check: LastCheck | None = None
    is_checked: bool = False


def list_plugins(choices: dict[str, PluginChoice]) -> list[PluginState]:
    """Return every plugin that is installed or enabled: those that are on in order, then by name.

    `choices` are what is chosen now; this process may be about to follow.
    """
    site = runtime.current()
    chosen = CHOSEN.get(site)
    now = dataclasses.replace(chosen, choices={n: row.is_enabled for n, row in choices.items()})
    names = [name for name in site.registry.modules if name not in loading.BUILT_IN_NAMES]
    sources = loading.available(site.settings.folder)
    rest = sorted({*sources, *site.registry.quarantined, *now.enabled} - {*names})
    return [_state_of(name, now.enabled, name in choices) for name in (*names, *rest)]


def _state_of(name: str, enabled: tuple[str, ...], is_chosen: bool) -> PluginState:  # noqa: FBT001
    site = runtime.current()
    is_here = name in site.settings.plugins
    state = "running" if name in site.registry.modules else "resting" if is_here else "off"
    reason = site.registry.quarantined.get(name, "")
    if (name in enabled) != is_here:
        state = "changing"
    counters = [item for (plugin, _), item in site.registry.counters.items() if plugin == name]
    queries = site.registry.queries.get(name, QueryCount())
    source = loading.available(site.settings.folder).get(name)
    check = read_checks(site.settings.state).get(name) if source else None
    return PluginState(
        name,
        state,
        reason,
        is_chosen,
        _about(name),
        sum(counter.calls for counter in counters),
        sum(counter.seconds for counter in counters),
        tuple(counter.last_error for counter in counters if counter.last_error),
        tuple(sorted(moment for counter in counters for moment in counter.failures)),
        queries.queries,
        queries.seconds,
        version_of(source) if source else "",
        check,
        is_checked=check is not None and source is not None and check.digest == digest_of(source),
    )


def _about(name: str) -> metadata.PluginMetadata:
    source = loading.available(runtime.current().settings.folder).get(name)
    try:
        return metadata.read(name, source) if source else metadata.PluginMetadata()
    except (EntraideError, ImportError):
        return metadata.PluginMetadata()


def capabilities_of(name: str) -> Capabilities:
    """Return what a plugin brings; one that does not run is loaded for this question alone.

    Loading runs what stands at the top of its files, and asks it for nothing but its kinds.
    """
    site = runtime.current()
    if name in site.registry.modules:
        module = site.registry.modules[name]
        kinds = [kind for kind in site.kinds.values() if kind.plugin == name]
        return _tell(name, module.__name__, kinds)
    source = loading.available(site.settings.folder).get(name)
    if source is None:
        return Capabilities(failure=f"Plugin {name}: not installed.")
    try:
        with _on_trial(name, source) as module:
            tables.check_tables(name, module)
            return _tell(name, module.__name__, asks.kinds_of(name))
    except CONTAINED as error:
        known = error if isinstance(error, PluginError) else None
        return Capabilities(failure=str(known) if known else explain(name, home_of(source), error))


@contextmanager
def _on_trial(name: str, source: str | Path) -> Iterator[ModuleType]:
    """Load a plugin for one question, on a site beside the running one, active in the block."""
    site, registry = runtime.current(), Registry()
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    module = loading.import_plugin(name, source)
    loading.add(registry, manager, name, module)
    trial = dataclasses.replace(
        site, database=Database("sqlite://"), registry=registry, kinds={}, slots={}
    )
    with runtime.activate(trial):
        yield module


def check_settings(name: str) -> None:
    """Raise Refused when the settings of a plugin that is off are wrong: no site starts with those.

    A plugin that cannot be loaded, or asked for its settings, only rests.
    """
    site = runtime.current()
    source = loading.available(site.settings.folder).get(name)
    if name in site.registry.modules or source is None:
        return
    schema: Any = None
    with suppress(Exception, SystemExit), _on_trial(name, source):
        registry = runtime.current().registry
        results = loading.collect(registry, "register_settings")
        if name in registry.modules:
            schema = next((result.value for result in results), Schema)
    if schema is None:
        return
    try:
        config.load_plugin_settings(site.settings, name, schema)
    except ConfigurationError as error:
        words = "; ".join(error.mistakes)
        raise Refused(
            _("Its settings come first, then a start of the site: %(mistakes)s", mistakes=words)
        ) from error


def _tell(name: str, package: str, kinds: list[Kind]) -> Capabilities:
    about = _about(name).capabilities
    own = [table for table in database.tables_of(package) if table.name.startswith(f"{name}_")]
    marks = [
        *(column.info.get("mark") for table in own for column in table.columns),
        *(field.metadata.get("mark") for kind in kinds for field in kind.schema().fields.values()),
    ]
    kept = {mark.category for mark in marks if isinstance(mark, Marking) and mark.category}
    categories = {*kept, *about.get("personal_data", ())}
    types = [kind.name for kind in kinds if kind.federated]
    return Capabilities(
        tuple(kinds),
        tuple(sorted(table.name for table in own)),
        tuple(sorted(categories)),
        CHILD in categories or any(kind.with_children for kind in kinds),
        about.get("outbound_hosts", ()),
        (*about.get("federated_types", ()), *types),
    )
