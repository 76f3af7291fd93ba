"""What a person reads once after something was done."""

from __future__ import annotations

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from entraide.i18n import Text
from entraide.web.paths import safe_path
from entraide.web.visitors import visitor

__all__ = ["done", "say"]


def say(words: Text) -> None:
    """Tell the person at the top of their next page, once; a request that fails says nothing."""
    visitor().say(words)


def done(path: str, words: Text = "") -> Response:
    """Lead to a page of this site after a form was taken, and say there what was done."""
    if words:
        say(words)
    return redirect(safe_path(path), 303)
