"""Whole pages that are the same for everybody, kept compressed until something they show changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import wraps

from flask import Flask, Response, current_app, request

from entraide import clock, i18n, runtime
from entraide.web.compression import QUICKLY, pack, takes_gzip
from entraide.web.visitors import visitor

MOST_BYTES = 16 * 1024 * 1024
"""What one process keeps, plain and compressed together; the page asked for longest ago goes first."""
LONGEST_QUERY = 300

PageView = Callable[..., str]


@dataclass(frozen=True)
class Page:
    """One page as it is sent, plain and compressed."""

    body: bytes
    packed: bytes

    @property
    def size(self) -> int:
        """Return how many bytes keeping it takes."""
        return len(self.body) + len(self.packed)


@dataclass
class KeptPages:
    """The pages of one edition of the site: all of them go once anything has changed.

    Threads may share it.
    """

    most_bytes: int = MOST_BYTES
    _edition: Hashable = None
    _pages: OrderedDict[Hashable, Page] = field(default_factory=OrderedDict)
    _size: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, edition: Hashable, key: Hashable) -> Page | None:
        """Return a page of this edition; None when it is not kept."""
        with self._lock:
            if edition != self._edition or key not in self._pages:
                return None
            self._pages.move_to_end(key)
            return self._pages[key]

    def keep(self, edition: Hashable, key: Hashable, page: Page) -> None:
        """Keep a page that was made after `edition` had been read."""
        with self._lock:
            if edition != self._edition:
                self._edition, self._size = edition, 0
                self._pages.clear()
            before = self._pages.pop(key, None)
            self._pages[key] = page
            self._size += page.size - (before.size if before else 0)
            while self._size > self.most_bytes:
                _key, oldest = self._pages.popitem(last=False)
                self._size -= oldest.size


def install(app: Flask) -> None:
    """Give the application its pages."""
    app.extensions["kept_pages"] = KeptPages()


def keeps_page(
    edition_of: Callable[[], Hashable] = tuple,
) -> Callable[[PageView], Callable[..., Response]]:
    """Keep the pages of a view for visitors without a cookie; nobody else is shown one.

    A page may depend on its address, the language, the day, the database, the settings, and on
    whatever `edition_of` returns: for as long as none of them changes it is not made again.
    """

    def mark(view: PageView) -> Callable[..., Response]:
        @wraps(view)
        def show(**values: object) -> Response:
            if visitor().token or len(request.query_string) > LONGEST_QUERY:
                return current_app.make_response(view(**values))
            try:
                edition = _edition(edition_of())
            except Exception:  # noqa: BLE001 - whatever a driver raises: the view says it in our words
                return current_app.make_response(view(**values))
            return _answer(_find(edition) or _make(edition, view(**values)))

        return show

    return mark


def _edition(more: Hashable) -> Hashable:
    site = runtime.current()
    resting = tuple(site.registry.quarantined)
    return site.database.change_mark.read(), clock.today(), resting, more


def _find(edition: Hashable) -> Page | None:
    return _pages().find(edition, _key())


def _make(edition: Hashable, words: str) -> Page:
    body = words.encode()
    page = Page(body, pack(body, QUICKLY))
    # A page with a form gave its visitor a cookie: it is theirs alone.
    if not visitor().token:
        _pages().keep(edition, _key(), page)
    return page


def _pages() -> KeptPages:
    kept: KeptPages = current_app.extensions["kept_pages"]
    return kept


def _key() -> Hashable:
    return request.host, request.path, request.query_string, i18n.language()


def _answer(page: Page) -> Response:
    if not takes_gzip():
        return Response(page.body, mimetype="text/html")
    answer = Response(page.packed, mimetype="text/html")
    answer.headers["Content-Encoding"] = "gzip"
    return answer
