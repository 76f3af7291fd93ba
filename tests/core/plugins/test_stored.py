"""What a plugin stored: archived and taken away in one step, put back, found when it is orphaned."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import event, inspect, select, text, update

from entraide import app as apps
from entraide import database, runtime
from entraide.errors import BadInput, DatabaseError, PluginError
from entraide.live import open_anew
from entraide.members.models import Member
from entraide.plugins import loading, stored
from entraide.plugins.choices import Chosen, list_choices
from entraide.testing import add_member

TOYS = Path(__file__).parents[2] / "plugins" / "flows" / "toys"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def site(install, make_site, database_url):
    """A site on which somebody has a toy and the federation its first rows."""
    install(TOYS, "toys")
    site = make_site(url=database_url, plugins=("toys", "federation"))
    apps.remember_classification(site)
    with runtime.activate(site):
        with database.writing() as session:
            owner = add_member(session)
            toy = import_module("entraide_toys.models").Toy
            session.add(toy(owner_id=owner.id, name="Puzzle", least_age=4))
        yield site


def distribution(site, name):
    return next(what for what in apps.distributions(site) if what.name == name)


def tables(site, prefix):
    with site.database.engine.connect() as connection:
        return {name for name in inspect(connection).get_table_names() if prefix in name}


def layout(site):
    """Every table with its columns, and every index: what a plugin leaves behind would show."""
    with site.database.engine.connect() as connection:
        inspector = inspect(connection)
        return {
            name: (
                sorted(column["name"] for column in inspector.get_columns(name)),
                sorted(str(index["name"]) for index in inspector.get_indexes(name)),
            )
            for name in inspector.get_table_names()
        }


def rows(site, table):
    with site.database.engine.connect() as connection:
        return sorted(
            map(repr, connection.execute(select(text("*")).select_from(text(table))).all())
        )


@pytest.mark.parametrize("name", ["toys", "federation"])
def test_nothing_of_a_plugin_is_left_and_everything_comes_back(site, tmp_path, name):
    own = tables(site, f"{name}_")
    before = {table: rows(site, table) for table in own if table != "toys_toy"}
    everything = layout(site)
    place = tmp_path / "archives" / "first.zip"
    counts = stored.uninstall(name, distribution(site, name), place)
    assert set(counts) == own
    assert tables(site, name) == set()
    assert layout(site) == {key: value for key, value in everything.items() if name not in key}
    assert place.stat().st_mode & 0o077 == 0
    assert stored.restore(place, {name: distribution(site, name)}) == name
    assert {table: rows(site, table) for table in before} == before
    assert layout(site) == everything
    second = stored.uninstall(name, distribution(site, name), tmp_path / "second.zip")
    assert second == counts


def choice_of(site, name):
    with database.reading() as session:
        return {key: row.is_enabled for key, row in list_choices(session).items()}.get(name)


def refused_newer(site, place):
    with site.database.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version_toys SET version_num = '0009'"))
    return DatabaseError, "version 0009, newer than this code"


def refused_unwritable(site, place):
    place.parent.mkdir(parents=True)
    (place.parent / "file").write_text("")
    place.mkdir()
    return BadInput, "cannot be written"


def refused_at_the_end(site, place):
    def die(_connection, _cursor, statement, *_rest):
        if "plugins.uninstall" in str(_rest):
            raise RuntimeError("the journal cannot be written")

    event.listen(site.database.engine, "before_cursor_execute", die)
    return RuntimeError, "the journal"


@pytest.mark.parametrize("refuse", [refused_newer, refused_unwritable, refused_at_the_end])
def test_what_is_refused_has_changed_nothing(site, tmp_path, refuse):
    place = tmp_path / "archives" / "toys.zip"
    error, words = refuse(site, place)
    before, toys = layout(site), rows(site, "toys_toy")
    with pytest.raises(error, match=words):
        stored.uninstall("toys", distribution(site, "toys"), place)
    assert (layout(site), rows(site, "toys_toy")) == (before, toys)
    assert choice_of(site, "toys") is None
    assert not place.is_file()


def test_it_is_off_when_its_tables_are_gone(site, tmp_path):
    stored.uninstall("toys", distribution(site, "toys"), tmp_path / "toys.zip")
    assert choice_of(site, "toys") is False


def test_the_archive_is_read_without_the_plugin(site, tmp_path):
    stored.uninstall("toys", distribution(site, "toys"), tmp_path / "toys.zip")
    with ZipFile(tmp_path / "toys.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        (toy,) = json.loads(archive.read("tables/toys_toy.json"))
    assert manifest["format"] == "entraide-plugin/1"
    assert (manifest["plugin"], manifest["version"]) == ("toys", "0002")
    assert [table["name"] for table in manifest["tables"]] == ["toys_toy", "toys_loan"]
    assert toy["name"] == "Puzzle"


def kill_at(site, number):
    """Let the process die before the statement of this number that writes; return how to stop."""
    count = iter(range(10_000))

    def die(_connection, _cursor, statement, *_rest):
        is_reading = statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "BEGIN"))
        if not is_reading and next(count) == number:
            raise Killed

    event.listen(site.database.engine, "before_cursor_execute", die)
    return lambda: event.remove(site.database.engine, "before_cursor_execute", die)


def test_a_kill_at_any_statement_takes_nothing_away(site, tmp_path):
    place = tmp_path / "toys.zip"
    everything, toys = layout(site), rows(site, "toys_toy")
    for number in range(1000):
        stop = kill_at(site, number)
        try:
            stored.uninstall("toys", distribution(site, "toys"), place)
            break
        except Killed:
            pass
        finally:
            stop()
        assert layout(site) == everything
        assert rows(site, "toys_toy") == toys
    assert number > 2
    assert tables(site, "toys") == set()
    assert [path.name for path in tmp_path.glob("*.part")] == []


REPAIRED = {
    "its version is lost": ["DROP TABLE alembic_version_toys"],
    "its version is empty": ["DELETE FROM alembic_version_toys"],
    "it is from before a migration": ["UPDATE alembic_version_toys SET version_num = '0001'"],
    "a table is lost": ["DROP TABLE toys_loan"],
    "an index is lost": ["DROP INDEX ix_toys_toy_added_at"],
    "all is lost": ["DROP TABLE toys_loan", "DROP TABLE toys_toy"],
}


@pytest.mark.parametrize("case", REPAIRED)
def test_of_a_database_that_somebody_repaired_nothing_is_left_either(site, tmp_path, case):
    with site.database.writer.begin() as connection:
        for statement in REPAIRED[case]:
            connection.execute(text(statement))
    has_toys = "toys_toy" in tables(site, "toys_")
    everything = layout(site)
    counts = stored.uninstall("toys", distribution(site, "toys"), tmp_path / "toys.zip")
    assert counts.get("toys_toy") == (1 if has_toys else None)
    assert layout(site) == {key: value for key, value in everything.items() if "toys" not in key}


@pytest.mark.parametrize("name", ["jobs", "privacy", "help", "plugins"])
def test_tables_of_the_core_are_no_plugins_whatever_it_is_called(site, tmp_path, name):
    everything = layout(site)
    with site.database.writer.begin() as connection:
        connection.execute(text(f"CREATE TABLE alembic_version_{name} (version_num VARCHAR(32))"))
        connection.execute(text(f"CREATE TABLE {name}_own (id INTEGER PRIMARY KEY)"))
    with database.reading() as session:
        assert stored.stored_tables(session)[name] == [f"{name}_own"]
    with pytest.raises(BadInput, match=f"Nothing says what {name}_own holds"):
        stored.uninstall(name, None, tmp_path / "own.zip")
    with site.database.writer.begin() as connection:
        connection.execute(text(f"DROP TABLE {name}_own"))
    assert stored.uninstall(name, None, tmp_path / "own.zip") == {}
    assert layout(site) == everything


def test_an_archive_writes_into_no_table_of_others(site, tmp_path):
    what = {"toys": distribution(site, "toys")}
    table = {"name": "members_member", "rows": 0, "columns": {}}
    manifest = {"format": stored.FORMAT, "plugin": "toys", "version": "0001", "tables": [table]}
    with ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.writestr("tables/members_member.json", "[]")
    stored.uninstall("toys", what["toys"], tmp_path / "toys.zip")
    with pytest.raises(BadInput, match="no table of toys"):
        stored.restore(tmp_path / "evil.zip", what)
    assert tables(site, "toys") == set()


def test_what_cannot_be_put_back_says_why(site, tmp_path):
    place = tmp_path / "toys.zip"
    toys = {"toys": distribution(site, "toys")}
    with pytest.raises(BadInput, match="cannot be read"):
        stored.restore(tmp_path / "nothing.zip", toys)
    with database.reading() as session:
        stored.export_plugin(session, "toys", place)
    with pytest.raises(BadInput, match="already"):
        stored.restore(place, toys)
    with pytest.raises(BadInput, match="not installed"):
        stored.restore(place, {})
    stored.uninstall("toys", toys["toys"], place)
    with database.writing() as session:
        session.execute(text("DELETE FROM members_member"))
    with pytest.raises(BadInput, match="gone"):
        stored.restore(place, toys)
    assert tables(site, "toys") == set()


@pytest.fixture
def moved(install, make_site, database_url, tmp_path):
    """An archive of another site, and a site with the same people where the toys never were on."""
    install(TOYS, "toys")
    first = make_site(name="first", base_url="https://first.example", plugins=("toys",))
    apps.remember_classification(first)
    with runtime.activate(first):
        with database.writing() as session:
            owner = add_member(session)
            toy = import_module("entraide_toys.models").Toy
            session.add(toy(owner_id=owner.id, name="Puzzle", least_age=4))
            identifier = owner.id
        what = {"toys": distribution(first, "toys")}
        stored.uninstall("toys", what["toys"], tmp_path / "toys.zip")
    # Another machine has not loaded them.
    loading.forget_package("entraide_toys")
    site = make_site(url=database_url, plugins=())
    apps.remember_classification(site)
    with runtime.activate(site):
        with database.writing() as session:
            member = add_member(session)
            session.flush()
            session.execute(update(Member).values(id=identifier).where(Member.id == member.id))
        yield site, tmp_path / "toys.zip", what


def _switched_on(site):
    fresh = open_anew(site, Chosen((), {"toys": True}))
    fresh.database.close()
    return fresh


def test_an_archive_moves_to_a_site_where_the_plugin_never_was(moved):
    site, place, what = moved
    assert stored.restore(place, what) == "toys"
    assert len(rows(site, "toys_toy")) == 1
    assert "toys" in _switched_on(site).registry.modules
    assert len(rows(site, "toys_toy")) == 1


def test_an_archive_goes_into_the_empty_tables_of_one_that_is_on(moved):
    site, place, what = moved
    fresh = _switched_on(site)
    everything = layout(site)
    with runtime.activate(fresh):
        assert stored.restore(place, what) == "toys"
        assert layout(site) == everything
        with pytest.raises(BadInput, match=r"has rows here already, in toys_toy.*uninstall toys"):
            stored.restore(place, what)
    fresh.database.close()
    assert len(rows(site, "toys_toy")) == 1


def test_one_that_cannot_be_loaded_says_so(moved, monkeypatch):
    site, place, what = moved
    monkeypatch.setattr(loading, "available", lambda _folder: {"toys": "entraide_no_toys"})
    with pytest.raises(PluginError, match="No module named"):
        stored.restore(place, what)
    assert tables(site, "toys") == set()


def test_a_table_that_the_release_has_no_more_is_named(site, tmp_path):
    place, toys = tmp_path / "toys.zip", {"toys": distribution(site, "toys")}
    stored.uninstall("toys", toys["toys"], place)
    loan = database.metadata.tables["toys_loan"]
    with database.writing() as session:
        session.execute(text("DELETE FROM privacy_snapshot"))
    database.metadata.remove(loan)
    try:
        with pytest.raises(BadInput, match=r"toys_loan is a table of version .* of toys, and not"):
            stored.restore(place, toys)
    finally:
        database.forget_models("entraide_toys")


def test_tables_of_a_package_that_is_gone_are_found_and_erased(site, tmp_path, monkeypatch):
    everything = layout(site)
    known = loading.entry_points
    monkeypatch.setattr(
        loading, "entry_points", lambda group: [p for p in known(group=group) if p.name != "toys"]
    )
    with database.reading() as session:
        assert stored.orphans(session) == {"toys": ["toys_toy", "toys_loan"]}
    counts = stored.uninstall("toys", None, tmp_path / "toys.zip")
    assert counts == {"toys_toy": 1, "toys_loan": 0}
    assert layout(site) == {key: value for key, value in everything.items() if "toys" not in key}
    with database.reading() as session:
        assert stored.orphans(session) == {}


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [
        ("manifest.json", "version", "9999"),
        ("manifest.json", "version", None),
        ("manifest.json", "tables", 7),
        ("manifest.json", "tables", [{"name": "toys_toy"}]),
        ("tables/toys_toy.json", "id", "no uuid"),
        ("tables/toys_toy.json", "nosuch", 1),
        ("tables/toys_toy.json", "name", {"hex": "zz"}),
    ],
)
def test_an_archive_that_somebody_changed_is_refused_in_words(site, tmp_path, file, key, value):
    place, changed = tmp_path / "toys.zip", tmp_path / "changed.zip"
    toys = {"toys": distribution(site, "toys")}
    stored.uninstall("toys", toys["toys"], place)
    with ZipFile(place) as archive, ZipFile(changed, "w") as copy:
        for name in archive.namelist():
            content = json.loads(archive.read(name))
            if name == file:
                (content if isinstance(content, dict) else content[0])[key] = value
            copy.writestr(name, json.dumps(content))
    with pytest.raises(BadInput, match=r"changed\.zip"):
        stored.restore(changed, toys)
    assert tables(site, "toys") == set()
    assert stored.restore(place, toys) == "toys"


def test_a_table_belongs_to_the_longer_of_two_names(site):
    with database.writing() as session:
        session.execute(text("CREATE TABLE alembic_version_toys_box (version_num VARCHAR(32))"))
        session.execute(text("CREATE TABLE toys_box_item (id INTEGER)"))
    with database.reading() as session:
        owned = stored.stored_tables(session)
    assert (owned["toys_box"], set(owned["toys"])) == (["toys_box_item"], {"toys_toy", "toys_loan"})
