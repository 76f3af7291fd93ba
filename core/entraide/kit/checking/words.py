"""What a plugin says to those who switch it on, and in which languages it speaks."""

from __future__ import annotations

from pathlib import Path

from entraide.errors import EntraideError
from entraide.i18n import LANGUAGES
from entraide.kit import catalogues
from entraide.kit.candidate import Candidate
from entraide.kit.findings import Finding
from entraide.plugins import metadata
from entraide.plugins.files import summary

SHORTEST_README = 200
"""Signs: a heading and two sentences."""


def says_what_it_is(plugin: Candidate) -> list[Finding]:
    """Say what README.md, plugin.toml and py.typed leave out, or the first line of a single file."""
    if plugin.file:
        return _first_line(plugin, plugin.file)
    readme = plugin.project / "README.md"
    found: list[Finding] = []
    if not readme.is_file() or len(readme.read_text("utf-8")) < SHORTEST_README:
        found.append(
            Finding(
                "silver",
                "README.md is missing, or says almost nothing",
                plugin.place(readme),
                "Whoever switches a plugin on reads there what it does and what it keeps of people.",
                f"Write at least {SHORTEST_README} signs: what it is, what is kept, its settings.",
            )
        )
    if not (plugin.folder / "py.typed").is_file():
        found.append(
            Finding(
                "gold",
                "py.typed is missing",
                plugin.place(plugin.folder / "py.typed"),
                "Without it checkers of types do not read the package.",
                "Add an empty file of that name.",
            )
        )
    return found + _metadata(plugin)


def _first_line(plugin: Candidate, file: Path) -> list[Finding]:
    if summary(file):
        return []
    return [
        Finding(
            "silver",
            "the file does not say what it is",
            plugin.place(file, 1),
            "The site shows its first line to whoever chooses plugins.",
            'Write """What it adds.""" as its first line.',
        )
    ]


def _metadata(plugin: Candidate) -> list[Finding]:
    place = plugin.place(plugin.folder / "plugin.toml")
    try:
        about = metadata.read(plugin.name, plugin.source)
    except EntraideError as error:
        return [Finding("bronze", str(error), place, "It cannot be read.", "Correct the file.")]
    missing = [] if about.api else ['api = ">=1.0,<2"']
    for key, texts in (("title", about.title), ("summary", about.summary)):
        missing += [f"[{key}] {language}" for language in LANGUAGES if not texts.get(language)]
    return [
        Finding(
            "silver",
            f"plugin.toml does not say {what}",
            place,
            "The site shows it to whoever chooses plugins, in their language, before it runs.",
            f"Add {what}.",
        )
        for what in missing
    ]


def speaks_both_languages(plugin: Candidate) -> list[Finding]:
    """Name the words that a catalogue lacks, and those that nothing shows any more.

    A single file gives its French itself: catalogue(__name__, fr={...}).
    """
    if plugin.file:
        return _speaks_in_itself(plugin, plugin.file)
    places = catalogues.sources(plugin.folder)
    found: list[Finding] = []
    for language in LANGUAGES:
        path = plugin.folder / "translations" / f"{language}.po"
        spoken = catalogues.read(path)
        found += [
            Finding(
                "silver" if language == "fr" else "gold",
                f"{language}.po has no words for {source!r}",
                plugin.place(plugin.folder / file, line),
                "People read the source's English in the middle of a page.",
                f"Add it to {plugin.place(path)}.",
            )
            for source, (file, line) in places.items()
            if not spoken.get(source)
        ]
        found += [
            Finding(
                "gold",
                f"{language}.po translates {source!r}, which nothing shows",
                plugin.place(path),
                "Words that nobody shows mislead whoever translates.",
                "Take the entry out.",
            )
            for source in spoken
            if source not in places
        ]
    return found


def _speaks_in_itself(plugin: Candidate, file: Path) -> list[Finding]:
    places, spoken = catalogues.sources_of_file(file), catalogues.read_inside(file)
    absent = [
        Finding(
            "silver",
            f"the file has no French for {source!r}",
            plugin.place(file, line),
            "People read the source's English in the middle of a page.",
            f'Add it: _ = catalogue(__name__, fr={{{source!r}: "…"}}).',
        )
        for source, line in places.items()
        if not spoken.get(source)
    ]
    idle = [
        Finding(
            "gold",
            f"the file translates {source!r}, which nothing shows",
            plugin.place(file),
            "Words that nobody shows mislead whoever translates.",
            "Take the entry out.",
        )
        for source in spoken
        if source not in places
    ]
    return absent + idle
