"""Preparing a site: its secret, tables, classification and its plugins' own keys."""

from __future__ import annotations

from pathlib import Path

import click

from entraide import config, runtime
from entraide.app import (
    check_secret,
    check_start,
    create_site,
    migrate,
    read_settings,
    remember_classification,
)
from entraide.errors import ConfigurationError, DatabaseError
from entraide.plugins import loading
from entraide.runtime import Runtime


def prepare(folder: Path) -> Runtime:
    """Create the secret and the tables of an instance folder; return the open site.

    A plugin whose migration fails is set aside, like one that cannot be loaded.
    Raises DatabaseError when there is data already that only a lost secret can read, and
    ConfigurationError when nothing may start with these settings; neither changes anything.
    """
    settings = read_settings(folder)
    is_new = not settings.secret_file.exists()
    config.create_secret(settings)
    site = create_site(settings)
    try:
        check_start(site)
        migrate(site)
        check_secret(site)
    except (ConfigurationError, DatabaseError):
        site.database.close()
        if is_new:
            # A wrong key that looks right would be worse than none.
            settings.secret_file.unlink()
        raise
    remember_classification(site)
    return site


def run_plugin_inits(recovery_sheet: Path | None) -> None:
    """Run each plugin's own `init` on the active site; the federation's creates its keys."""
    for result in loading.collect(runtime.current().registry, "register_commands"):
        command: click.Command = result.value
        if command.name != "init":
            continue
        takes_sheet = any(parameter.name == "recovery_sheet" for parameter in command.params)
        sheet = ["--recovery-sheet", str(recovery_sheet)] if takes_sheet and recovery_sheet else []
        command.main(sheet, standalone_mode=False)
