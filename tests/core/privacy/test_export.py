"""The right of access: all of one person, nothing of another, without the plugin's code."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import get_args
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from entraide import clock, database, privacy, runtime
from entraide.audit import AuditEntry
from entraide.classification import Category
from entraide.errors import BadInput, DatabaseError, NotFound
from entraide.ids import new_id
from entraide.privacy import words
from entraide.privacy.cli import export_command
from entraide.testing import add_member, add_offer

OPEN = {
    "nom",
    "item",
    "place",
    "verdict",
    "forgotten",
    "age",
    "body",
    "action",
    "list",
    *get_args(Category),
}

ROOMS = ("members_", "directory_", "help_requests_", "outbox_", "audit_")
"""How the tables of the core begin; a plugin words its own."""


def read(path: Path) -> dict[str, str]:
    with ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def canaries(content: str, name: str) -> set[str]:
    return set(re.findall(rf"canari-(\w+)-{name}", content))


@pytest.mark.parametrize(("name", "other"), ["AB", "BA"])
def test_an_export_has_every_canary_of_its_member_and_none_of_others(
    session, people, tmp_path, name, other
):
    files = read(privacy.export_member(session, people[name].id, tmp_path / "export.zip"))
    data = "".join(content for file, content in files.items() if file.startswith("data/"))
    assert canaries(data, name) == OPEN
    assert canaries(files["index.html"], name) == OPEN
    assert f"canari-bytes-{name}".encode().hex() in data
    everything = "".join(files.values())
    assert canaries(everything, other) == set()
    assert f"canari-bytes-{other}".encode().hex() not in everything
    assert people[other].email not in everything.lower()
    assert str(people[other].id) not in everything


def test_others_are_named_by_their_role_and_sealed_notes_by_a_notice(session, people, tmp_path):
    files = read(privacy.export_member(session, people["A"].id, tmp_path / "export.zip"))
    own, written = json.loads(files["data/canary_note.json"])
    assert own["person_id"] == str(people["A"].id)
    assert own["author_id"] == {"role": "author"}
    assert own["secret"] == {"sealed": "ask your association"}
    assert (written["person_id"], written["author_id"]) == ({"role": "person"}, str(people["A"].id))
    assert written["health"] == {"withheld": "person"}
    assert written["is_done"] is True
    (post,) = json.loads(files["data/canary_post.json"])
    assert post["details"]["verdict"] == "canari-verdict-A"


def test_the_manifest_says_purpose_and_category_and_no_term_that_nothing_keeps(
    session, people, tmp_path
):
    files = read(privacy.export_member(session, people["A"].id, tmp_path / "export.zip"))
    manifest = json.loads(files["manifest.json"])
    assert manifest["member"] == str(people["A"].id)
    assert manifest["created_at"] == clock.rfc3339(clock.now())
    assert manifest["site"]["name"] == "Site Exemple"
    assert manifest["tables"]["canary_note"]["columns"]["health"] == {
        "kind": "personal",
        "category": "health",
        "purpose": "essai de health",
    }
    assert manifest["tables"]["members_member"]["rows"] == 1
    assert list(manifest["kinds"]) == ["loan"]
    assert manifest["not_searchable"] == ["canary_shared"]


def test_the_page_needs_no_other_file_and_escapes_what_people_wrote(session, people, tmp_path):
    people["A"].display_name = "<script>alert(1)</script>"
    files = read(privacy.export_member(session, people["A"].id, tmp_path / "export.zip"))
    page = files["index.html"]
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(src|href|url\()", page)
    assert '<html lang="fr">' in page
    assert "Scellé" in page
    assert "une autre personne (personne concernée)" in page
    assert "santé\u00a0; essai de health</small>" in page
    assert "lisible par" not in page
    assert "P1Y" not in "".join(files.values())
    assert "Objet" in page
    assert "oui" in page


LOAN = '''"""A plugin of one file: what families lend each other."""
from entraide import Kind, fields, hookimpl, parties, public
from marshmallow import Schema

class LoanSchema(Schema):
    item = public(fields.String(), label="Objet")
    place = parties(fields.String(), label="Lieu", category="location")

@hookimpl
def register_kinds():
    yield Kind("loan", "Prêt", LoanSchema)
'''


def test_an_offer_is_exported_after_its_plugin_is_gone(make_site, database_url, tmp_path):
    site = make_site(url=database_url, plugins=("loan",), files={"plugins/loan.py": LOAN})
    payload = {what: f"canari-{what}-A" for what in ("item", "place")}
    with runtime.activate(site):
        with database.writing() as session:
            privacy.take(session)
            member = add_member(session)
            add_offer(session, kind="loan", actor=member, payload=payload)
        site.kinds.clear()
        with database.reading() as session:
            path = privacy.export_member(session, member.id, tmp_path / "export.zip")
    files = read(path)
    assert canaries(files["data/directory_offer.json"], "A") == {"item", "place"}
    assert canaries(files["index.html"], "A") == {"item", "place"}
    assert "Lieu" in files["index.html"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_the_database_no_longer_has_is_left_out(session, people, tmp_path):
    session.execute(text("DROP TABLE canary_mail"))
    session.execute(text("ALTER TABLE canary_note DROP COLUMN health"))
    session.execute(text("ALTER TABLE canary_child DROP COLUMN age"))
    files = read(privacy.export_member(session, people["A"].id, tmp_path / "export.zip"))
    data = "".join(content for file, content in files.items() if file.startswith("data/"))
    assert canaries(data, "A") == OPEN - {"health", "body", "age"}


def test_an_unknown_member_and_a_place_without_folder_are_refused(session, people, tmp_path):
    with pytest.raises(NotFound):
        privacy.export_member(session, new_id(), tmp_path / "export.zip")
    with pytest.raises(BadInput, match="Give another --output"):
        privacy.export_member(session, people["A"].id, tmp_path / "absent" / "export.zip")
    (tmp_path / "folder").mkdir()
    with pytest.raises(BadInput, match="Give another --output"):
        privacy.export_member(session, people["A"].id, tmp_path / "folder")
    assert not list(tmp_path.glob("*.part"))


def test_a_value_of_another_key_stops_the_export(session, people, site, tmp_path):
    site.database.column_key = b"x" * 32
    with pytest.raises(DatabaseError, match=r"secret\.key"):
        privacy.export_member(session, people["A"].id, tmp_path / "export.zip")
    assert not list(tmp_path.glob("*.zip"))


@pytest.fixture
def stored(site):
    """Give a committed member, as the command finds one."""
    with database.writing() as session:
        return add_member(session).email


def test_the_command_finds_a_member_by_address(stored, tmp_path):
    target = tmp_path / "export.zip"
    arguments = ["--member", stored.upper(), "--output", str(target)]
    answer = CliRunner().invoke(export_command, arguments, catch_exceptions=False)
    assert answer.output.startswith(f"{target}: everything about")
    assert stored in read(target)["data/members_member.json"]
    with pytest.raises(BadInput, match="exists already"):
        CliRunner().invoke(export_command, arguments, catch_exceptions=False)


def test_a_place_that_cannot_be_written_is_refused_before_the_journal_says_it(stored, tmp_path):
    arguments = ["--member", stored, "--output", str(tmp_path / "absent" / "export.zip")]
    with pytest.raises(BadInput, match="absent cannot be written"):
        CliRunner().invoke(export_command, arguments, catch_exceptions=False)
    with database.reading() as session:
        assert session.scalars(select(AuditEntry.action)).all() == []


def test_the_command_says_when_nobody_has_the_address(stored, tmp_path):
    arguments = ["--member", f"x{stored}", "--output", str(tmp_path / "export.zip")]
    with pytest.raises(NotFound, match="Check the spelling"):
        CliRunner().invoke(export_command, arguments, catch_exceptions=False)


def test_every_column_and_purpose_of_an_exported_table_has_words(site):
    """In French: who asks for their data reads no name of a column."""
    names, purposes = set(), set()
    for table in database.metadata.tables.values():
        marks = [column.info["mark"] for column in table.columns if "mark" in column.info]
        if table.name.startswith(ROOMS) and any(mark.kind == "personal" for mark in marks):
            names |= {name.replace("_", " ") for name in (table.name, *table.columns.keys())}
            purposes |= {mark.purpose for mark in marks if mark.kind == "personal"}
    assert {"members member", "reason", "is known"} <= names
    assert sorted(names - {str(name.source) for name in words.NAMES}) == []
    assert sorted(purposes - {str(purpose.source) for purpose in words.PURPOSES}) == []
