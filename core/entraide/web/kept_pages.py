"""Whole answers that are the same for everybody, kept until something that they show changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Generic, Protocol, TypeVar

from flask import Flask, current_app, g, request

from entraide import clock
from entraide.runtime import Runtime
from entraide.server import REFUSED
from entraide.web.compression import takes_gzip
from entraide.web.visitors import Visitor, preferred_language

MOST_BYTES = 16 * 1024 * 1024
"""What one process keeps; the page that nobody has asked for longest goes first."""
LONGEST_QUERY = 300
IS_SHARED = "entraide.is_shared_page"
"""Key of the WSGI environment: the answer of this request is the same for everybody."""

PageView = Callable[..., Any]
Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True)
class KeptPage:
    """One answer as it is sent."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def size(self) -> int:
        """Return how many bytes keeping it takes."""
        return len(self.body)


class Sized(Protocol):
    """Anything whose memory is counted."""

    @property
    def size(self) -> int:
        """Return how many bytes keeping it takes."""
        ...


Item = TypeVar("Item", bound=Sized)


@dataclass
class Kept(Generic[Item]):
    """What belongs to one edition of the site: all of it goes once anything has changed.

    Threads may share it.
    """

    most_bytes: int = MOST_BYTES
    _edition: Hashable = None
    _items: OrderedDict[Hashable, Item] = field(default_factory=OrderedDict)
    _size: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, edition: Hashable, key: Hashable) -> Item | None:
        """Return an item of this edition; None when it is not kept."""
        with self._lock:
            if edition != self._edition or key not in self._items:
                return None
            self._items.move_to_end(key)
            return self._items[key]

    def keep(self, edition: Hashable, key: Hashable, item: Item) -> None:
        """Keep an item that was made after `edition` had been read."""
        with self._lock:
            if edition != self._edition:
                self._edition, self._size = edition, 0
                self._items.clear()
            before = self._items.pop(key, None)
            self._items[key] = item
            self._size += item.size - (before.size if before else 0)
            while self._size > self.most_bytes:
                _key, oldest = self._items.popitem(last=False)
                self._size -= oldest.size


class Keeper:
    """Answers visitors without a cookie from what is kept, before the site is asked.

    A page may depend on its address, the language, the day, the database, the search index and the
    settings: for as long as none of them changes it is not made again.
    """

    def __init__(
        self,
        application: Application,
        site: Runtime,
        paths: Paths,
        index_edition: Callable[[], Hashable],
    ) -> None:
        self._application, self._site = application, site
        self._paths, self._index_edition = paths, index_edition
        self._pages: Kept[KeptPage] = Kept()
        self.contents: Kept[Any] = Kept()
        """The content of pages for whoever has a cookie (`web.shared_content`)."""

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer as the site does."""
        key = self._key(environ)
        edition = self.edition() if key is not None else None
        if edition is None:
            return self._application(environ, start_response)
        page = self._pages.find(edition, key)
        if page is not None:
            start_response(page.status, list(page.headers))
            return [page.body]
        return self._ask(environ, start_response, edition, key)

    def _ask(
        self, environ: Environ, start_response: Callable[..., Any], edition: Hashable, key: Hashable
    ) -> Iterable[bytes]:
        """Answer as the site does, and keep what is the same for everybody."""
        begun: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            begun[:] = status, tuple(headers)
            return start_response(status, headers, *error)

        answer = self._application(environ, start)
        if not environ.get(IS_SHARED) or not begun or not begun[0].startswith("200"):
            return answer
        with closing_of(answer):
            page = KeptPage(begun[0], begun[1], b"".join(answer))
        self._pages.keep(edition, key, page)
        return [page.body]

    def _key(self, environ: Environ) -> Hashable | None:
        """Return what tells pages apart; None for a request that gets an answer of its own."""
        path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        is_plain = environ["REQUEST_METHOD"] == "GET" and "HTTP_COOKIE" not in environ
        if not is_plain or REFUSED in environ or len(query) > LONGEST_QUERY:
            return None
        if not self._paths.have(path):
            return None
        language = preferred_language(environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        coding = takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        return environ.get("HTTP_HOST", ""), path, query, language, coding

    def edition(self) -> Hashable | None:
        """Return what differs once a page may; None when the database does not say."""
        try:
            mark = self._site.database.change_mark.read()
        except Exception:  # noqa: BLE001 - whatever a driver raises: the page says it in our words
            return None
        with clock.using(self._site.clock):
            day = clock.today()
        return mark, self._index_edition(), day, tuple(self._site.registry.quarantined)


def kept_for_request() -> tuple[Kept[Any], Hashable]:
    """Return what is kept of pages' parts, and the edition that this request reads (asked once).

    The edition is None when nothing may be taken or kept: the database does not say, or the
    request changes what a part would show.
    """
    keeper: Keeper | None = current_app.extensions.get("kept_pages")
    if keeper is None or request.method not in ("GET", "HEAD"):
        return Kept(), None
    if "edition" not in g:
        g.edition = keeper.edition()
    return keeper.contents, g.edition


@dataclass(frozen=True)
class Paths:
    """Where pages are kept: whole paths, and the beginnings of those that hold a name."""

    whole: frozenset[str]
    beginnings: tuple[str, ...]

    def have(self, path: str) -> bool:
        """Return whether the page of a path may be kept."""
        return path in self.whole or path.startswith(self.beginnings)

    @classmethod
    def of(cls, app: Flask) -> Paths:
        """Return the paths of all views that carry `keeps_page`."""
        views = app.view_functions.items()
        kept = {name for name, view in views if getattr(view, "__keeps_page__", False)}
        rules = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint in kept]
        return cls(
            frozenset(rule for rule in rules if "<" not in rule),
            tuple({rule.partition("<")[0] for rule in rules if "<" in rule}),
        )


def install(app: Flask, site: Runtime, index_edition: Callable[[], Hashable]) -> None:
    """Keep the pages of an application whose views are all mounted."""
    keeper = Keeper(app.wsgi_app, site, Paths.of(app), index_edition)
    app.extensions["kept_pages"] = keeper
    app.wsgi_app = keeper  # type: ignore[method-assign]


def keeps_page(view: PageView) -> PageView:
    """Mark a view whose page, or answer for programs, is the same for all without a cookie."""

    @wraps(view)
    def show(**values: object) -> Any:
        page = view(**values)
        # A page with a form gave its visitor a cookie: it is theirs alone. Programs have none.
        browser: Visitor | None = g.get("visitor")
        request.environ[IS_SHARED] = browser is None or not browser.token
        return page

    show.__keeps_page__ = True  # type: ignore[attr-defined]
    return show


def closing_of(answer: Iterable[bytes]) -> Any:
    """Return a block that closes an answer at its end, as WSGI asks (PEP 3333)."""
    return closing(answer) if hasattr(answer, "close") else nullcontext()
