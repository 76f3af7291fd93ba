"""`entraide plugin`: new, check, messages, migration. They need no site of one's own and no network."""

from __future__ import annotations

from pathlib import Path

import click

from entraide.app import read_settings
from entraide.errors import ConfigurationError
from entraide.kit import catalogues, scaffold
from entraide.kit.candidate import Candidate, candidate
from entraide.kit.catalogues import apostrophes
from entraide.kit.checking import check_plugin
from entraide.kit.checking.loads import absent_of_shipped
from entraide.kit.next_migration import write_migration
from entraide.plugins.grades import keep_check
from entraide.plugins.loading import available


@click.group()
def plugin() -> None:
    """Write a plugin: a first version, its check, its words, its next migration."""


@plugin.command("new")
@click.argument("name")
@click.option(
    "--template",
    type=click.Choice(scaffold.CHOICES),
    default="kind",
    show_default=True,
    help="A type of help; a table with pages; or pages, loans, a job, a box, an API, settings.",
)
@click.option("--title-fr", default="", help="What it is called in French.")
@click.option("--title-en", default="", help="What it is called in English.")
@click.option(
    "--folder",
    default=Path(),
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where its folder is made (default: here).",
)
def new(name: str, template: str, title_fr: str, title_en: str, folder: Path) -> None:
    """Write the files of a new plugin into a folder of its NAME, with tests and both catalogues."""
    spoken = name.replace("_", " ").capitalize()
    titles = {"fr": title_fr or title_en or spoken, "en": title_en or spoken}
    titles = {language: apostrophes(title) for language, title in titles.items()}
    made = scaffold.create(scaffold.NewPlugin(name, template, titles), folder)
    click.echo(f"{made} is written. Next: entraide plugin check {made}")


@plugin.command("check")
@click.argument("target", default=".")
@click.pass_context
def check(ctx: click.Context, target: str) -> None:
    """Check TARGET, a folder, the file of a plugin of one file, or a plugin by its name; grade it.

    Bronze, silver and gold: docs/reference/plugin-check.md. Status 1 below gold. The site of the
    instance folder keeps the grade of a plugin that it could switch on.
    """
    with candidate(target, _instance(ctx)) as chosen:
        report = check_plugin(chosen)
    for finding in report.findings:
        click.echo(f"{finding}\n")
    if absent := absent_of_shipped():
        click.echo(f"not tried: beside {', '.join(absent)}, which are not installed here.")
    for place in report.unseen:
        click.echo(
            f"not tried: no row could be made up for {place}. Try in its tests who reads it."
        )
    click.echo(f"{report.plugin}: {report.grade} ({len(report.checks)} checks)")
    _keep(_instance(ctx), chosen, report.grade)
    if report.findings:
        raise SystemExit(1)


def _keep(instance: Path, chosen: Candidate, grade: str) -> None:
    """Keep a grade where the site's page of plugins reads it, when it is one of its plugins."""
    if not (instance / "instance.toml").is_file():
        return
    try:
        settings = read_settings(instance)
        source = available(settings.folder).get(chosen.name)
        known = source.resolve() if isinstance(source, Path) else source
        if source is not None and known == chosen.source and settings.state.is_dir():
            keep_check(settings.state, chosen.name, grade, source)
    except (ConfigurationError, OSError) as error:
        click.echo(f"The grade was not kept: {error}", err=True)


@plugin.command("messages")
@click.argument("target", default=".")
@click.option(
    "--words",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="French to add: a file of lines, the source's words, a tabulator, the translation.",
)
@click.pass_context
def messages(ctx: click.Context, target: str, files: tuple[Path, ...]) -> None:
    """Bring the catalogues of TARGET, a folder or an installed plugin, up to date with its source.

    No other file is touched. Status 1 while words lack their French, which are listed; of a plugin
    that is one file, which has no catalogue, they are listed only.
    """
    words: dict[str, str] = {}
    for file in files:
        words |= catalogues.words_of(file.read_text("utf-8"))
    with candidate(target, _instance(ctx)) as chosen:
        missing = _update(chosen, words)
    for source in missing:
        click.echo(source)
    if missing:
        place = chosen.place(chosen.home("translations", "fr.po"))
        click.echo(f"Write their French in {place}, then run this again.", err=True)
        raise SystemExit(1)


def _update(chosen: Candidate, words: dict[str, str]) -> list[str]:
    if chosen.file is None:
        return catalogues.update(chosen.folder, words)
    known = catalogues.read_inside(chosen.file)
    return [source for source in catalogues.sources_of_file(chosen.file) if not known.get(source)]


def _instance(ctx: click.Context) -> Path:
    return Path(ctx.find_root().params["instance"])


@plugin.command("migration")
@click.argument("target")
@click.argument("words")
def migration(target: str, words: str) -> None:
    """Write the next migration of TARGET, a folder or an installed plugin; WORDS say what it does."""
    with candidate(target) as chosen:
        path, warnings = write_migration(chosen, words)
    click.echo(f"{path} is written. Read it before you keep it.")
    for sentence in warnings:
        click.echo(sentence, err=True)
