"""Rows that the check makes up: for every type, for what checks and forms say, for rows of the core."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from entraide import database
from entraide.kit.candidate import candidate
from entraide.kit.checking import rows
from entraide.kit.next_migration import write_migration
from entraide.kit.workbench import workbench

IMPORTS = """\
import enum
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from entraide import Answer, Offer, Organisation


class Day(enum.StrEnum):
    \"\"\"Days.\"\"\"

    MONDAY = "monday"
    FRIDAY = "friday"


class Size(enum.Enum):
    \"\"\"Sizes.\"\"\"

    SMALL = 1
    LARGE = 2


"""
TYPES = """
    leaves_at: Mapped[time] = neutral()
    lasts: Mapped[timedelta] = neutral()
    day: Mapped[Day] = neutral()
    size: Mapped[Size] = neutral()
    other: Mapped[Day | None] = neutral()
    colour: Mapped[Literal["red", "green"]] = neutral()
    price: Mapped[Decimal] = neutral()
    weight: Mapped[float] = neutral()
    picture: Mapped[bytes] = neutral()
    tags: Mapped[list[str]] = neutral()
    offer_id: Mapped[UUID] = neutral(ForeignKey(Offer.id, ondelete="CASCADE"))
    organisation_id: Mapped[UUID] = neutral(ForeignKey(Organisation.id, ondelete="CASCADE"))
    answer_id: Mapped[UUID] = neutral(ForeignKey(Answer.id, ondelete="CASCADE"))
"""
CHECKED = """
    state: Mapped[str] = neutral()
    stars: Mapped[int] = neutral()
    other: Mapped[str] = neutral()
    __table_args__ = (
        CheckConstraint("state IN ('it''s', 'kept')", name="state"),
        CheckConstraint("stars BETWEEN 3 AND 5", name="stars"),
        CheckConstraint("other <> '' AND stars < 100", name="other"),
    )
"""
BOTH = """
    first: Mapped[date] = neutral()
    last: Mapped[date] = neutral(example={example})
    __table_args__ = (CheckConstraint("last > first", name="order"),)
"""


@pytest.fixture
def filled(change):
    """Give a function that adds columns to the new plugin and what its first migration writes."""

    def fill(columns, schema=""):
        change("models.py", "from datetime import datetime\nfrom uuid import UUID\n", IMPORTS)
        change("models.py", "    owner: Mapped", f"{columns}    owner: Mapped")
        folder = change(
            "schemas.py", "class ItemSchema(Schema):", f"class ItemSchema(Schema):\n{schema}"
        )
        next((folder / "entraide_tools/migrations/versions").glob("0001*")).unlink()
        with candidate(str(folder)) as plugin:
            write_migration(plugin, "first tables")
        return folder

    return fill


def written(folder):
    """Return the one row of items that a check makes up."""
    with candidate(str(folder)) as plugin, workbench(["tools"]), database.writing() as session:
        made = rows.fill(session, plugin)
        assert made.left_out == {}
        return session.execute(select(database.metadata.tables["tools_item"])).mappings().one()


def test_a_row_is_made_up_for_every_type_and_every_row_of_the_core(filled, checked):
    folder = filled(TYPES)
    assert checked(folder).findings == []
    row = written(folder)
    assert (row["day"], row["size"].value, row["other"], row["colour"]) == (
        "monday",
        1,
        None,
        "red",
    )
    assert (row["tags"], row["offer_id"] is None) == ([], False)


def test_what_the_checks_of_a_table_demand_is_found(filled):
    row = written(filled(CHECKED))
    assert (row["state"], row["stars"]) == ("it's", 3)
    assert row["other"] == "canary-tools_item-other"


def test_choices_bounds_and_communes_of_a_form_are_taken(filled):
    schema = """
    state = fields.one_of([("good", _("Which item?"))])
    stars = fields.Integer(validate=validate.Range(5, 9))
    town = fields.Commune()
"""
    columns = """
    state: Mapped[str] = neutral()
    stars: Mapped[int] = neutral()
    town: Mapped[str] = neutral()
"""
    row = written(filled(columns, schema))
    assert (row["state"], row["stars"], row["town"]) == ("good", 5, "58079")


@pytest.mark.parametrize(
    ("example", "count"), [("None", 1), ("lambda: clock.today() + timedelta(days=1)", 0)]
)
def test_a_table_without_a_row_costs_gold_until_an_example_says_what_it_takes(
    filled, findings, example, count
):
    found = findings(rows.are_made_up, filled(BOTH.format(example=example)))
    assert [finding.grade for finding in found] == ["gold"] * count
    for finding in found:
        assert finding.what.startswith("no row could be made up for tools_item: CHECK")
        assert "example=" in finding.how
        assert finding.where == "entraide_tools/models.py:35"


def test_what_a_page_shows_of_a_table_with_any_type_is_seen(filled, change, checked):
    folder = filled(
        "    leaves_at: Mapped[time] = neutral()\n"
        '    note: Mapped[str] = personal("free_text", audience="staff", example="Appeler la crèche")\n'
    )
    change(
        "views.py",
        '@blueprint.get("/new")',
        '@blueprint.get("/all")\n@permission(None)\ndef everything() -> str:\n'
        '    """Show all."""\n'
        '    return " ".join(item.note for item in session().scalars(select(Item)))\n\n\n'
        '@blueprint.get("/new")',
    )
    report = checked(folder)
    assert report.grade == "none"
    assert "a visitor reads tools_item.note at /tools/all" in [f.what for f in report.findings]


def test_a_row_that_needs_one_of_its_own_table_is_named(filled, findings):
    [finding] = findings(
        rows.are_made_up,
        filled(
            '    parent_id: Mapped[UUID] = neutral(ForeignKey("tools_item.id", ondelete="CASCADE"))\n'
        ),
    )
    assert finding.what == (
        "no row could be made up for tools_item: nothing says what parent_id takes"
    )
