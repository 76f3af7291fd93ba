"""What went wrong in a plugin, in words: what, where in its own files, how to go on."""

from __future__ import annotations

import importlib.util
import traceback
from pathlib import Path
from types import ModuleType

from entraide.errors import HookFailed, PluginError


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
    asked = f"{error}. " if is_hook else f"{type(cause).__name__}: {text.rstrip('.')}. "
    file, line = step_of(home, cause)
    if not line and isinstance(error, HookFailed):
        # What it returned is wrong, which no line of it raises: the hook itself is the place.
        file, line = error.place
    return f"Plugin {name}: {_words(file, line)}: {asked}Correct the file and start again."


def place_of(home: str, error: BaseException) -> str:
    """Return file and line of the last step of a failure below `home`, in words."""
    return _words(*step_of(home, error))


def _words(file: str, line: int) -> str:
    return f"{file}, line {line}" if line else file


def step_of(home: str, error: BaseException) -> tuple[str, int]:
    """Return file and line of the last step of a failure below `home`; else `home` and 0."""
    if isinstance(error, SyntaxError):
        return error.filename or home, error.lineno or 0
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if home and frame.filename.startswith(home)]
    return (own[-1].filename, own[-1].lineno or 0) if own else (home, 0)
