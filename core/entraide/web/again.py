"""What a form held that could not be taken: shown once more, to be read and sent again."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask.globals import request_ctx as request_context
from werkzeug.exceptions import HTTPException

from entraide.web.paths import here
from entraide.web.security import CrossSiteRequest, is_machine_path
from entraide.web.transactions import SAFE

UNSEEN = ("csrf_token", "go", "seen", "side", "draft_kind", "next")
"""Fields of forms that hold nothing which a person typed or chose."""
UNSEEN_ENDINGS = ("_code", "_asked")
FINAL = (404, 405, 413, 422)
"""Statuses after which sending the same once more changes nothing."""


@dataclass(frozen=True)
class SentForm:
    """A form as it was sent: its fields, what a person reads of them, where it goes again.

    `page_url` is the page with the button when nothing was typed and that page has an address.
    """

    fields: list[tuple[str, str]]
    texts: list[str]
    action: str
    is_sendable: bool
    page_url: str


def submission(error: Exception, status: int) -> SentForm | None:
    """Return what the request's form held; None for a page, a program or a stranger's form."""
    if request.method in SAFE or is_machine_path(request.path):
        return None
    if isinstance(error, CrossSiteRequest) or request.routing_exception is not None:
        return None
    try:
        fields = [(name, value) for name, value in request.form.items(multi=True)]
    except HTTPException:
        return None  # Too large, or no form at all.
    sent = [(name, value) for name, value in fields if name != "csrf_token"]
    texts = [value.strip() for name, value in sent if not _is_unseen(name) and value.strip()]
    return SentForm(
        sent,
        texts,
        here(),
        is_sendable=status not in FINAL,
        page_url="" if sent or not _has_page() else request.path,
    )


def _is_unseen(name: str) -> bool:
    return name in UNSEEN or name.endswith(UNSEEN_ENDINGS)


def _has_page() -> bool:
    adapter = request_context.url_adapter
    return adapter is not None and adapter.test(request.path, method="GET")
