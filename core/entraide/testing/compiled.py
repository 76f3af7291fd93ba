"""Templates, routes and statements, compiled once per run: each test opens a site of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoints, entry_points
from types import CodeType
from typing import Any, cast

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from entraide.plugins import loading


class CompiledTemplates(BytecodeCache):
    """The code of every template that was shown, by its file and what stands in it."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template the code that an earlier application made of it."""
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        self.codes[bucket.key, bucket.checksum] = bucket.code


class CompiledRule(Rule):
    """A route whose address is built by the function of an earlier route that reads the same."""

    builders: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}  # noqa: RUF012 - shared

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002 - as in Werkzeug
        # It is half of what opening an application costs, and depends on nothing else.
        defaults = tuple((self.defaults or {}).items())
        key = (self.rule, self.merge_slashes, tuple(self._trace), defaults, append_unknown)
        if key not in self.builders:
            self.builders[key] = super()._compile_builder(append_unknown)
        return self.builders[key]


class CompiledStatements:
    """What SQLAlchemy compiled, shared by all engines that speak alike; as one engine keeps it."""

    MOST = 5_000

    def __init__(self) -> None:
        self.caches: dict[DefaultDialect, LRUCache[Any, Any]] = {}

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Let engines find each other's statements; they are kept by dialect, which must be equal."""
        patch.setattr(DefaultDialect, "__eq__", _speaks_like)
        patch.setattr(DefaultDialect, "__hash__", lambda dialect: hash(type(dialect)))
        # Each engine would set its own while it is made; there is no other way in.
        shared = property(self.cache_of, lambda _engine, _own: None)
        patch.setattr(Engine, "_compiled_cache", shared, raising=False)

    def cache_of(self, engine: Engine) -> LRUCache[Any, Any]:
        """Return the statements of all engines with this dialect."""
        dialect = cast("DefaultDialect", engine.dialect)
        if dialect not in self.caches:
            self.caches[dialect] = LRUCache(self.MOST)
        return self.caches[dialect]


def _speaks_like(dialect: DefaultDialect, other: object) -> bool:
    # A statement knows how values of its dialect are written: of ours only JSON has two ways.
    return type(dialect) is type(other) and _json(dialect) is _json(other)


def _json(dialect: object) -> object:
    return getattr(dialect, "_json_serializer", None)


def _read_installed_once(patch: pytest.MonkeyPatch) -> None:
    """Look for plugins among the installed distributions once, as long as the path is the same."""
    path = tuple(sys.path)
    installed = entry_points(group=loading.GROUP)

    def find(*, group: str) -> EntryPoints:
        return installed if tuple(sys.path) == path else entry_points(group=group)

    patch.setattr(loading, "entry_points", find)


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Let every site of the run share what is compiled, and what is installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": CompiledTemplates()})
        patch.setattr(Flask, "url_rule_class", CompiledRule)
        CompiledStatements().install(patch)
        _read_installed_once(patch)
        yield
