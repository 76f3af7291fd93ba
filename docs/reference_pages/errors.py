"""The page of the errors: every name that a problem's `type` may end with, and the rest."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from entraide.errors import EntraideError
from reference_pages.modules import import_everything, plugins

PATH = "errors.md"

HEAD = """# Errors

An error leaves the site as `application/problem+json` (RFC 9457): `type` is the namespace, `#` and
the name below; `title` never varies; `detail` says what is wrong and how to fix it; further members
stand beside them. A page shows the same sentence. An error without a row of its own keeps the name
of the one that it refines.
"""


def write() -> str:
    """Return the page."""
    parts = [HEAD]
    for namespace in sorted({error.namespace for error in errors()}):
        rows = [_row(error) for error in errors() if error.namespace == namespace]
        parts.append(
            f"\n## `{namespace}#…`\n\n| name | status | title | when |\n|---|---|---|---|\n"
        )
        parts += sorted(rows)
    return "".join(parts)


def errors() -> list[type[EntraideError]]:
    """Return `EntraideError` and every subclass in the core, the federation and the plugins."""
    import_everything("entraide")
    modules = [module.__name__ for module in plugins().values()]
    for module in modules:
        import_everything(module)
    packages = {"entraide", *(module.partition(".")[0] for module in modules)}
    return [EntraideError, *_below(EntraideError, packages)]


def _below(error: type[EntraideError], packages: set[str]) -> Iterator[type[EntraideError]]:
    for known in error.__subclasses__():
        if known.__module__.partition(".")[0] in packages:
            yield known
        yield from _below(known, packages)


def _row(error: type[EntraideError]) -> str:
    words = (inspect.getdoc(error) or "").partition("\n\n")[0].replace("\n", " ")
    return (
        f"| `{error.name}` | {error.status} | {error.title} | `{error.__name__}`: "
        f"{words.replace('|', chr(92) + '|')} |\n"
    )
