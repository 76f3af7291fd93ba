"""The federation's tables go up, down and up again on both databases, with rows in them."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

import entraide_federation
from entraide import runtime
from entraide.database import metadata, migrations, tables_of

VERSIONS = Path(entraide_federation.__file__).parent / "migrations/versions"


def differences(database):
    owned = {table.name for table in tables_of("entraide_federation")}

    def is_ours(_object, name, type_, _reflected, _compared):
        return type_ != "table" or name in owned

    options = {"include_object": is_ours, "version_table": "alembic_version_federation"}
    with database.engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


def test_up_down_and_up_again_with_rows(origin_site, publish_all):
    database, ours = (
        origin_site.database,
        migrations.distribution("entraide_federation", "federation"),
    )
    assert ours.folder == VERSIONS.parent
    with runtime.activate(origin_site):
        publish_all()
    for _ in range(2):
        assert differences(database) == []
        with database.engine.connect() as connection:
            indexes = {
                one["name"]: one for one in inspect(connection).get_indexes("federation_origin")
            }
        assert indexes["ix_federation_origin_own"]["unique"]
        migrations.downgrade(database, ours)
        assert not {"federation_own"} & set(inspect(database.engine).get_table_names())
        migrations.upgrade(database, ours)
    migrations.check(database, ours)


def test_the_last_steps_keep_the_rows(origin_site, publish_all):
    """Back to the tables before them, as an older release has them, and up again."""
    database = origin_site.database
    with runtime.activate(origin_site):
        publish_all()
    ours = migrations.distribution("entraide_federation", "federation")
    migrations.downgrade(database, ours, "0002")
    migrations.upgrade(database, ours)
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT seq, reminded_at FROM federation_own")).all() == [
            (0, None)
        ]
        assert connection.execute(text("SELECT is_own FROM federation_origin")).scalar()
