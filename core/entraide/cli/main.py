"""The root command: chooses the instance, finds plugins' commands, words errors."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import InternalError, OperationalError

from entraide import hook_calls
from entraide.app import check_tables, create_site, read_settings
from entraide.cli import instance, plugin_data, site
from entraide.cli.jobs import jobs
from entraide.cli.ownership import handing_over
from entraide.cli.status import status
from entraide.demo.command import demo
from entraide.errors import ConfigurationError, EntraideError
from entraide.kit.commands import plugin
from entraide.members.commands import token
from entraide.plugins import loading
from entraide.privacy.cli import export_command
from entraide.runtime import Runtime, activate
from entraide.serving import configure_logging

PLAIN = {"init": instance.init, "demo": demo, "plugin": plugin}
"""Commands that run before, or without, a site."""

ON_SITE = {
    "serve": site.serve,
    "worker": site.worker,
    "migrate": site.migrate,
    "seed": site.seed,
    "plugins": plugin_data.plugins,
    "search": site.search,
    "jobs": jobs,
    "token": token,
    "export": export_command,
    "status": status,
}
"""Commands of the core that work on the chosen site."""


NEEDS_NO_TABLES = frozenset({"migrate", "plugins"})


class Commands(click.Group):
    """The core's commands and, under each plugin's name, the plugin's."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the core's commands, and the plugins' when the site can be opened."""
        names = {*PLAIN, *ON_SITE}
        with contextlib.suppress(EntraideError):
            names |= set(_plugin_commands(_site(ctx)))
        return sorted(names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command of the core, or the group of a plugin."""
        known = PLAIN.get(cmd_name) or ON_SITE.get(cmd_name)
        return known or _plugin_commands(_site(ctx)).get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Open the site before one of its commands runs; its help needs none."""
        name, command, rest = super().resolve_command(ctx, args)
        # While a plugin is being written, the site may be one that cannot be opened.
        is_dev = name == "serve" and "--dev" in rest
        if name not in PLAIN and "--help" not in rest and not is_dev:
            opened = _site(ctx)
            if name not in NEEDS_NO_TABLES:
                check_tables(opened)
        return name, command, rest


def _default_instance() -> str:
    return os.environ.get("ENTRAIDE_INSTANCE", ".")


@click.group(cls=Commands)
@click.option(
    "--instance",
    "-i",
    default=_default_instance,
    type=click.Path(path_type=Path),
    show_default="ENTRAIDE_INSTANCE, else this folder",
    is_eager=True,  # --help lists the commands of this instance's plugins.
    help="The instance folder, with its instance.toml.",
)
@click.version_option(package_name="entraide")
def entraide(instance: Path) -> None:  # noqa: ARG001 - read from the context by _site
    """Host a mutual-aid site for lone-parent families."""
    configure_logging()


def main() -> None:
    """Run the command line; a domain error ends with its sentence and status 1."""
    try:
        entraide(standalone_mode=False)
    except ConfigurationError as error:
        click.echo("\n".join(error.mistakes), err=True)
        raise SystemExit(1) from error
    except EntraideError as error:
        click.echo(str(error), err=True)
        raise SystemExit(1) from error
    except (InternalError, OperationalError) as error:
        click.echo(
            f"The database does not work: {error.orig}. Look at [database] url, at the rights of "
            "that file or server, and at the space on its disk.",
            err=True,
        )
        raise SystemExit(1) from error
    except click.Abort as error:
        raise SystemExit(130) from error
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from error


def _site(ctx: click.Context) -> Runtime:
    root = ctx.find_root()
    if root.obj is None:
        folder = Path(root.params.get("instance") or _default_instance())
        settings = read_settings(folder)
        root.with_resource(handing_over(settings.state, settings.folder))
        root.obj = create_site(settings)
        root.call_on_close(root.obj.database.close)
        root.with_resource(activate(root.obj))
    opened: Runtime = root.obj
    return opened


class PluginCommands(click.Group):
    """The commands of one plugin, run as code of it."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command of the plugin."""
        with hook_calls.running(str(self.name)):
            return super().invoke(ctx)


def _plugin_commands(opened: Runtime) -> dict[str, click.Group]:
    groups: dict[str, click.Group] = {}
    for result in loading.collect(opened.registry, "register_commands"):
        group = PluginCommands(result.plugin, help=f"The plugin {result.plugin}.")
        groups.setdefault(result.plugin, group).add_command(result.value)
    return groups
