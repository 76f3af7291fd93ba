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
