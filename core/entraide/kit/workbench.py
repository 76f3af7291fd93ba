"""A site that lives as long as a command: SQLite in a temporary folder, the plugins asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from entraide import config
from entraide.app import create_site, migrate
from entraide.runtime import Runtime, activate

SETTINGS = """
[site]
name = "Site Exemple"
base_url = "https://site.example"
territory = ["58079"]

[plugins]
enabled = [{plugins}]
"""


@contextmanager
def workbench(plugins: Sequence[str]) -> Iterator[Runtime]:
    """Give a migrated site with these plugins, active in the block; nothing of it stays."""
    with TemporaryDirectory(prefix="entraide-kit-") as name:
        folder = Path(name)
        enabled = ", ".join(f'"{plugin}"' for plugin in plugins)
        (folder / "instance.toml").write_text(SETTINGS.format(plugins=enabled), "utf-8")
        settings = config.load(folder, {})
        config.create_secret(settings)
        site = create_site(settings)
        try:
            migrate(site)
            with activate(site):
                yield site
        finally:
            site.database.close()
