"""What plugins bring to a site that opens: settings, kinds, rules, labels; which of them rest."""

from __future__ import annotations

import dataclasses
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import structlog
from marshmallow import Schema

from entraide import asks, config, database
from entraide.database import Database
from entraide.directory.moderation import idle_dials
from entraide.errors import CONTAINED, ConfigurationError, PluginError
from entraide.kinds import Kind, owner_of
from entraide.labels import LABELS
from entraide.members.suspending import ACCESS_ENDS
from entraide.plugins import check, field_checks, loading, tables
from entraide.plugins.errors import handed_over, place_of_hook
from entraide.plugins.icons import ICONS, Drawing, check_icon, read_icons
from entraide.plugins.loading import set_aside
from entraide.policy import POLICY
from entraide.posting.sides import POST_SIDES
from entraide.privacy import snapshot
from entraide.runtime import Runtime, activate

log = structlog.get_logger("entraide.enabling")


def enable(site: Runtime, name: str) -> None:
    """Take over what one loaded plugin registers; one that fails rests."""
    try:
        module = site.registry.modules[name]
        tables.check_tables(name, module)
        icons = read_icons(name, module)
        with handed_over(name, "register_kinds"):
            _add_kinds(site, name, asks.kinds_of(name), icons)
        ICONS.get(site).update({f"{name}/{key}": drawing for key, drawing in icons.items()})
        with handed_over(name, "register_rules"):
            _add_rules(site, name, module)
        is_built_in = module.__name__ in loading.BUILT_IN
        with handed_over(name, "register_labels"):
            LABELS.get(site).add(name, asks.labels_of(name), is_built_in=is_built_in)
        _collect(site, module)
        _check_storable(site, name, module)
    except CONTAINED as error:
        rest(site, name, error)


def rest(site: Runtime, name: str, error: BaseException) -> None:
    """Set a plugin aside that was enabled already, with everything that it brought."""
    set_aside(site.registry, name, error)
    forget_resting(site)


def forget_resting(site: Runtime) -> None:
    """Take out the kinds and rules of plugins that rest, and what their packages brought."""
    resting = site.registry.quarantined
    site.kinds = {key: kind for key, kind in site.kinds.items() if kind.plugin not in resting}
    for plugin in resting:
        LABELS.get(site).forget(plugin)
    former = site.former_kinds.items()
    site.former_kinds = {old: name for old, name in former if name in site.kinds}
    POLICY.get(site).forget(resting)
    running = {module.__name__ for module in site.registry.modules.values()}
    ends = ACCESS_ENDS.get(site)
    ends[:] = [end for end in ends if end.__module__.rpartition(".")[0] in running]


def load_settings(site: Runtime) -> list[str]:
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
        except CONTAINED as error:
            set_aside(site.registry, name, error)
        else:
            site.plugin_settings[name] = loaded
    return mistakes


def mistakes_of_plugins(settings: config.Settings) -> list[str]:
    """Return what is wrong in the tables of plugins, before any site is opened."""
    registry = loading.load(settings.plugins, settings.folder, settings.disabled)
    site = Runtime(settings, Database("sqlite://"), registry)
    with activate(site):
        return load_settings(site)


def check_dials(site: Runtime) -> None:
    """Refuse a slip in the name of a kind, whose offers would not be read first; tell other names.

    A name that no plugin declares which is on may be that of one that is off, rests or is gone: the
    site starts, and `entraide plugins`, `entraide status` and /manage say it. Where every plugin
    that is installed runs, a name that is almost one of a kind is a slip.
    """
    with activate(site):
        names = idle_dials()
    installed = set(loading.available(site.settings.folder))
    if not site.registry.quarantined and installed <= site.registry.modules.keys():
        _refuse_slips(site, names)
    if names:
        log.warning("dials-without-kind", kinds=names, section="offers")


def _refuse_slips(site: Runtime, names: list[str]) -> None:
    offers, known = site.settings.offers, ", ".join(sorted(site.kinds))
    words = f"is no kind of help of this site. The kinds are: {known}."
    mistakes = [
        config.mistake(site.settings.key_positions, ("offers", key, number), f'"{name}" {words}')
        for key, written in (("read_first", offers.read_first), ("read_always", offers.read_always))
        for number, name in enumerate(written)
        if name in names and get_close_matches(name, site.kinds, 1, cutoff=0.8)
    ]
    if mistakes:
        raise ConfigurationError(mistakes)


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
        for words in kind.workflow.oddities() if kind.workflow else ():
            file, line = place_of_hook(plugin, "register_kinds")
            log.warning(
                "kind-odd", plugin=plugin, kind=kind.name, words=words, file=file, line=line
            )
        icon = check_icon(plugin, kind.name, kind.icon, icons)
        site.kinds[kind.name] = dataclasses.replace(kind, plugin=plugin, icon=icon)
        site.former_kinds |= dict.fromkeys(kind.formerly, kind.name)


def _check_storable(site: Runtime, name: str, module: ModuleType) -> None:
    """Raise what storing the plugin's classification would raise, while it still rests alone."""
    kinds = {key: kind for key, kind in site.kinds.items() if kind.plugin == name}
    snapshot.as_stored(snapshot.describe(database.tables_of(module.__name__), kinds))


AGREE = "It runs without. To agree: [plugins] agreed, see docs/how-to/operate-an-instance.md"


def _add_rules(site: Runtime, plugin: str, module: ModuleType) -> None:
    rules = asks.rules_of(plugin)
    if module.__name__ not in loading.BUILT_IN:
        if foreign := check.foreign_rules(rules, plugin):
            raise PluginError(" ".join(foreign))
        rules = [asks.guarded(plugin, rule) for rule in rules]
        _check_decisions(site, plugin)
    POLICY.get(site).add(rules)


def _check_decisions(site: Runtime, plugin: str) -> None:
    """Refuse to decide about what nobody does; say what the administrator has not agreed to."""
    known = {action for action in POLICY.get(site).rules if owner_of(action) != plugin}
    for action in site.registry.decides.get(plugin, ()):
        if action not in known and action not in ("problems", asks.FEDERATED):
            close = get_close_matches(action, known, 1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise PluginError(
                f"Plugin {plugin}: decides in its plugin.toml names {action!r}, which is no action "
                f"of others on this site.{hint}"
            )
    if missing := asks.not_agreed(plugin):
        log.warning("plugin-not-agreed", plugin=plugin, decides=missing, remedy=AGREE)


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


def _is_package(module: ModuleType) -> bool:
    return hasattr(module, "__path__")


def _exists(module: str) -> bool:
    return find_spec(module) is not None
