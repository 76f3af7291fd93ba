"""`entraide init`: from an empty folder to a site that can be served."""

from __future__ import annotations

from pathlib import Path

import click

from entraide.app import read_settings
from entraide.cli.ownership import handing_over
from entraide.errors import ConfigurationError
from entraide.plugins.loading import available
from entraide.preparing import prepare, run_plugin_inits
from entraide.runtime import activate

TEMPLATE = """\
# The settings of this site. All of them: docs/reference/settings.md

[site]
name = {name}
base_url = {base_url}
territory = [{territory}]
{development}
[plugins]
enabled = [{plugins}]
"""
DEVELOPMENT = """\
development = true

[server]
host = "127.0.0.1"
port = {port}
"""
PORT = 8000
TRIAL = f"http://127.0.0.1:{PORT}"
SHIPPED = ("sponsorship", "tutoring", "outings", "federation")
"""What a new site has switched on, as far as it is installed; others are for who knows them."""


@click.command()
@click.option("--name", default="", help="The site's name, for a new instance.toml.")
@click.option("--base-url", default="", help="Its address, for example https://clamecy.example.")
@click.option("--territory", default="", help="INSEE codes, separated by commas.")
@click.option(
    "--development",
    "is_development",
    is_flag=True,
    help="For a trial on this machine alone, at http://127.0.0.1:8000 unless --base-url says another "
    "port: links of logging in stand on the page /mailbox.",
)
@click.option("--unattended", is_flag=True, help="Ask nothing; missing answers are mistakes.")
@click.option(
    "--recovery-sheet",
    type=click.Path(path_type=Path),
    help="Where to write the recovery sheet (default: it is printed, once).",
)
@click.pass_context
def init(
    ctx: click.Context,
    name: str,
    base_url: str,
    territory: str,
    *,
    is_development: bool,
    unattended: bool,
    recovery_sheet: Path | None,
) -> None:
    """Prepare an instance: settings, keys, tables. Running it again changes nothing."""
    folder: Path = ctx.find_root().params["instance"]
    is_new = not (folder / "instance.toml").exists()
    if is_new:
        if is_development:
            base_url = base_url or TRIAL
        if not unattended:
            name, base_url, territory = _asked(name, base_url, territory)
        _write_settings(folder, name, base_url, territory, is_development=is_development)
    elif is_development:
        words = (
            f"{folder}/instance.toml is there already: put development = true below [site] in it."
        )
        raise ConfigurationError([words])
    try:
        settings = read_settings(folder)
        ctx.with_resource(handing_over(settings.state, folder))
        site = prepare(folder)
    except ConfigurationError:
        if is_new:
            # A wrong answer must not stand in the way of the corrected command.
            (folder / "instance.toml").unlink()
            click.echo(
                f"{folder}/instance.toml was not kept: it would have been made of --name, "
                "--base-url and --territory"
                f"{'' if is_development else ', and for a trial on this machine --development'}. "
                "What stood in it:",
                err=True,
            )
        raise
    for plugin, reason in site.registry.quarantined.items():
        click.echo(f"Plugin {plugin} is set aside: {reason}", err=True)
    with activate(site):
        run_plugin_inits(recovery_sheet)
    click.echo(f"{folder} is ready. Start it: entraide --instance {folder} serve")


def _asked(name: str, base_url: str, territory: str) -> tuple[str, str, str]:
    return (
        name or click.prompt("Name of the site"),
        base_url or click.prompt("Address (https://...)"),
        territory or click.prompt("INSEE codes of the territory, with commas"),
    )


def _write_settings(
    folder: Path, name: str, base_url: str, territory: str, *, is_development: bool
) -> None:
    codes = ", ".join(_quoted(code.strip()) for code in territory.split(",") if code.strip())
    installed = available(folder)
    plugins = ", ".join(_quoted(plugin) for plugin in SHIPPED if plugin in installed)
    port = base_url.rpartition(":")[2]
    folder.mkdir(parents=True, exist_ok=True)
    text = TEMPLATE.format(
        name=_quoted(name),
        base_url=_quoted(base_url),
        territory=codes,
        development=DEVELOPMENT.format(port=port if port.isdecimal() else PORT)
        if is_development
        else "",
        plugins=plugins,
    )
    (folder / "instance.toml").write_text(text, "utf-8")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
