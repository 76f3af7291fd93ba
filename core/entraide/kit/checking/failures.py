"""Pages that fail: what was raised, in which line of the plugin, and what mends it."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response
from jinja2 import TemplateError
from sqlalchemy.exc import DBAPIError, OperationalError

from entraide.errors import EntraideError
from entraide.kit.candidate import Candidate
from entraide.kit.checking import rows
from entraide.kit.checking.values import CANARY
from entraide.kit.findings import Finding
from entraide.plugins.errors import step_of
from entraide.web.transactions import roll_back
from entraide.web.visitors import undo_changes

FAILURE = 500
"""503 is an answer: what the page needs is not there yet."""
LONGEST = 300
"""Signs of an error that are shown."""
WRITTEN_WRONG = (TemplateError, NameError, ImportError, SyntaxError)
"""What no row brings about."""
_SAY_WHICH = (
    "If a column takes few values only, say which: an Enum or Literal as its type, one_of(…) in a "
    'form\'s field of the same name, or neutral(example="…").'
)
NOT_FOUND = "Raise errors.NotFound for what is not there."


@dataclass(frozen=True)
class PageAnswer:
    """What a page answered, and what it raised when that is a failure."""

    path: str
    status: int
    error: Exception | None = None

    @property
    def has_failed(self) -> bool:
        """Return whether the page failed."""
        return self.status == FAILURE

    def step(self, plugin: Candidate) -> tuple[str, int]:
        """Return file and line of the last step in the plugin's own files; 0 when there is none."""
        home = str(plugin.home())
        if self.error is None:
            return home, 0
        if plugin.file is None:
            return step_of(home, self.error)
        # As one file it lies in the folder of the site that lives as long as the check.
        own = f"/plugins/{plugin.file.name}"
        steps = traceback.extract_tb(self.error.__traceback__)
        lines = [step.lineno or 0 for step in steps if step.filename.endswith(own)]
        return home, (lines or [0])[-1]


class Failures:
    """What the pages of an app raise that would answer 500: kept here, not written to the log."""

    def __init__(self, app: Flask) -> None:
        self._last: Exception | None = None
        self._spoken = app.error_handler_spec[None][None][EntraideError]
        app.register_error_handler(EntraideError, self._judge)
        app.register_error_handler(OperationalError, self._keep)
        app.register_error_handler(Exception, self._keep)

    def _judge(self, error: Exception) -> Any:
        if isinstance(error, EntraideError) and error.status == FAILURE:
            return self._keep(error)
        return self._spoken(error)

    def _keep(self, error: Exception) -> Response:
        roll_back()
        undo_changes()
        self._last = error
        return Response("", FAILURE)

    def take(self) -> Exception | None:
        """Return what failed since the last call."""
        error, self._last = self._last, None
        return error


def finding(
    plugin: Candidate, visit: str, view: tuple[str, int], answer: PageAnswer, how: str
) -> Finding:
    """Return what to say of a page that failed: the error and the last line of the plugin's own."""
    file, line = answer.step(plugin)
    place = plugin.place(*((file, line) if line else view))
    why = "A page that fails tells people nothing."
    return Finding("bronze", f"{visit} fails (500){_words(answer)}", place, why, how)


def _words(answer: PageAnswer) -> str:
    error = answer.error
    cause = error.orig if isinstance(error, DBAPIError) else error
    return f": {type(cause).__name__}: {cause}"[:LONGEST] if cause is not None else ""


def remedy(
    plugin: Candidate,
    failed: PageAnswer,
    others: Sequence[PageAnswer],
    nothing: PageAnswer | None,
    made: rows.MadeUp,
) -> str:
    """Return how to mend a page that failed.

    `others` are the same page's answers about other rows, `nothing` the one about no row at all;
    None for a page that is about none.
    """
    if nothing is not None and nothing.has_failed:
        reasons = {(_words(answer), answer.step(plugin)) for answer in (failed, nothing, *others)}
        if len(reasons) > 1:
            return NOT_FOUND
        return f"Mend that line. {NOT_FOUND}"
    texts = [
        (text, f"{column.table.name}.{column.name} = {text!r}")
        for text, column in made.words.items()
        if text.startswith(CANARY) and not rows.is_personal(column)
    ]
    if named := [words for text, words in texts if text in str(failed.error)]:
        return f"The row was made up: {', '.join(named)}. {_SAY_WHICH} Otherwise mend that line."
    if not texts or isinstance(failed.error, WRITTEN_WRONG):
        return "Mend that line."
    words = ", ".join(words for _text, words in texts)
    return f"Mend that line. If it fails because the row was made up ({words}): {_SAY_WHICH}"
