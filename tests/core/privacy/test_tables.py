"""Tables rebuilt from what was stored about them: read without any model, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    Uuid,
    insert,
    select,
)

from entraide.database import Encrypted
from entraide.database.columns import Number, UtcDateTime
from entraide.ids import new_id
from entraide.privacy.tables import name_of_type, rebuild

KEY = new_id()
VALUES = {
    "encrypted": (Encrypted(), "canari secret"),
    "moment": (UtcDateTime(), datetime(2026, 11, 22, 9, tzinfo=UTC)),
    "boolean": (Boolean(), True),
    "day": (Date(), date(2026, 11, 22)),
    "float": (Float(), 1.5),
    "integer": (Integer(), 2**31 - 1),
    "json": (JSON(), {"a": [1, None, "é"]}),
    "text": (Text(), "canari"),
    "uuid": (Uuid(), KEY),
}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *((kind, name) for name, (kind, _value) in VALUES.items()),
        (String(20), "text"),
        (BigInteger(), "integer"),
        (Number, "integer"),
        (LargeBinary(), "other"),
        (Numeric(), "other"),
    ],
)
def test_types_are_stored_by_a_name_of_ours(kind, name):
    made = kind() if isinstance(kind, type) else kind
    assert name_of_type(made) == name


@pytest.fixture
def stored(session):
    """Give the description of a table that holds one value of each type."""
    columns = [Column(name, kind) for name, (kind, _value) in VALUES.items()]
    table = Table("box_all", MetaData(), *columns)
    table.create(session.connection())
    session.execute(insert(table).values({name: value for name, (_kind, value) in VALUES.items()}))
    return {"box_all": {"columns": {name: {"type": name} for name in VALUES}}}


def test_each_value_comes_back_as_it_was_written(session, stored):
    table = rebuild(session, stored)["box_all"]
    row = session.execute(select(table)).mappings().one()
    assert dict(row) == {name: value for name, (_kind, value) in VALUES.items()}


def test_an_encrypted_value_is_not_what_lies_in_the_file(session, stored):
    stored["box_all"]["columns"]["encrypted"]["type"] = "other"
    table = rebuild(session, stored)["box_all"]
    assert "canari" not in str(session.scalar(select(table.c.encrypted)))


def test_a_type_of_a_later_release_is_read_as_it_comes(session, stored):
    stored["box_all"]["columns"]["text"]["type"] = "poem"
    table = rebuild(session, stored)["box_all"]
    assert session.scalar(select(table.c.text)) == "canari"


def test_only_what_is_described_and_there_is_rebuilt(session, stored):
    described = stored | {"box_gone": {"columns": {"a": {"type": "text"}}}}
    del described["box_all"]["columns"]["text"]
    described["box_all"]["columns"]["later"] = {"type": "text"}
    tables = rebuild(session, described)
    assert set(tables) == {"box_all"}
    assert set(tables["box_all"].c.keys()) == set(VALUES) - {"text"}
