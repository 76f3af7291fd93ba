"""Templates and routes, compiled once per run: each test opens an application of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


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


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Let every application of the run share what Jinja and Werkzeug compile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": CompiledTemplates()})
        patch.setattr(Flask, "url_rule_class", CompiledRule)
        yield
