"""What a plugin's own tests assert with one line: its tables, its pages."""

from __future__ import annotations

from sqlalchemy import inspect

from entraide import database
from entraide.app import distributions
from entraide.database import migrations
from entraide.kit import drift
from entraide.kit.accessible import barriers
from entraide.runtime import Runtime


def migrate_roundtrip(site: Runtime, plugin: str) -> None:
    """Take a plugin's tables away and bring them back; AssertionError unless they equal its models."""
    own = next((known for known in distributions(site) if known.name == plugin), None)
    if own is None:
        raise AssertionError(f"{plugin} has no migrations on this site")
    package = site.registry.modules[plugin].__name__
    migrations.downgrade(site.database, own)
    there = set(inspect(site.database.engine).get_table_names())
    if left := [table.name for table in database.tables_of(package) if table.name in there]:
        raise AssertionError(f"the table {left[0]} stays: drop it in downgrade()")
    migrations.upgrade(site.database, own)
    script = drift.compare(site, plugin, package)
    if not drift.is_empty(script):
        raise AssertionError(f"models and migrations differ:\n{drift.written(script)[0]}")


def assert_accessible(html: str) -> None:
    """Raise AssertionError, with one line for each, when a page has barriers that its HTML shows."""
    if sentences := barriers(html):
        raise AssertionError("\n".join(sentences))
