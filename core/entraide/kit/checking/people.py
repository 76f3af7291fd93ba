"""What a plugin keeps about people: exported, read by whom its marks say."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

from sqlalchemy import Column

from entraide import app, database
from entraide.classification import Marking
from entraide.kit.candidate import Candidate
from entraide.kit.checking import rows, visits
from entraide.kit.checking.loads import bench
from entraide.kit.findings import Finding
from entraide.privacy.export import export_member


def is_exported(plugin: Candidate) -> list[Finding]:
    """Fill every table with words about a member; name those that their export leaves out."""
    with bench(plugin) as site, TemporaryDirectory() as folder:
        app.remember_classification(site)
        with database.writing() as session:
            made = rows.fill(session, plugin)
        with database.reading() as session:
            archive = export_member(session, made.owner.id, Path(folder) / "export.zip")
        with ZipFile(archive) as opened:
            exported = "".join(opened.read(name).decode() for name in opened.namelist())
    return [
        Finding(
            "silver",
            f"the export of a member lacks {column.table.name}.{column.name}",
            plugin.place(plugin.home("models.py")),
            "Whoever asks for a copy of what is kept about them gets all of it.",
            "Name in the table whose data it is: a column with subject(Member.id).",
        )
        for words, column in made.words.items()
        if rows.is_personal(column) and words not in exported
    ]


def stays_private(plugin: Candidate) -> list[Finding]:
    """Open every page as a stranger and as another member; name what they should not read."""
    with bench(plugin) as site:
        with database.writing() as session:
            made = rows.fill(session, plugin)
            rows.add_person(session, "stranger")
        seen = [
            ("a visitor", {"public"}, list(visits.texts(site, plugin, made))),
            (
                "another member",
                {"public", "members"},
                list(visits.texts(site, plugin, made, "stranger")),
            ),
        ]
    return [
        Finding(
            "bronze",
            f"{who} reads {column.table.name}.{column.name} at {path}",
            plugin.place(plugin.home("views.py")),
            f"Its mark says {_audience(column)}.",
            "Ask require(require_member(), action, row) in the view, or show it to nobody else.",
        )
        for who, audiences, texts in seen
        for path, text in texts
        for words, column in made.words.items()
        if rows.is_personal(column) and _audience(column) not in audiences and words in text
    ]


def _audience(column: Column[Any]) -> str:
    mark: Marking = column.info["mark"]
    return mark.audience
