"""A new plugin from the templates of this package: files with another name, no network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from entraide.errors import EntraideError
from entraide.i18n import LANGUAGES
from entraide.kit.catalogues import sources, written
from entraide.plugins.loading import BUILT_IN_NAMES

TEMPLATES = Path(__file__).parent / "templates"
CHOICES = ("kind", "pages", "full")
NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
TITLE = re.compile(r"[^\s\"\\{}%<>&'][^\"\\{}%<>&']{0,59}")
"""What a title may not hold would end a string of Python, TOML, Jinja or HTML."""
SAMPLE, SAMPLE_TITLES = "toys", {"en": "Toys", "fr": "Jouets"}


class CannotCreate(EntraideError):
    """The plugin cannot be created like this; the words say what to change."""

    name, status, title = "cannot-create", 422, "The plugin cannot be created like this"


@dataclass(frozen=True)
class NewPlugin:
    """A plugin to be made: its name, its template, its title in each language."""

    name: str
    template: str
    titles: dict[str, str]


def create(plan: NewPlugin, parent: Path) -> Path:
    """Write the plugin into a new folder of its name below `parent`; return the folder.

    CannotCreate when the name or a title cannot be used or the folder exists; nothing is written.
    """
    _check(plan)
    folder = parent / plan.name
    if folder.exists():
        raise CannotCreate(f"{folder} exists already. Choose another name, or --folder.")
    for path, text in files(plan).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    package = folder / f"entraide_{plan.name}"
    (package / "translations").mkdir()
    for language, messages in _catalogues(plan, package).items():
        (package / "translations" / f"{language}.po").write_bytes(written(language, messages))
    return folder


def files(plan: NewPlugin) -> dict[str, str]:
    """Return the text of each file of a plugin but its catalogues, by its path in the folder."""
    made: dict[str, str] = {}
    for root in (TEMPLATES / "common", TEMPLATES / plan.template):
        for path in sorted(root.rglob("*.tmpl")):
            name = path.relative_to(root).as_posix().removesuffix(".tmpl")
            made[name.replace(SAMPLE, plan.name)] = _renamed(plan, path.read_text("utf-8"))
    return made


def _renamed(plan: NewPlugin, text: str) -> str:
    text = text.replace("DISTRIBUTION", plan.name.replace("_", "-"))
    titles = {SAMPLE_TITLES[language]: plan.titles[language] for language in LANGUAGES}
    # In one pass: a title may be the other's sample.
    words = {**titles, SAMPLE: plan.name}
    pattern = "|".join(re.escape(word) for word in words)
    return re.sub(pattern, lambda match: words[match[0]], text)


def _catalogues(plan: NewPlugin, package: Path) -> dict[str, dict[str, str]]:
    lines = (TEMPLATES / plan.template / "words.txt").read_text("utf-8").splitlines()
    pairs = (line.replace("\\n", "\n").split("\t") for line in lines)
    french = {_renamed(plan, source): _renamed(plan, words) for source, words in pairs}
    used = sorted(sources(package))
    return {
        "fr": {source: french[source] for source in used},
        "en": {source: source for source in used},
    }


def _check(plan: NewPlugin) -> None:
    name = plan.name
    if not NAME.fullmatch(name):
        raise CannotCreate(
            f"{name!r} cannot be the name of a plugin: a small letter, then small letters, digits "
            "or _, at most 31 characters. Write for example tool_library."
        )
    if name in BUILT_IN_NAMES or name == "entraide":
        raise CannotCreate(f"{name!r} is taken: it is a part of the core. Choose another.")
    for language, title in plan.titles.items():
        if not TITLE.fullmatch(title):
            raise CannotCreate(
                f"--title-{language}: {title!r} cannot be a title: 1 to 60 characters, "
                "without quotes, braces, &, %, < and >."
            )
