"""What went wrong in a plugin, in words: what, where in its own files, how to go on."""

from __future__ import annotations

import importlib.util
import inspect
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Table

from entraide import database as databases
from entraide import hook_failures, runtime
from entraide.errors import CONTAINED, HookFailed, PluginError
from entraide.hooks import is_strict
from entraide.kinds import Kind

PLACE = re.compile(r", line \d+|\.toml")


def home_of(source: str | Path) -> str:
    """Return the file of a single-file plugin, or the folder of a distribution's package."""
    if isinstance(source, Path):
        return str(source)
    spec = importlib.util.find_spec(source)
    return str(Path(spec.origin).parent) if spec and spec.origin else ""


def home_of_module(module: ModuleType | None) -> str:
    """Return the same for a plugin that has been imported; empty when there is none."""
    path = Path(getattr(module, "__file__", None) or "")
    return str(path.parent if path.name == "__init__.py" else path) if path.name else ""


def explain(name: str, home: str, error: BaseException) -> str:
    """Return one sentence for whoever runs the site; a PluginError has one already."""
    if isinstance(error, PluginError):
        return str(error)
    is_hook = isinstance(error, HookFailed)
    cause = error.__cause__ if is_hook and error.__cause__ else error
    # A file that cannot be read as Python says its place itself; here it would come twice.
    text = cause.msg if isinstance(cause, SyntaxError) else str(cause)
    ended = text if text.endswith("?") else f"{text.rstrip('.')}."
    asked = f"{error}. " if is_hook else f"{type(cause).__name__}: {ended} "
    file, line = step_of(home, cause)
    if not line and isinstance(error, HookFailed):
        # What it returned is wrong, which no line of it raises: the hook itself is the place.
        file, line = error.place
    return f"Plugin {name}: {in_words(file, line)}: {asked}{_remedy(cause)}Correct the file and start again."


def _remedy(cause: BaseException) -> str:
    """Return what to do about a mistake whose own words do not say it."""
    if isinstance(cause, ModuleNotFoundError):
        return "Install what is imported there, or take it out. "
    if isinstance(cause, TypeError) and "'module' object is not callable" in str(cause):
        return (
            "A module is no function: marks are in fields (from entraide.fields import members). "
        )
    return ""


@contextmanager
def handed_over(plugin: str, hook: str) -> Iterator[None]:
    """Name the file and line of a plugin's hook when what it handed over is refused in the block."""
    try:
        yield
    except PluginError as error:
        raise placed(plugin, hook, error) from error
    except CONTAINED as error:
        if is_strict() or isinstance(error, HookFailed):
            raise
        words = f"{type(error).__name__}: {error}"
        raise HookFailed(words, place=place_of_hook(plugin, hook)) from error


def placed(plugin: str, hook: str, error: PluginError) -> PluginError:
    """Return the error with the file and line of a plugin's hook, unless it names a place already."""
    words, start = str(error), f"Plugin {plugin}: "
    place = place_of_hook(plugin, hook)
    if PLACE.search(words) or not all(place):
        return error
    return PluginError(f"{start}{in_words(*place)}: {words.removeprefix(start)}")


def place_of_hook(plugin: str, hook: str) -> tuple[str, int]:
    """Return the file and line of a plugin's hook; nothing and 0 when it has none."""
    for implementation in runtime.current().registry.implementations[hook]:
        if implementation.plugin == plugin:
            return hook_failures.place_of(None, implementation.function)
    return "", 0


def place_of_code(function: Callable[..., Any]) -> str:
    """Return the file and line at which a function is written, in words; empty when nobody knows."""
    code = hook_failures.code_of(function)
    return f"{in_words(code.co_filename, code.co_firstlineno)}: " if code else ""


def model_place(package: str, table: Table, column: str = "") -> tuple[str, int]:
    """Return file and line of a table's class, or of one of its columns; the package and 0 for none."""
    for mapper in databases.registry_of(package).mappers:
        if mapper.local_table is table:
            return class_place(mapper.class_, column)
    return package, 0


def class_place(declared: type, name: str = "") -> tuple[str, int]:
    """Return file and line of a class, or of what is called `name` in it."""
    lines, start = inspect.getsourcelines(declared)
    own = re.compile(rf"\s*{re.escape(name)}\s*[:=]")
    at = next((number for number, line in enumerate(lines) if name and own.match(line)), 0)
    return str(inspect.getsourcefile(declared)), start + at


def place_of_field(kind: Kind, name: str) -> str:
    """Return the file and line of a field in the schema of a kind; empty when nobody knows."""
    try:
        return f"{in_words(*class_place(kind.schema, name))}: "
    except (OSError, TypeError):
        return ""


def place_of(home: str, error: BaseException) -> str:
    """Return file and line of the last step of a failure below `home`, in words."""
    return in_words(*step_of(home, error))


def in_words(file: str, line: int) -> str:
    """Return a place in words."""
    return f"{file}, line {line}" if line else file


def step_of(home: str, error: BaseException) -> tuple[str, int]:
    """Return file and line of the last step of a failure below `home`; else `home` and 0."""
    if isinstance(error, SyntaxError):
        return error.filename or home, error.lineno or 0
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if home and frame.filename.startswith(home)]
    return (own[-1].filename, own[-1].lineno or 0) if own else (home, 0)
