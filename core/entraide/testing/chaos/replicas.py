"""A second runtime of a site, on which plugins are broken and well-behaved ones added."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from entraide import hookspecs
from entraide.hook_policies import POLICIES
from entraide.hook_registry import Registry
from entraide.hookspecs import hookimpl
from entraide.labels import LABELS, Labels
from entraide.members.suspending import ACCESS_ENDS
from entraide.plugins import loading
from entraide.plugins.icons import ICONS
from entraide.policy import POLICY, Policy
from entraide.runtime import Runtime
from entraide.testing.chaos.acts import FastTimer
from entraide.testing.chaos.examples import example
from entraide.testing.chaos.faults import hooks

BEFORE, AFTER = "chaos_before", "chaos_after"
"""Two well-behaved plugins, asked before and after the one that misbehaves."""


def replica_of(site: Runtime) -> Runtime:
    """Return the site on the same database, with lists of its own of what plugins bring."""
    known = site.registry
    registry = Registry(
        dict(known.modules),
        dict(known.quarantined),
        needs=dict(known.needs),
        well_known=known.well_known,
        decides=known.decides,
        timer=FastTimer(),
    )
    for hook, implementations in known.implementations.items():
        registry.implementations[hook] = list(implementations)
    labels = LABELS.get(site)
    slots = {
        **site.slots,
        POLICY: Policy({action: list(rules) for action, rules in POLICY.get(site).rules.items()}),
        LABELS: Labels(
            dict(labels.mails), dict(labels.actions), dict(labels.scopes), dict(labels.declared_by)
        ),
        ACCESS_ENDS: list(ACCESS_ENDS.get(site)),
        ICONS: dict(ICONS.get(site)),
    }
    return dataclasses.replace(
        site,
        registry=registry,
        slots=slots,
        kinds=dict(site.kinds),
        former_kinds=dict(site.former_kinds),
        plugin_settings=dict(site.plugin_settings),
    )


def add_neighbour(site: Runtime, name: str) -> None:
    """Add a plugin that answers every hook well."""
    module = ModuleType(name)
    for hook in hooks():
        setattr(module, hook, hookimpl(_answering(hook, name)))
    loading.add(site.registry, _manager(), name, module)


def _answering(hook: str, name: str) -> Callable[[], Any]:
    policy = POLICIES[hook]
    # A first result ends the question: who is asked first leaves it to the others. What speaks
    # against saving something would keep the core from saving it.
    is_silent = (policy.is_first_result and name == AFTER) or (
        policy.failure == "deny" and policy.is_iterable
    )
    answer = None if is_silent else example(hook, name)

    def good() -> Any:
        return [answer] if policy.is_iterable and answer is not None else answer

    good.__name__ = hook
    return good


def break_plugin(site: Runtime, name: str, path: Path) -> None:
    """Let the hooks of the file at `path` take the place of a plugin's own, or be a new plugin.

    What the plugin brought before is forgotten, so that it can be enabled again.
    """
    registry = site.registry
    module = registry.modules.get(name)
    own = {
        hook: [implementation for implementation in known if implementation.plugin == name]
        for hook, known in registry.implementations.items()
    }
    registry.forget(name)
    loading.add(registry, _manager(), name, loading.import_plugin(name, path))
    if module is not None:
        broken = vars(registry.modules[name])
        for hook, implementations in own.items():
            registry.implementations[hook] += [] if hook in broken else implementations
        registry.modules[name] = module
    site.kinds = {key: kind for key, kind in site.kinds.items() if kind.plugin != name}
    POLICY.get(site).forget([name])
    LABELS.get(site).forget(name)


def _manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager
