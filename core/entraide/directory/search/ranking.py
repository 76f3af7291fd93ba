"""Which hits make a page, and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

import tantivy
from tantivy import DocAddress, Occur, Query

from entraide.directory.search.documents import SearchQuery
from entraide.directory.search.query import (
    Clause,
    build_filters,
    build_text_queries,
    demand,
    match_any,
    split_text,
)
from entraide.directory.search.reach import Reach

DEEPEST = 10_000
"""Nobody pages further than this many hits."""

ENOUGH = 3
"""With fewer hits than this, typos are tried too."""

MOST_KINDS = 1_000
NO_KIND = "-"
METRES_APART = 100
"""Points at the same distance, to this precision, are one place: the freshest comes first."""


@dataclass(frozen=True, slots=True)
class RankedPage:
    """The hits of a page, how many match in all, and how many of each kind."""

    addresses: list[DocAddress]
    total: int
    by_kind: Mapping[str, int]


def find_page(
    schema: tantivy.Schema,
    searcher: tantivy.Searcher,
    query: SearchQuery,
    reach: Reach | None,
    avoided: Reach | None = None,
) -> RankedPage:
    """Return the page that `query` asks for: within `reach`, with no point of `avoided`."""
    filters = [*build_filters(schema, query), *_circle_filters(schema, reach, avoided)]
    texts = build_text_queries(schema, split_text(query.text))
    matching, by_kind = _choose_text(searcher, texts, filters)
    total = sum(by_kind.values())
    if query.kinds:
        matching = [*matching, demand(match_any(schema, "kind", query.kinds))]
        total = sum(by_kind.get(kind, 0) for kind in set(query.kinds))
    ranking = _Ranking(schema, searcher, matching)
    start, end = _bounds(query, total)
    if reach and not texts and not query.is_by_date:
        addresses = ranking.by_distance(reach, end)
    else:
        addresses = ranking.by(None if texts else "updated", end)
    by_kind.pop(NO_KIND, None)
    return RankedPage(addresses[start:], total, by_kind)


def _circle_filters(
    schema: tantivy.Schema, reach: Reach | None, avoided: Reach | None
) -> Iterator[Clause]:
    if reach is not None:
        yield demand(match_any(schema, "point", reach))
    if avoided:
        yield Occur.MustNot, match_any(schema, "point", avoided)


class _Ranking:
    """The hits of the clauses in `matching`, in one of three orders."""

    def __init__(
        self, schema: tantivy.Schema, searcher: tantivy.Searcher, matching: list[Clause]
    ) -> None:
        self._schema = schema
        self._searcher = searcher
        self._matching = matching

    def by(self, field: str | None, end: int, *more: Clause) -> list[DocAddress]:
        """Return the first `end` hits by a field, or by score."""
        if end <= 0:
            return []
        query = Query.boolean_query([*self._matching, *more])
        result = self._searcher.search(query, limit=end, count=False, order_by_field=field)
        return [address for _, address in result.hits]

    def by_distance(self, reach: Reach, end: int) -> list[DocAddress]:
        """Return the first `end` hits by distance, the freshest first at one distance."""
        if end <= 0:
            return []
        rings = self._needed_rings(_group_by_distance(reach), end)
        query = Query.boolean_query([*self._matching, (Occur.Must, self._score_rings(rings))])
        hits = self._searcher.search(query, limit=end, count=False).hits
        # The score tells the ring. The last ring may go on beyond `end`: it is asked again.
        last = len(rings) - round(hits[-1][0])
        nearer = [(score, address) for score, address in hits if len(rings) - score < last]
        last_ring = self.by(
            "updated",
            end - len(nearer),
            demand(match_any(self._schema, "point", rings[last])),
            (Occur.MustNot, match_any(self._schema, "point", chain.from_iterable(rings[:last]))),
        )
        return [*self._sort_rings(nearer), *last_ring]

    def _needed_rings(self, rings: list[list[str]], end: int) -> list[list[str]]:
        """Return the innermost rings that hold `end` hits: scoring all of them is slow."""
        needed = 1
        while needed < len(rings):
            tokens = chain.from_iterable(rings[:needed])
            within = demand(match_any(self._schema, "point", tokens))
            if len(self.by("updated", end, within)) >= end:
                break
            needed *= 4
        return rings[:needed]

    def _score_rings(self, rings: list[list[str]]) -> Query:
        """Score by the nearest point: the innermost ring scores highest, each one less by 1."""
        return Query.disjunction_max_query(
            [
                Query.const_score_query(
                    match_any(self._schema, "point", ring), float(len(rings) - rank)
                )
                for rank, ring in enumerate(rings)
            ]
        )

    def _sort_rings(self, scored: list[tuple[float, DocAddress]]) -> list[DocAddress]:
        updated = self._searcher.fast_field_values("updated", [address for _, address in scored])
        order = sorted(
            range(len(scored)), key=lambda at: (scored[at][0], updated[at] or 0), reverse=True
        )
        return [scored[at][1] for at in order]


def _bounds(query: SearchQuery, total: int) -> tuple[int, int]:
    start = max(0, min(query.offset, DEEPEST, total))
    return start, max(start, min(start + query.limit, DEEPEST, total))


def _group_by_distance(reach: Reach) -> list[list[str]]:
    rings: dict[int, list[str]] = {}
    for token, kilometres in reach.items():
        rings.setdefault(round(kilometres * 1000 / METRES_APART), []).append(token)
    return list(rings.values())


def _choose_text(
    searcher: tantivy.Searcher, texts: list[Query], filters: list[Clause]
) -> tuple[list[Clause], dict[str, int]]:
    """Return the clauses with the strictest text that finds enough, and the hits per kind."""
    if not texts:
        return filters, _count_kinds(searcher, filters)
    chosen: list[Clause] = []
    by_kind: dict[str, int] = {}
    for text in texts:
        # Any word alone is a last resort: it only helps those who would find nothing.
        if sum(by_kind.values()) >= (1 if text is texts[-1] else ENOUGH):
            break
        matching = [*filters, (Occur.Must, text)]
        counts = _count_kinds(searcher, matching)
        if not chosen or sum(counts.values()) > sum(by_kind.values()):
            chosen, by_kind = matching, counts
    return chosen, by_kind


def _count_kinds(searcher: tantivy.Searcher, matching: list[Clause]) -> dict[str, int]:
    """Count the hits of each kind; a document has one at most, so the sum counts them all."""
    terms = {"field": "kind", "size": MOST_KINDS, "missing": NO_KIND}
    result = searcher.aggregate(Query.boolean_query(matching), {"kinds": {"terms": terms}})
    return {bucket["key"]: bucket["doc_count"] for bucket in result["kinds"]["buckets"]}
