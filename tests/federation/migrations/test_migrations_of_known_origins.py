"""A site that read others before: who answered for itself stays shown, the others are asked first."""

import pytest
from sqlalchemy import text

from entraide.database import Database, migrations

CORE = migrations.distribution("entraide", "entraide")
FEDERATION = migrations.distribution("entraide_federation", "federation")
ORIGIN = (
    "INSERT INTO federation_origin (base, is_own, name, state, reason, pinned_by, keyset_version, "
    "head_seq, live_count, bad_signatures, is_hidden, head_feed_seq) VALUES "
    "(:base, :own, :name, 'live', '', :pin, 1, 1, 1, 0, :no, 7)"
)
SOURCE = (
    "INSERT INTO federation_source (base, role, state, failures, error_name, error, last_success_at) "
    "VALUES (:base, :role, 'live', 0, '', '', :at)"
)
LISTING = (
    "INSERT INTO directory_listing (uid, type, origin, title, summary, territory, payload, lang, "
    "created_at, updated_at) VALUES (:uid, 'offer', :base, 't', '', '[]', '{}', 'fr', :at, :at)"
)
AT = "2026-01-05 10:00:00.000000"
OWN, DIRECT, PINNED, FAR, HUB = (
    f"https://{name}.example" for name in ("own", "direct", "pinned", "far", "hub")
)


@pytest.fixture
def database(database_url):
    opened = Database(database_url)
    migrations.upgrade(opened, CORE)
    migrations.upgrade(opened, FEDERATION, "0003")
    yield opened
    opened.close()


def fill(database, *, has_hub):
    with database.engine.begin() as connection:
        for base, pin in (
            (OWN, "own"),
            (DIRECT, "first use"),
            (FAR, "first use"),
            (PINNED, "configuration"),
        ):
            given = {"base": base, "own": base == OWN, "name": "Nom", "pin": pin, "no": False}
            connection.execute(text(ORIGIN), given)
            connection.execute(text(LISTING), {"uid": f"{base}/1", "base": base, "at": AT})
        for base, role in ((DIRECT, "origin"), (HUB, "hub"))[: 1 + has_hub]:
            connection.execute(text(SOURCE), {"base": base, "role": role, "at": AT})


def listed(database):
    with database.engine.connect() as connection:
        rows = connection.execute(text("SELECT origin FROM directory_listing"))
        return {origin for (origin,) in rows}


def column(database, name):
    with database.engine.connect() as connection:
        rows = connection.execute(text(f"SELECT base, {name} FROM federation_origin"))  # noqa: S608 - a constant
        return dict(map(tuple, rows))


@pytest.mark.parametrize("has_hub", [True, False])
def test_only_whom_a_hub_named_leaves_the_lists(database, has_hub):
    fill(database, has_hub=has_hub)
    migrations.upgrade(database, FEDERATION)
    shown = {OWN, DIRECT, PINNED} if has_hub else {OWN, DIRECT}
    assert listed(database) == shown
    confirmed = column(database, "confirmed_at")
    assert (confirmed[FAR] is None) is has_hub
    assert confirmed[DIRECT] is not None
    suspended = column(database, "suspended_at")
    assert (suspended[FAR] is None) is has_hub
    assert column(database, "met_through")[FAR] == (HUB if has_hub else "")
    assert column(database, "head_feed_seq")[FAR] is None
    migrations.downgrade(database, FEDERATION, "0003")
    migrations.upgrade(database, FEDERATION)
    migrations.check(database, FEDERATION)
