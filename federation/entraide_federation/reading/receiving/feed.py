"""Reading the change feed of a source, page by page, up to its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from entraide_federation.http import PeerAnswer, PeerRefused
from entraide_federation.reading.attempt import SourceReader
from entraide_federation.reading.receiving.envelope import Page, read_page
from entraide_federation.reading.receiving.groups import Group, Receiver
from entraide_federation.reading.receiving.keyring import Keyring
from entraide_federation.reading.refusals import HeadMissing, PageRefused, ResyncNeeded, Stopped

MAX_PAGES = 5_000
"""Pages in one pull; whoever needs more serves a snapshot."""

_OK = 200


@dataclass
class Changes:
    """All pages from the cursor to the end; `etag` holds when nothing but the Head came."""

    groups: list[Group]
    cursor: str
    etag: str | None
    advice: int | None


def read_changes(reader: SourceReader, keyring: Keyring) -> Changes | None:
    """Return what followed the cursor, None when nothing did (304).

    Raises `ResyncNeeded` when the source no longer knows the cursor.
    """
    receiver = Receiver(reader, keyring)
    since, etag = reader.standing.cursor or "", reader.etag
    for _number in range(MAX_PAGES):
        answer = _ask(reader, since, etag)
        if answer.status != _OK:
            return None
        page = read_page(answer.body, reader, since)
        for item in page.items:
            receiver.take(item)
        if not page.has_more:
            return _end(reader, receiver, page, answer)
        since, etag = page.next, None
        if reader.should_stop():
            raise Stopped
    raise PageRefused(reader.base, f"more than {MAX_PAGES} pages", "endless")


def _end(reader: SourceReader, receiver: Receiver, page: Page, answer: PeerAnswer) -> Changes:
    _take_last_head(reader, receiver, page.head)
    # The validator belongs to the address that was asked, so it serves only if that stays.
    etag = answer.etag if page.next == reader.standing.cursor else None
    return Changes(list(receiver.groups.values()), page.next, etag, answer.backoff)


def _ask(reader: SourceReader, since: str, etag: str | None) -> PeerAnswer:
    suffix = "&scope=all" if reader.is_relay else ""
    path = f"/federation/v1/changes?since={since}{suffix}"
    try:
        answer = reader.http.get(reader.base, path, etag=etag)
    except PeerRefused as error:
        if error.problem_name in ("cursor-unknown", "cursor-expired", "bad-cursor"):
            raise ResyncNeeded(reader.base, str(error), error.problem_name) from error
        raise
    if answer.status not in (_OK, 304):
        raise PageRefused(reader.base, f"a feed that answers {answer.status}", "status")
    return answer


def _take_last_head(reader: SourceReader, receiver: Receiver, head: Any) -> None:
    if isinstance(head, dict):
        receiver.take(head)
    elif not reader.is_relay:
        raise HeadMissing(reader.base, "the last page has no signed Head")
