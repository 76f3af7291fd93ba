"""The reading side of the search index: one per process, shared by its threads."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import tantivy

from entraide.directory.search import folder as files
from entraide.directory.search.documents import Hit, IndexUnusable, SearchQuery, SearchResult
from entraide.directory.search.query import build_filters
from entraide.directory.search.ranking import RankedPage, find_page
from entraide.directory.search.reach import Reach, find_reach
from entraide.directory.search.schema import build_facet


class SearchIndex:
    """Answers queries from the index in `folder`; sees each commit of the follower at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._index: tantivy.Index | None = None
        self._build: Path | None = None
        self._signature: files.Signature = ()

    def search(self, query: SearchQuery) -> SearchResult:
        """Return one page of what matches and has not expired.

        With a text, the best matches come first; else the nearest when `near` is set and not
        `is_by_date`, the most recently updated first at one distance; else the most recently
        updated. Raises IndexUnusable when the index is missing, or damaged: a rebuild is then
        asked for.
        """
        build = files.current_build(self._folder)
        try:
            return self._search(build, query)
        except IndexUnusable:
            # The follower may have switched to a new build and deleted this one meanwhile.
            newer = files.current_build(self._folder)
            if newer != build:
                return self._search(newer, query)
            files.request_rebuild(self._folder)
            raise

    def edition(self) -> files.Signature:
        """Return what differs once the index does; empty while there is none."""
        try:
            # Written after each commit, and with each new build.
            return files.sign(self._folder / files.POSITION)
        except OSError:
            return ()

    def facet_values(self, field: str, *, today: date, most: int) -> list[str]:
        """Return the values of a facet that offers have which have not expired.

        The most frequent ones when there are more than `most`. Raises IndexUnusable.
        """
        beginning = build_facet(field, "")
        with files.explained(self._folder):
            index = self._open(files.current_build(self._folder))
            current = tantivy.Query.boolean_query(
                build_filters(index.schema, SearchQuery(today=today))
            )
            terms = index.searcher().terms_with_prefix(
                "facet", beginning, filter_query=current, limit=most
            )
        return [token.removeprefix(beginning) for token, _count in terms]

    def count_at(self, codes: Sequence[str], *, today: date) -> dict[str, int]:
        """Return how many current offers each territory (INSEE code) has; raises IndexUnusable."""
        with files.explained(self._folder):
            index = self._open(files.current_build(self._folder))
            current = tantivy.Query.boolean_query(
                build_filters(index.schema, SearchQuery(today=today))
            )
            searcher = index.searcher()
            # Counting what is current takes a millisecond for each code: most have nothing at all.
            known = [code for code in codes if searcher.terms_with_prefix("territory", code)]
            counts = [
                pair
                for code in known
                for pair in searcher.terms_with_prefix(
                    "territory", code, filter_query=current, limit=1
                )
            ]
        return dict(counts)

    def _search(self, build: Path, query: SearchQuery) -> SearchResult:
        with files.explained(self._folder):
            index = self._open(build)
            searcher = index.searcher()
            reach = find_reach(searcher, query.near) if query.near else None
            avoided = find_reach(searcher, query.beyond) if query.beyond else None
            page = find_page(index.schema, searcher, query, reach, avoided)
            hits = _read_hits(searcher, query, page, reach)
        return SearchResult(hits=hits, total=page.total, by_kind=page.by_kind)

    def _open(self, build: Path) -> tantivy.Index:
        """Return the index as of the last commit."""
        with self._lock:
            signature = files.sign(self._folder / files.POSITION, build / "meta.json")
            if self._index is None or build != self._build:
                self._index = files.open_build(build)
                self._index.reload()
            elif signature != self._signature:
                self._index.reload()
            self._build, self._signature = build, signature
            return self._index


def _read_hits(
    searcher: tantivy.Searcher, query: SearchQuery, page: RankedPage, reach: Reach | None
) -> tuple[Hit, ...]:
    """Read the hits of a page, without what has expired: nobody may meet a dead offer."""
    last_days = searcher.fast_field_values("verify_by", page.addresses)
    return tuple(
        _read_hit(searcher, address, reach)
        for address, last_day in zip(page.addresses, last_days, strict=True)
        if last_day is not None and last_day >= query.today.toordinal()
    )


def _read_hit(searcher: tantivy.Searcher, address: tantivy.DocAddress, reach: Reach | None) -> Hit:
    document = searcher.doc(address)
    uid = str(document.get_first("uid"))
    if reach is None:
        return Hit(uid)
    return Hit(uid, min(reach[token] for token in document.get_all("point") if token in reach))
