"""What a plugin's own tests assert with one line: its tables, its pages."""

from __future__ import annotations

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
    migrations.downgrade(site.database, own)
    migrations.upgrade(site.database, own)
    script = drift.compare(site, plugin, site.registry.modules[plugin].__name__)
    if not drift.is_empty(script):
        raise AssertionError(f"models and migrations differ:\n{drift.written(script)[0]}")


def assert_accessible(html: str) -> None:
    """Raise AssertionError, with one line for each, when a page has barriers that its HTML shows."""
    if sentences := barriers(html):
        raise AssertionError("\n".join(sentences))
