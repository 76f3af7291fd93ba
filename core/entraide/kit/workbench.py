"""A site that lives as long as a command: SQLite in a temporary folder, the plugins asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from entraide import config
from entraide.app import create_site, migrate
from entraide.runtime import Runtime, activate

DATABASE = "site.sqlite"
SETTINGS = """
[site]
name = "Site Exemple"
base_url = "https://site.example"
territory = ["58079"]

[database]
url = "sqlite:///{database}"

[plugins]
enabled = [{plugins}]
"""


@contextmanager
def workbench(plugins: Sequence[str], file: Path | None = None) -> Iterator[Runtime]:
    """Give a migrated site with these plugins, active in the block; nothing of it stays.

    `file` is the one file that one of them is, wherever it lies.
    """
    with TemporaryDirectory(prefix="entraide-kit-") as folder:
        database = Path(folder) / DATABASE
        database.write_bytes(_core_tables())
        if file is not None:
            (Path(folder) / "plugins").mkdir()
            (Path(folder) / "plugins" / file.name).symlink_to(file)
        with _opened(Path(folder), plugins) as site:
            migrate(site)
            with activate(site):
                yield site


@cache
def _core_tables() -> bytes:
    """Return a database with the tables of the core, made once in a run: that takes a second."""
    with TemporaryDirectory(prefix="entraide-kit-") as folder:
        with _opened(Path(folder), ()) as site:
            migrate(site)
        return (Path(folder) / DATABASE).read_bytes()


@contextmanager
def _opened(folder: Path, plugins: Sequence[str]) -> Iterator[Runtime]:
    enabled = ", ".join(f'"{plugin}"' for plugin in plugins)
    text = SETTINGS.format(database=folder / DATABASE, plugins=enabled)
    (folder / "instance.toml").write_text(text, "utf-8")
    settings = config.load(folder, {})
    config.create_secret(settings)
    site = create_site(settings)
    try:
        yield site
    finally:
        site.database.close()
