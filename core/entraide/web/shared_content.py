"""The part of a page that every reader of one language sees alike, kept while nothing of it changes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template, request
from markupsafe import Markup

from entraide import i18n, runtime
from entraide.web import kept_pages
from entraide.web.templating import SiteView

BLOCKS = ("title", "head", "breadcrumb", "content")
"""What a template fills of `shared/blocks.html`, in its order."""

PARTING = secrets.token_hex(16)
"""Stands between them; nobody can write it, for it is another one in each process."""


@dataclass(frozen=True)
class SharedContent:
    """The blocks of a page; what a template leaves out is empty."""

    blocks: Mapping[str, Markup]

    @property
    def size(self) -> int:
        """Return how many characters keeping it takes."""
        return sum(map(len, self.blocks.values()))


def render_shared(template: str, make: Callable[[], Mapping[str, Any]], **frame: Any) -> str:
    """Render a template whose blocks are the same for everybody; the frame around them is the reader's.

    `make` returns what the template needs, and is called only when nothing is kept. The blocks know
    neither the member nor the token of a form: what is theirs cannot be kept for others, and stands
    in the `frame`.
    """
    content = _kept(template, make)
    return render_template("shared/page.html", blocks=content.blocks, **frame)


def _kept(template: str, make: Callable[[], Mapping[str, Any]]) -> SharedContent:
    kept, edition = kept_pages.kept_for_request()
    if edition is None or len(request.query_string) > kept_pages.LONGEST_QUERY:
        return _render(template, make())
    key = request.path, request.query_string, i18n.language()
    content: SharedContent | None = kept.find(edition, key)
    if content is None:
        content = _render(template, make())
        kept.keep(edition, key, content)
    return content


def _render(template: str, values: Mapping[str, Any]) -> SharedContent:
    blocks = current_app.jinja_env.get_template(template).render(
        {
            **values,
            "PARTING": PARTING,
            "site": SiteView(runtime.current()),
            "current_language": i18n.language(),
        }
    )
    parts = map(Markup, blocks.split(PARTING))  # of a template that escapes by itself
    return SharedContent(dict(zip(BLOCKS, parts, strict=True)))
