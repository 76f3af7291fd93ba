"""Commands on one site: serve, worker, migrate, seed, search."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from entraide import app, runtime, seeding, serving
from entraide.database.copying import remove_left
from entraide.directory.search import Follower, request_rebuild
from entraide.directory.search.source import ListingSource
from entraide.errors import PluginError
from entraide.gazetteer import territories
from entraide.kit.developing.restarting import Restarter
from entraide.kit.developing.trial_folder import make_trial_folder, read_trial
from entraide.operations import rehearsing
from entraide.operations.words import describe


@click.command()
@click.option(
    "--dev",
    "is_dev",
    is_flag=True,
    help="For whoever writes a plugin: a trial site, made when the folder is empty, that starts "
    "anew when a file changes and shows the hooks of each page.",
)
@click.pass_context
def serve(ctx: click.Context, *, is_dev: bool) -> None:
    """Serve the site until Ctrl-C (with its jobs, unless [server] worker = "separate")."""
    if is_dev:
        serve_while_developing(ctx.find_root().params["instance"])
        return
    site = runtime.current()
    remove_left(rehearsing.place_of(site))
    click.echo(f"{site.settings.site.name}: {site.settings.site.base_url}")
    for name, reason in site.registry.quarantined.items():
        click.echo(f"Plugin {name} is set aside: {reason}", err=True)
    serving.serve(site)


def serve_while_developing(folder: Path) -> None:
    """Serve a trial site, made when the folder is empty; ConfigurationError for a real one."""
    if make_trial_folder(folder):
        click.echo(f"{folder} holds a trial site now: instance.toml, and invented people.")
    read_trial(folder)
    Restarter(folder, click.echo).run()


@click.command()
def worker() -> None:
    """Run the site's jobs until Ctrl-C."""
    site = runtime.current()
    remove_left(rehearsing.place_of(site))
    serving.work(site)


@click.command()
@click.option(
    "--rehearse",
    "is_rehearsal",
    is_flag=True,
    help="Change nothing, and say what it and the next start would do; status 1 if it would not "
    "pass. SQLite: on a copy; PostgreSQL: in one transaction that is undone.",
)
@click.option(
    "--at-most",
    "seconds",
    type=click.FloatRange(1, 3600),
    default=rehearsing.SECONDS,
    show_default=True,
    help="How many seconds a rehearsal on PostgreSQL may hold the tables that it changes.",
)
def migrate(*, is_rehearsal: bool, seconds: float) -> None:
    """Bring the tables of the core and of every plugin up to date."""
    site = runtime.current()
    if is_rehearsal:
        _rehearse(site, seconds)
        return
    remove_left(rehearsing.place_of(site))
    app.check_start(site)
    reasons = app.migrate(site)
    app.remember_classification(site)
    click.echo(
        ", ".join(distribution.name for distribution in app.distributions(site)) + ": up to date"
    )
    if reasons:
        raise PluginError("\n".join(reasons))


def _rehearse(site: runtime.Runtime, seconds: float) -> None:
    # Whoever ends it from outside leaves no copy behind either; no plugin can keep it from ending.
    ends = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.default_int_handler) for number in ends}
    try:
        result = rehearsing.rehearse(site, seconds)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for line in describe(result):
        click.echo(line)
    if not result.would_pass:
        raise SystemExit(1)


@click.command()
def seed() -> None:
    """Load seed.toml into an empty development site."""
    app.check_start(runtime.current())
    is_loaded = seeding.seed()
    click.echo("Examples loaded." if is_loaded else "Nothing to do: no seed.toml, or not empty.")


@click.group()
def search() -> None:
    """Care for the search index."""


@search.command("rebuild")
def rebuild() -> None:
    """Build the search index again from the database; a running worker does it by itself."""
    site = runtime.current()
    folder = site.settings.state / "search"
    request_rebuild(folder)
    follower = Follower(folder, ListingSource(territories.gazetteer()))
    count = follower.step()
    is_ours = follower.is_writer
    follower.close()
    click.echo(f"{count} rows indexed." if is_ours else "A running worker rebuilds the index.")
