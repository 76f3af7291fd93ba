"""What plugins have stored: `entraide plugins uninstall`, `restore` and `orphans`."""

from __future__ import annotations

from pathlib import Path

import click

from entraide import app, clock, database, runtime
from entraide.cli.agreeing import require_yes
from entraide.cli.plugins import plugins, reopen
from entraide.database import migrations
from entraide.errors import BadInput
from entraide.plugins import loading, stored

__all__ = ["plugins"]

ARCHIVE = click.option(
    "--archive",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the archive is written (default: archives/ in the site's state).",
)
YES = click.option("--yes", is_flag=True, help="Do it without being asked.")


@plugins.command("uninstall")
@click.argument("name")
@ARCHIVE
@YES
def uninstall(name: str, archive: Path | None, *, yes: bool) -> None:
    """Switch a plugin off, write what it stored into one archive, and take its tables away."""
    app.check_tables(runtime.current())
    what = _distributions().get(name)
    place = archive or _place(name)
    if what is None:
        raise BadInput(f"{name} is not installed, or has no tables. See: entraide plugins orphans")
    if not yes:
        require_yes(f"Take the tables of {name} away, after writing {place}?")
    counts = stored.uninstall(name, what, place)
    # Server and workers follow within a second; what of it is listed leaves the lists now.
    reopen()
    _report(counts, place)


@plugins.command("restore")
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore(source: Path) -> None:
    """Put back what an archive of `uninstall` holds, of this site or another; then switch it on."""
    app.check_tables(runtime.current())
    name = stored.restore(source, _distributions())
    is_on = name in runtime.current().settings.plugins
    remedy = "" if is_on else f" Switch it on: entraide plugins enable {name}"
    click.echo(f"The rows are back.{remedy}")


@plugins.group("orphans", invoke_without_command=True)
@click.pass_context
def orphans(ctx: click.Context) -> None:
    """List the tables of plugins that are not installed any more."""
    if ctx.invoked_subcommand is None:
        for name, tables in _orphans().items():
            click.echo(f"{name}: {', '.join(tables) or 'a version table only'}")


@orphans.command("export")
@click.argument("name")
@ARCHIVE
def export(name: str, archive: Path | None) -> None:
    """Write the archive of a plugin that is gone; its tables stay."""
    _require_orphan(name)
    place = archive or _place(name)
    with database.reading() as session:
        _report(stored.export_plugin(session, name, place), place)


@orphans.command("erase")
@click.argument("name")
@ARCHIVE
@YES
def erase(name: str, archive: Path | None, *, yes: bool) -> None:
    """Write the archive of a plugin that is gone, and take its tables away."""
    _require_orphan(name)
    place = archive or _place(name)
    if not yes:
        require_yes(f"Take the tables of {name} away, after writing {place}?")
    _report(stored.uninstall(name, None, place), place)


def _orphans() -> dict[str, list[str]]:
    with database.reading() as session:
        return stored.orphans(session)


def _require_orphan(name: str) -> None:
    if name not in (known := _orphans()):
        raise BadInput(f"{name} is no orphan. These are: {', '.join(known) or 'none'}.")


def _distributions() -> dict[str, migrations.Distribution]:
    sources = loading.available(runtime.current().settings.folder)
    packages = {name: source for name, source in sources.items() if isinstance(source, str)}
    known = {name: migrations.distribution(package, name) for name, package in packages.items()}
    return {name: what for name, what in known.items() if what is not None}


def _place(name: str) -> Path:
    # The second matters: what was restored and uninstalled again keeps its first archive.
    moment = clock.now().strftime("%Y-%m-%d-%H%M%S")
    return runtime.current().settings.state / "archives" / f"{name}-{moment}.zip"


def _report(counts: dict[str, int], place: Path) -> None:
    for table, count in counts.items():
        click.echo(f"{table}: {count} rows")
    click.echo(f"{place}: in clear, and readable by its owner only. Keep it safe.")
