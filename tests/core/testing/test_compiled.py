"""What sites of one run share: what was compiled for engines that speak alike, and nothing else."""

from __future__ import annotations

import json
import sys

import pytest
from sqlalchemy import JSON, create_engine, literal, select

from entraide.plugins import loading


def cache_of(engine):
    return engine._compiled_cache


@pytest.fixture
def engine():
    """Give a function that makes an engine, and gives it back at the end."""
    made = []

    def make(url="sqlite://", **options):
        made.append(create_engine(url, **options))
        return made[-1]

    yield make
    for each in made:
        each.dispose()


def test_engines_that_speak_alike_share_their_statements(engine):
    first, second = engine(), engine()
    assert cache_of(first) is cache_of(second)
    assert cache_of(first.execution_options(entraide_writes=True)) is cache_of(second)
    assert cache_of(first) is not cache_of(engine("postgresql+psycopg://nowhere/x"))


def test_a_statement_compiled_for_one_is_found_by_the_other(engine):
    statement = select(literal("canari").label("statement of two engines"))
    with engine().connect() as connection:
        assert connection.scalar(statement) == "canari"
    known = len(cache_of(engine()))
    with engine().connect() as connection:
        assert connection.scalar(statement) == "canari"
    assert len(cache_of(engine())) == known


def test_values_are_written_as_each_engine_writes_them(engine):
    statement = select(literal({"a": 1}, JSON).label("a value"))
    plain, loud = engine(), engine(json_serializer=lambda value: json.dumps(value).upper())
    for each, expected in ((plain, {"a": 1}), (loud, {"A": 1}), (plain, {"a": 1})):
        with each.connect() as connection:
            assert connection.scalar(statement) == expected


def test_plugins_are_looked_for_again_where_the_path_is_another(tmp_path, monkeypatch):
    shipped = loading.available(tmp_path)
    assert "tutoring" in shipped
    folder = tmp_path / "walks-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: walks\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[entraide]\nwalks = walks\n")
    assert loading.available(tmp_path) == shipped
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    assert loading.available(tmp_path) == shipped | {"walks": "walks"}
