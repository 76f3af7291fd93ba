"""Whether a plugin loads: alone, and beside those that are shipped."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from importlib.metadata import entry_points

from entraide.app import create_app, jobs_of
from entraide.errors import CONTAINED, EntraideError
from entraide.kit.candidate import Candidate
from entraide.kit.findings import Finding
from entraide.kit.workbench import workbench
from entraide.plugins import loading, metadata
from entraide.runtime import Runtime

SHIPPED = ("sponsorship", "tutoring", "outings", "federation")


def needed(plugin: Candidate) -> list[str]:
    """Return the plugin after those that it requires."""
    try:
        return [*metadata.read(plugin.name, plugin.source).requires, plugin.name]
    except EntraideError:
        return [plugin.name]


def bench(plugin: Candidate, others: Sequence[str] = ()) -> AbstractContextManager[Runtime]:
    """Give a site with the plugin, what it requires and `others`; see `workbench`."""
    return workbench([*others, *needed(plugin)], plugin.file)


def loads_alone(plugin: Candidate) -> list[Finding]:
    """Say why the plugin does not run on a site without others."""
    return _loads(plugin, needed(plugin), "")


def loads_beside_others(plugin: Candidate) -> list[Finding]:
    """Say why the plugin, or one of the shipped, does not run when all are enabled."""
    absent = absent_of_shipped()
    others = [name for name in SHIPPED if name not in absent and name != plugin.name]
    if not others:
        return []
    found: list[Finding] = []
    for order in ([*others, *needed(plugin)], [*needed(plugin), *others]):
        found = found or _loads(plugin, list(dict.fromkeys(order)), " beside " + ", ".join(others))
    return found


def absent_of_shipped() -> list[str]:
    """Return the shipped plugins that are not installed here: nothing is tried beside them."""
    installed = {point.name for point in entry_points(group=loading.GROUP)}
    return [name for name in SHIPPED if name not in installed]


def _loads(plugin: Candidate, enabled: Sequence[str], beside: str) -> list[Finding]:
    try:
        with workbench(enabled, plugin.file) as site:
            # What is asked last: pages, resources, jobs, commands.
            create_app(site)
            jobs_of(site)
            loading.collect(site.registry, "register_commands")
            there = str(site.settings.plugins_folder)
            # As one file it lies in the folder of the site that lives as long as the check.
            reasons = [
                reason.replace(there, str(plugin.folder))
                for reason in site.registry.quarantined.values()
            ]
    except CONTAINED as error:
        reasons = [f"{type(error).__name__}: {error}"]
    return [
        Finding(
            "bronze",
            f"it does not load{beside}: {reason}",
            plugin.place(plugin.home("__init__.py")),
            "A plugin that does not load is set aside: its pages answer 503.",
            "Do what the sentence says, then check again.",
        )
        for reason in reasons
    ]
