"""What a plugin says of itself before it is imported: the hook API it wants, the plugins it needs."""

from __future__ import annotations

import importlib.util
import operator
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from entraide.errors import PluginError

CLAUSE = re.compile(r"\s*(>=|<=|==|<|>)\s*(\d{1,4}(?:\.\d{1,4}){0,2})\s*")
COMPARE = {
    ">=": operator.ge, "<=": operator.le, "==": operator.eq, "<": operator.lt, ">": operator.gt,
}  # fmt: skip


@dataclass(frozen=True)
class PluginMetadata:
    """The range of the hook API that a plugin was written for (empty: any) and what it needs."""

    api: str = ""
    requires: tuple[str, ...] = ()


def read(name: str, source: str | Path) -> PluginMetadata:
    """Read `plugin.toml` beside a distribution's module; a single file says nothing.

    PluginError when the file is not TOML or its values have other types.
    """
    path = None if isinstance(source, Path) else _beside(source)
    if path is None or not path.is_file():
        return PluginMetadata()
    try:
        written = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PluginError(f"Plugin {name}: {path}: {error}. Correct the file.") from error
    api, requires = written.get("api", ""), written.get("requires", [])
    is_list = isinstance(requires, list) and all(isinstance(one, str) for one in requires)
    if not isinstance(api, str) or not is_list:
        raise PluginError(
            f'Plugin {name}: {path}: write api = ">=1.0,<2" and requires = ["name", ...].'
        )
    return PluginMetadata(api, tuple(requires))


def accepts(wanted: str, version: str) -> bool:
    """Tell whether `version` lies in a range like `>=1.0,<2`; False when it is not a range."""
    clauses = [CLAUSE.fullmatch(clause) for clause in wanted.split(",")]
    return all(
        clause is not None and COMPARE[clause[1]](_numbers(version), _numbers(clause[2]))
        for clause in clauses
    )


def in_order(enabled: Sequence[str], needs: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the enabled names so that each follows what it needs, else in the given order.

    Names that need one another in a circle come last, in the given order.
    """
    placed: list[str] = []
    waiting = list(dict.fromkeys(enabled))
    while waiting:
        ready = [one for one in waiting if not set(needs.get(one, ())) & set(waiting) - {one}]
        # The first that is ready goes next, so that the order of instance.toml decides the rest.
        chosen = ready[:1] or waiting
        placed += chosen
        waiting = [one for one in waiting if one not in chosen]
    return placed


def _numbers(version: str) -> tuple[int, ...]:
    return (*(int(part) for part in version.split(".")), 0, 0)[:3]


def _beside(module: str) -> Path | None:
    spec = importlib.util.find_spec(module)
    return Path(spec.origin).parent / "plugin.toml" if spec and spec.origin else None
