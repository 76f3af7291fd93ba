"""The stored classification and the refusal of what nobody classified."""

from __future__ import annotations

import pytest
from marshmallow import Schema, fields
from sqlalchemy import Column, Integer, MetaData, Table

from entraide import database, privacy
from entraide.kinds import Kind
from entraide.plugins import check
from entraide.privacy import snapshot

from .conftest import KINDS, NOTE, TABLES


def test_the_classification_is_stored_when_it_changed_and_only_then(session):
    session.query(snapshot.PrivacySnapshot).delete()
    assert snapshot.latest(session) == {"tables": {}, "kinds": {}}
    assert privacy.take(session)
    assert not privacy.take(session)
    known = snapshot.latest(session)["tables"]
    assert known["members_member"]["owner"] == "id"
    assert known["members_member"]["columns"]["email"]["category"] == "contact"
    assert known["privacy_snapshot"]["owner"] == ""


def test_what_is_gone_stays_known_and_what_changed_is_new(session):
    snapshot.take(session, TABLES.tables.values(), KINDS)
    assert not snapshot.take(session, [], {})
    smaller = Table("canary_note", MetaData(), Column("id", Integer, info=NOTE.c.person_id.info))
    assert snapshot.take(session, [smaller], {})
    known = snapshot.latest(session)
    assert known["kinds"]["loan"]["fields"]["verdict"]["audience"] == "sealed"
    assert known["tables"]["canary_note"]["columns"]["id"]["kind"] == "subject"
    assert known["tables"]["canary_note"]["columns"]["health"]["purpose"] == "essai de health"


def test_every_table_and_kind_of_the_site_is_classified(site):
    assert check.unclassified(database.metadata.tables.values()) == []
    assert check.unclassified_fields(site.kinds.values()) == []


class LooseSchema(Schema):
    note = fields.String()


@pytest.mark.parametrize("plugin", ["", "outings"])
def test_an_unclassified_column_or_field_is_named_with_its_remedy(plugin):
    table = Table("outings_note", MetaData(), NOTE.c.health._copy(), Column("loose", Integer))
    (column,) = check.unclassified([table, NOTE], plugin)
    assert column.removeprefix("Plugin outings: ").startswith(
        "outings_note.loose is not classified."
    )
    assert "personal(category, purpose=...)" in column
    kinds = [KINDS["loan"], Kind("loose", "Prêt", LooseSchema)]
    (field,) = check.unclassified_fields(kinds, plugin)
    assert "the field note of LooseSchema (kind loose) is not classified" in field
    assert column.startswith("Plugin outings: ") == bool(plugin)
    snapshot_of_loose = snapshot.describe([table], {"loose": kinds[1]})
    assert "loose" not in snapshot_of_loose["tables"]["outings_note"]["columns"]
    assert snapshot_of_loose["kinds"]["loose"]["fields"] == {}


@pytest.mark.parametrize(
    ("old", "new", "merged"),
    [
        ({}, {}, {}),
        ({"a": {"columns": {"x": 1}}}, {}, {"a": {"columns": {"x": 1}}}),
        ({}, {"a": {"columns": {"x": 1}}}, {"a": {"columns": {"x": 1}}}),
        (
            {"a": {"owner": "x", "columns": {"x": 1, "y": 1}}},
            {"a": {"owner": "y", "columns": {"y": 2, "z": 2}}},
            {"a": {"owner": "y", "columns": {"x": 1, "y": 2, "z": 2}}},
        ),
        (
            {"a": {"columns": {}}},
            {"b": {"columns": {}}},
            {"a": {"columns": {}}, "b": {"columns": {}}},
        ),
    ],
)
def test_of_two_descriptions_nothing_is_lost_and_the_newer_is_right(old, new, merged):
    assert snapshot.merge({"tables": old}, {"tables": new}) == {"tables": merged, "kinds": {}}
    renamed = {name: {"fields": about["columns"]} for name, about in old.items()}
    assert snapshot.merge({"kinds": renamed}, {})["kinds"] == renamed


def test_what_was_merged_is_a_copy():
    old = {"tables": {"a": {"columns": {"x": {}}}}}
    snapshot.merge(old, {})["tables"]["a"]["columns"]["y"] = {}
    assert old == {"tables": {"a": {"columns": {"x": {}}}}}


def test_a_mark_says_its_type_and_whom_it_refers_to():
    about = snapshot.describe(TABLES.tables.values(), KINDS)["tables"]
    assert about["canary_note"]["owner"] == "person_id"
    assert about["canary_note"]["columns"]["author_id"] == {
        "kind": "subject",
        "audience": "staff",
        "on_erase": "delete",
        "role": "author",
        "type": "uuid",
        "references": "members_member.id",
    }
    assert about["canary_note"]["columns"]["health"]["type"] == "encrypted"
    assert about["canary_child"]["columns"]["parent_id"]["references"] == "canary_child.id"
    assert about["canary_mail"]["owner"] == ""


def test_the_order_of_tables_is_no_change(session):
    snapshot.take(session, TABLES.tables.values(), KINDS)
    assert not snapshot.take(session, reversed(TABLES.tables.values()), KINDS)
    assert not snapshot.take(session, TABLES.tables.values(), {})


def test_each_change_leaves_the_one_before_it(session):
    before = session.query(snapshot.PrivacySnapshot).count()
    for label in ("Prêt", "Prêts", "Prêt"):
        assert snapshot.take(session, [], {"loan": Kind("loan", label, KINDS["loan"].schema)})
        assert snapshot.latest(session)["kinds"]["loan"]["label"] == label
    assert session.query(snapshot.PrivacySnapshot).count() == before + 3
