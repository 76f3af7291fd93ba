"""`entraide plugins`: what is installed, what it brings, switching it on and off."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import suppress

import click
from sqlalchemy.exc import OperationalError

from entraide import app, asks, database, runtime
from entraide.cli.agreeing import require_yes
from entraide.directory.moderation import idle_dials
from entraide.errors import ConfigurationError, DatabaseError, NotFound
from entraide.live import open_anew
from entraide.plugins import loading
from entraide.plugins.capabilities import (
    Capabilities,
    PluginState,
    capabilities_of,
    check_settings,
    list_plugins,
)
from entraide.plugins.choices import (
    CHOSEN,
    Chosen,
    check_choice,
    choices_at_start,
    choose,
    list_choices,
    read_choices,
)


@click.group(invoke_without_command=True)
@click.pass_context
def plugins(ctx: click.Context) -> None:
    """List the plugins of this site, and switch them on and off; without a word after it: list."""
    if ctx.invoked_subcommand is None:
        for line in describe():
            click.echo(line)


@plugins.command("list")
def list_all() -> None:
    """List the plugins of this site, as `plugins` does without a word after it."""
    for line in describe():
        click.echo(line)


@plugins.command("show")
@click.argument("name")
def show(name: str) -> None:
    """Say of one plugin what the list says, and what it would bring if it is off."""
    state = next((known for known in _states() if known.name == name), None)
    if state is None:
        raise NotFound(f"There is no plugin {name}. See: entraide plugins list")
    for line in _describe(state):
        click.echo(line)
    if state.state == "off":
        able = capabilities_of(name)
        for line in (able.failure,) if able.failure else _facts(able):
            click.echo(f"    {line}")


def describe() -> Iterator[str]:
    """Yield the lines of the list: the core's features, then each plugin with what it brings."""
    states = _states()
    modules = runtime.current().registry.modules
    yield from (f"{name}  enabled" for name in modules if name in loading.BUILT_IN_NAMES)
    for state in states:
        yield from _describe(state)
    yield from loading.unread_files(runtime.current().settings.folder)
    if names := idle_dials():
        yield f"[offers]: {IDLE}: {', '.join(names)}"


def _states() -> list[PluginState]:
    """Return every plugin, when all was asked of them that a start asks."""
    site = runtime.current()
    # Before the tables are made, nothing can be said about those of plugins.
    with suppress(DatabaseError, OperationalError):
        app.check_tables(site)
    # A plugin may fail in what is asked of it last: its pages, its jobs, its commands.
    app.create_app(site)
    app.jobs_of(site)
    loading.collect(site.registry, "register_commands")
    choices = {}
    if choices_at_start(site.database):
        with database.reading() as session:
            choices = list_choices(session)
    return list_plugins(choices)


IDLE = "no plugin that is on declares these kinds, read first once one does"
STATES = {"running": "enabled", "resting": "set aside", "off": "off", "changing": "changing"}


def _describe(state: PluginState) -> Iterator[str]:
    language = runtime.current().settings.site.language
    by = "chosen" if state.is_chosen else "instance.toml" if state.state != "off" else "not chosen"
    start = f"{state.name}  {STATES[state.state]}"
    yield f"{start}: {state.reason}" if state.reason else f"{start}  {state.about.words(language)}"
    yield f"    decided by: {by}; hook API: {state.about.api or 'any'}"
    if state.state == "running":
        yield from (f"    {line}" for line in _facts(capabilities_of(state.name)))
        if agreed := asks.decides_about(state.name):
            yield f"    decides beyond its own things: {', '.join(agreed)}"
        if missing := asks.not_agreed(state.name):
            words = "asks to decide about, and nobody has agreed ([plugins] agreed)"
            yield f"    {words}: {', '.join(missing)}"
    if state.calls:
        # Those of this command: a server counts its own, and shows them at /admin/plugins.
        errors = "".join(f"; failed: {error}" for error in state.last_errors)
        yield f"    asked by this command: {state.calls} times, {state.seconds * 1000:.1f} ms{errors}"
    if state.queries:
        spent = state.query_seconds * 1000
        yield f"    asked the database in this command: {state.queries} times, {spent:.1f} ms"
    yield f"    {_grade(state)}"


def _grade(state: PluginState) -> str:
    check = state.check
    if check is None:
        return f"grade: not checked on this site. Run: entraide plugin check {state.name}"
    version = f", version {check.version}" if check.version else ""
    changed = "" if state.is_checked else "; it has changed since: check it again"
    return f"grade: {check.grade}, checked {check.checked_at:%Y-%m-%d}{version}{changed}"


def _facts(able: Capabilities) -> Iterator[str]:
    hosts = ("those of its settings" if host == "*" else host for host in able.outbound_hosts)
    lists = {
        "kinds of help": [kind.name for kind in able.kinds],
        "personal data": able.personal_data,
        "tables": able.tables,
        "asks other machines": list(hosts),
        "leaves for other sites": able.federated_types,
    }
    yield from (f"{label}: {', '.join(names)}" for label, names in lists.items() if names)
    if able.meets_children:
        yield "children: it brings people to children, or keeps data about them"


@plugins.command("enable")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Agree to what it brings without being asked.")
def enable(name: str, *, yes: bool) -> None:
    """Show what a plugin brings, ask, and switch it on; running processes follow in a second."""
    _require_tables()
    check_choice(name, is_enabled=True)
    able = capabilities_of(name)
    if able.failure:
        raise ConfigurationError([able.failure])
    check_settings(name)
    for line in _facts(able):
        click.echo(line)
    click.echo("A plugin runs inside the site and can read all of its data.")
    if not yes:
        require_yes(f"Switch {name} on?")
    _switch_on(name)
    click.echo(f"{name} is on.")


def _switch_on(name: str) -> None:
    """Open the site with a plugin, and write the choice when it runs: one that fails leaves none."""
    site, before = runtime.current(), CHOSEN.get()
    chosen = dataclasses.replace(before, choices={**read_choices(site.database), name: True})
    fresh = _open_once(chosen)
    if reason := fresh.registry.quarantined.get(name):
        if name not in before.enabled:
            # Its kinds may have come back for a moment: the lists are made as they were.
            _open_once(before)
        raise ConfigurationError([f"{reason} It was not switched on."])
    with database.writing() as session:
        choose(session, name=name, is_enabled=True, actor=None)


@plugins.command("disable")
@click.argument("name")
def disable(name: str) -> None:
    """Switch a plugin off: its data is kept, offers and requests of its kinds pause."""
    _require_tables()
    check_choice(name, is_enabled=False)
    _switch(name, is_enabled=False)
    click.echo(
        f"{name} is off. Its data is kept. Switch it on again: entraide plugins enable {name}"
    )


def _require_tables() -> None:
    app.check_tables(runtime.current())


def _switch(name: str, *, is_enabled: bool) -> runtime.Runtime:
    """Write the choice, then open the site with it: its tables and lists agree when this ends."""
    with database.writing() as session:
        choose(session, name=name, is_enabled=is_enabled, actor=None)
    return reopen()


def reopen() -> runtime.Runtime:
    """Open the site with what is chosen now, so that its tables and lists agree; it is closed again."""
    site = runtime.current()
    return _open_once(Chosen(CHOSEN.get(site).written, read_choices(site.database)))


def _open_once(chosen: Chosen) -> runtime.Runtime:
    """Open the site with some plugins as a server does, and close it again."""
    fresh = open_anew(runtime.current(), chosen)
    try:
        app.create_app(fresh)
        app.jobs_of(fresh)
    finally:
        fresh.database.close()
    return fresh
