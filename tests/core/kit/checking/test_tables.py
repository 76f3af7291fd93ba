"""Columns that hold a choice, on both databases; migrations that meet rows."""

from __future__ import annotations

from importlib import import_module

import pytest
from sqlalchemy import select, text

from entraide import database, runtime
from entraide.kit.candidate import candidate
from entraide.kit.checking.loads import loads_alone
from entraide.kit.checking.tables import leave_no_types, migrate_with_rows
from entraide.kit.next_migration import write_migration
from entraide.testing import add_member, migrate_roundtrip

CHOICES = """
    day: Mapped[Day] = neutral()
    size: Mapped[Literal["small", "large"]] = neutral(server_default="small")
"""
DAY = '''import enum
from typing import Literal
from uuid import UUID


class Day(enum.StrEnum):
    """Days."""

    MONDAY = "monday"
    FRIDAY = "friday"


'''


@pytest.fixture
def with_choices(change):
    """The folder of a plugin with two columns of choices."""
    change("models.py", "from uuid import UUID\n", DAY)
    folder = change("models.py", "    owner: Mapped", f"{CHOICES}    owner: Mapped")
    next((folder / "entraide_tools/migrations/versions").glob("0001*")).unlink()
    with candidate(str(folder)) as plugin:
        path, _unfilled = write_migration(plugin, "first tables")
    assert path.read_text("utf-8").count("sa.String(length=64)") == 2
    return folder


def test_a_choice_is_kept_as_its_value_and_no_type_outlives_the_table(
    with_choices, install, make_site, database_url
):
    install(with_choices, "tools")
    site = make_site(url=database_url, plugins=("tools",))
    models = import_module("entraide_tools.models")
    with runtime.activate(site):
        with database.writing() as session:
            owner = add_member(session)
            for day in ("friday", models.Day.MONDAY):
                row = models.Item(owner_id=owner.id, name="Puzzle", least_age=3, day=day)
                session.add(row)
        with database.reading() as session:
            days = session.execute(text("SELECT day, size FROM tools_item ORDER BY day")).all()
            read = session.scalars(select(models.Item.day).order_by(models.Item.day)).all()
        assert days == [("friday", "small"), ("monday", "small")]
        assert read == [models.Day.FRIDAY, models.Day.MONDAY]
        for _again in range(2):
            migrate_roundtrip(site, "tools")


def test_a_type_of_the_database_is_refused_in_words(change, findings):
    folder = change("models.py", "from uuid import UUID\n", f"from sqlalchemy import Enum\n{DAY}")
    change(
        "models.py",
        "    owner: Mapped",
        "    day: Mapped[Day] = neutral(Enum(Day))\n    owner: Mapped",
    )
    [finding] = findings(loads_alone, folder)
    assert finding.grade == "bronze"
    assert "tools_item.day makes a type of PostgreSQL's own" in finding.what


@pytest.mark.parametrize(
    ("type_", "count"),
    [
        ('sa.Enum("a", "b", name="day")', 1),
        ('postgresql.ENUM("a", name="day")', 1),
        ('sa.Enum("a", "b", name="day", native_enum=False)', 0),
    ],
)
def test_a_migration_that_makes_a_type_is_named(change, findings, type_, count):
    name = "migrations/versions/0001_first_tables.py"
    change(
        name,
        "import sqlalchemy as sa\n",
        "import sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\n",
    )
    folder = change(name, 'sa.Column("name", sa.LargeBinary()', f'sa.Column("name", {type_}')
    found = findings(leave_no_types, folder)
    assert len(found) == count
    assert all("0001_first_tables.py:" in finding.where for finding in found)


ADDED = '''"""Shelves."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("tools_item") as batch_op:
        batch_op.{up}


def downgrade() -> None:
    with op.batch_alter_table("tools_item") as batch_op:
        batch_op.{down}
'''
SHELF = 'add_column(sa.Column("shelf", sa.Text(), {}nullable=False))'


@pytest.mark.parametrize(
    ("up", "down", "where"),
    [
        (SHELF.format(""), 'drop_column("shelf")', "0002_shelves.py:11"),
        (SHELF.format('server_default="A", '), 'drop_column("shelf")', ""),
    ],
)
def test_a_migration_meets_rows(change, findings, up, down, where):
    folder = change(
        "models.py", "    owner: Mapped", "    shelf: Mapped[str] = neutral()\n    owner: Mapped"
    )
    path = folder / "entraide_tools/migrations/versions/0002_shelves.py"
    path.write_text(ADDED.format(up=up, down=down), "utf-8")
    found = findings(migrate_with_rows, folder)
    assert [finding.what.partition(":")[0] for finding in found] == (
        ["migration 0002 fails when the tables hold rows"] if where else []
    )
    assert all(finding.where.endswith(where) for finding in found)


def test_a_way_back_that_rows_do_not_go_is_named(change, findings):
    name = "migrations/versions/0001_first_tables.py"
    folder = change(
        name,
        'sa.Column("added_at"',
        'sa.Column("shelf", sa.Text(), server_default="A"),\n        sa.Column("added_at"',
    )
    path = folder / "entraide_tools/migrations/versions/0002_shelves.py"
    path.write_text(ADDED.format(up='drop_column("shelf")', down=SHELF.format("")), "utf-8")
    [finding] = findings(migrate_with_rows, folder)
    assert "0002 fails when the tables hold rows" in finding.what
