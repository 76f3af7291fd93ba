"""`entraide plugin`: new, check, migration. They need no site of one's own and no network."""

from __future__ import annotations

from pathlib import Path

import click

from entraide.kit import scaffold
from entraide.kit.candidate import candidate
from entraide.kit.checking import check_plugin
from entraide.kit.next_migration import write_migration


@click.group()
def plugin() -> None:
    """Write a plugin: a first version, its check, its next migration."""


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
    made = scaffold.create(scaffold.NewPlugin(name, template, titles), folder)
    click.echo(f"{made} is written. Next: entraide plugin check {made}")


@plugin.command("check")
@click.argument("target", default=".")
def check(target: str) -> None:
    """Check TARGET, the folder of a plugin or the name of an installed one, and grade it.

    Bronze, silver and gold: docs/reference/plugin-check.md. Status 1 below gold.
    """
    with candidate(target) as chosen:
        report = check_plugin(chosen)
    for finding in report.findings:
        click.echo(f"{finding}\n")
    click.echo(f"{report.plugin}: {report.grade} ({len(report.checks)} checks)")
    if report.findings:
        raise SystemExit(1)


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
