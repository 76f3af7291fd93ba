"""What a plugin says of itself before it is imported: the hook API it wants, the plugins it needs."""

from __future__ import annotations

import importlib.util
import operator
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from entraide.classification import Category
from entraide.errors import PluginError
from entraide.i18n import LANGUAGES
from entraide.plugins.files import summary

CLAUSE = re.compile(r"\s*(>=|<=|==|<|>)\s*(\d{1,4}(?:\.\d{1,4}){0,2})\s*")
KNOWN = ("api", "requires", "well_known", "title", "summary", "capabilities", "decides")
CAPABILITIES = ("personal_data", "outbound_hosts", "federated_types")
DECISION = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*|problems")
FIXED_PATH = re.compile(r"(?:/[A-Za-z0-9._-]+)+/?")
COMPARE = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True)
class PluginMetadata:
    """The range of the hook API that a plugin was written for (empty: any) and what it needs.

    `well_known` lists paths outside `/<plugin>/` where it may have pages; one that ends in a slash
    stands for everything below it. `title` and `summary` say what it is, by language.
    `capabilities` say what neither its kinds nor its tables tell: categories of `personal_data`
    that it handles, `outbound_hosts` that it asks, `federated_types` that it lets out.
    `decides` are actions of others about which it asks to decide, `problems` of what they save, or
    `problems.federated`: of their offers that leave for other sites.
    """

    api: str = ""
    requires: tuple[str, ...] = ()
    well_known: tuple[str, ...] = ()
    title: Mapping[str, str] = field(default_factory=dict)
    summary: Mapping[str, str] = field(default_factory=dict)
    capabilities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    decides: tuple[str, ...] = ()

    def words(self, language: str) -> str:
        """Return in one line what the plugin is, in a language or else in any that it speaks."""
        spoken = [
            texts.get(language) or next(iter(texts.values()), "")
            for texts in (self.title, self.summary)
        ]
        return ": ".join(text for text in spoken if text)


def read(name: str, source: str | Path) -> PluginMetadata:
    """Read `plugin.toml` beside a distribution's module; a single file says its docstring.

    PluginError when the file is not TOML, has unknown keys, or its values have other types.
    """
    if isinstance(source, Path):
        return PluginMetadata(summary={"": summary(source)})
    path = _beside(source)
    if path is None or not path.is_file():
        return PluginMetadata()
    written = _read_toml(name, path)
    api, requires = written.get("api", ""), written.get("requires", [])
    well_known = written.get("well_known", [])
    if not (isinstance(api, str) and _is_texts(requires) and _is_texts(well_known)):
        raise PluginError(
            f'Plugin {name}: {path}: write api = ">=1.0,<2", requires = ["name", ...] and '
            'well_known = ["/path", ...].'
        )
    if odd := [page for page in well_known if not FIXED_PATH.fullmatch(page)]:
        raise PluginError(f"Plugin {name}: {path}: well_known: {odd[0]!r} is no path like /a/b.")
    decides = written.get("decides", [])
    if not _is_texts(decides) or not all(DECISION.fullmatch(action) for action in decides):
        raise PluginError(
            f'Plugin {name}: {path}: decides lists actions of others, such as "directory.publish", '
            "or says problems or problems.federated."
        )
    title, about = (_words(name, path, key, written.get(key, {})) for key in ("title", "summary"))
    able = _capabilities(name, path, written.get("capabilities", {}))
    return PluginMetadata(
        api, tuple(requires), tuple(well_known), title, about, able, tuple(decides)
    )


def _capabilities(name: str, path: Path, lists: Any) -> dict[str, tuple[str, ...]]:
    is_table = isinstance(lists, dict) and set(lists) <= set(CAPABILITIES)
    if not is_table or not all(_is_texts(texts) for texts in lists.values()):
        raise PluginError(
            f"Plugin {name}: {path}: [capabilities] has lists of texts: {', '.join(CAPABILITIES)}."
        )
    if odd := set(lists.get("personal_data", ())) - set(get_args(Category)):
        raise PluginError(
            f"Plugin {name}: {path}: personal_data: {min(odd)!r} is no category. "
            f"The categories are: {', '.join(get_args(Category))}."
        )
    return {key: tuple(texts) for key, texts in lists.items()}


def _words(name: str, path: Path, key: str, texts: Any) -> dict[str, str]:
    is_table = isinstance(texts, dict) and set(texts) <= set(LANGUAGES)
    if not is_table or not _is_texts(list(texts.values())):
        raise PluginError(
            f"Plugin {name}: {path}: [{key}] is a table of a text for each language: "
            f"{', '.join(LANGUAGES)}."
        )
    return dict(texts)


def _read_toml(name: str, path: Path) -> dict[str, Any]:
    try:
        written = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PluginError(f"Plugin {name}: {path}: {error}. Correct the file.") from error
    if unknown := [key for key in written if key not in KNOWN]:
        raise PluginError(
            f"Plugin {name}: {path}: unknown key {unknown[0]!r}. Known: {', '.join(KNOWN)}."
        )
    return written


def covers(paths: Sequence[str], rule: str) -> bool:
    """Return whether the route `rule` is one of `paths`, or lies below one that ends in a slash."""
    return any(rule == path or (path.endswith("/") and rule.startswith(path)) for path in paths)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def file_of(source: str | Path) -> str:
    """Return the file in which a plugin says what it is."""
    return str(source if isinstance(source, Path) else _beside(source) or source)


def is_range(versions: str) -> bool:
    """Return whether `versions` is a range like `>=1.0,<2`."""
    return all(CLAUSE.fullmatch(clause) for clause in versions.split(","))


def circle_of(name: str, needs: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a way along `needs` from a plugin back to itself, both ends included; else nothing."""
    waiting = [[name, other] for other in needs.get(name, ())]
    seen: set[str] = set()
    while waiting:
        way = waiting.pop(0)
        if way[-1] == name:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            waiting += [[*way, other] for other in needs.get(way[-1], ())]
    return []


def accepts(versions: str, version: str) -> bool:
    """Return whether `version` lies in a range like `>=1.0,<2`; False when it is not a range."""
    clauses = [CLAUSE.fullmatch(clause) for clause in versions.split(",")]
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
        ready = [name for name in waiting if not set(needs.get(name, ())) & set(waiting) - {name}]
        # The first that is ready goes next, so that the order of instance.toml decides the rest.
        chosen = ready[:1] or waiting
        placed += chosen
        waiting = [name for name in waiting if name not in chosen]
    return placed


def _numbers(version: str) -> tuple[int, ...]:
    return (*(int(part) for part in version.split(".")), 0, 0)[:3]


def _beside(module: str) -> Path | None:
    spec = importlib.util.find_spec(module)
    return Path(spec.origin).parent / "plugin.toml" if spec and spec.origin else None
