"""The page of the commands: the core's, then each plugin's under its name."""

from __future__ import annotations

from collections.abc import Iterator

import click

from entraide.cli.main import ON_SITE, PLAIN, entraide
from reference_pages.modules import plugins

PATH = "commands.md"

HEAD = """# Commands

`entraide [--instance FOLDER] COMMAND`. The folder is the one with `instance.toml`; without the
option it is `ENTRAIDE_INSTANCE`, else the current folder. Mistakes are sentences on the error
output, with status 1; wrong use has status 2.
"""


def write() -> str:
    """Return the page."""
    return HEAD + "".join(_entry(name, command) for name, command in commands().items())


def commands() -> dict[str, click.Command]:
    """Return every command by its whole name: `init`, `token create`, `federation pull`."""
    found: dict[str, click.Command] = {}
    for name, command in {**PLAIN, **ON_SITE}.items():
        found |= dict(_leaves(name, command))
    for plugin, module in plugins().items():
        for command in getattr(module, "register_commands", tuple)():
            found |= dict(_leaves(f"{plugin} {command.name}", command))
    return found


def _leaves(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield name, command
        return
    if command.invoke_without_command:
        yield name, command
    for word, child in sorted(command.commands.items()):
        yield from _leaves(f"{name} {word}", child)


def _entry(name: str, command: click.Command) -> str:
    with click.Context(command, info_name=f"entraide {name}") as context:
        usage = " ".join(command.collect_usage_pieces(context))
        rows = [_row(one, context) for one in command.params if isinstance(one, click.Option)]
    text = f"\n## `entraide {name}`\n\n    entraide {name} {usage}\n\n{_help(command)}\n"
    return text + (("\n| option | meaning |\n|---|---|\n" + "".join(rows)) if rows else "")


def _help(command: click.Command) -> str:
    return " ".join((command.help or "").split())


def _row(option: click.Option, context: click.Context) -> str:
    names, meaning = option.get_help_record(context) or ("", "")
    return f"| `{names.replace('|', ', ')}` | {meaning} |\n"


def root_options() -> list[str]:
    """Return the options of `entraide` itself."""
    return [name for option in entraide.params for name in option.opts]
