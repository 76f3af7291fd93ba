"""Turns what somebody asks into engine queries, without a query language to trip over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import tantivy
from tantivy import FieldType, Occur, Query

from entraide.directory.search.documents import SearchQuery
from entraide.directory.search.schema import (
    HORIZON,
    LONGEST_TOKEN,
    OURS,
    TEXT_FIELDS,
    UNDATED,
    build_analyzer,
    build_facet,
    build_plain_analyzer,
    clean,
)

LONGEST_QUERY = 1_000
MOST_TERMS = 12
TYPO_WEIGHT = 0.3
SHORTEST_FUZZY, SHORTEST_TWICE_FUZZY = 4, 8
"""Terms shorter than 4 letters allow no typo, from 8 letters on two."""

Clause = tuple[Occur, Query]
Term = tuple[str, str]

_STEMS, _WORDS = build_analyzer(), build_plain_analyzer()


def split_text(text: str) -> list[Term]:
    """Return the distinct terms of what was typed, as (stem, word), at most twelve."""
    kept = clean(text[:LONGEST_QUERY])
    # Both analyzers cut and drop alike; only the last step differs.
    pairs = zip(_STEMS.analyze(kept), _WORDS.analyze(kept), strict=True)
    return list(dict(pairs).items())[:MOST_TERMS]


def build_text_queries(schema: tantivy.Schema, terms: list[Term]) -> list[Query]:
    """Return ways to match the terms, strictest first: all, all with typos, any with typos."""
    if not terms:
        return []
    exact = [_match_term(schema, term, fuzzy=False) for term in terms]
    fuzzy = [_match_term(schema, term, fuzzy=True) for term in terms]
    return [
        Query.boolean_query([(Occur.Must, query) for query in exact]),
        Query.boolean_query([(Occur.Must, query) for query in fuzzy]),
        Query.boolean_query([(Occur.Should, query) for query in fuzzy]),
    ]


def build_filters(schema: tantivy.Schema, query: SearchQuery) -> list[Clause]:
    """Return the clauses of every filter but the kinds, the distance and the text."""
    filters: list[Query] = []
    if query.type is not None:
        filters.append(match_any(schema, "type", [query.type]))
    if query.origin is not None:
        filters.append(match_any(schema, "origin", [query.origin or OURS]))
    if query.organisation is not None:
        filters.append(match_any(schema, "organisation", [query.organisation]))
    if query.territory:
        filters.append(match_any(schema, "territory", query.territory))
    if query.from_date or query.to_date:
        filters.append(_match_dates(schema, query))
    for field, values in query.facets.items():
        tokens = [build_facet(field, value) for value in values]
        filters.append(match_any(schema, "facet", tokens))
    return [*map(demand, filters or [Query.all_query()]), (Occur.MustNot, _expired(schema, query))]


def match_any(schema: tantivy.Schema, field: str, values: Iterable[str]) -> Query:
    """Match documents whose raw `field` has one of `values`."""
    return Query.term_set_query(schema, field, [clean(value)[:LONGEST_TOKEN] for value in values])


def demand(query: Query) -> Clause:
    """Require `query` without letting it weigh on the ranking."""
    return Occur.Must, Query.const_score_query(query, 0.0)


def _match_term(schema: tantivy.Schema, term: Term, *, fuzzy: bool) -> Query:
    stem, word = term
    ways = [
        Query.boost_query(Query.term_query(schema, field, stem, index_option="freq"), weight)
        for field, weight in TEXT_FIELDS.items()
    ]
    for field, text in (("title", stem), ("plain", word)) if fuzzy else ():
        if distance := _typos_allowed(text):
            close = Query.fuzzy_term_query(schema, field, text, distance=distance)
            ways.append(Query.boost_query(close, TYPO_WEIGHT))
    return Query.boolean_query([(Occur.Should, way) for way in ways])


def _typos_allowed(term: str) -> int:
    if len(term) < SHORTEST_FUZZY or not term.isalpha():
        return 0
    return 2 if len(term) >= SHORTEST_TWICE_FUZZY else 1


def _expired(schema: tantivy.Schema, query: SearchQuery) -> Query:
    # What expired is soon gone from the database, so its posting lists are the short ones.
    return Query.range_query(
        schema,
        "verify_by",
        FieldType.Unsigned,
        upper_bound=query.today.toordinal(),
        include_upper=False,
        use_inverted_index=True,
    )


def _match_dates(schema: tantivy.Schema, query: SearchQuery) -> Query:
    first = query.from_date or query.today
    last = query.to_date or min(first, date.max - HORIZON) + HORIZON
    days = min((last - first).days + 1, HORIZON.days)
    tokens = [(first + timedelta(days=step)).isoformat() for step in range(days)]
    span = Query.boolean_query(
        [
            (Occur.Must, _between(schema, "starts", None, last)),
            (Occur.Must, _between(schema, "ends", first, None)),
        ]
    )
    dated = match_any(schema, "dated", [UNDATED, *tokens])
    return Query.boolean_query([(Occur.Should, dated), (Occur.Should, span)])


def _between(schema: tantivy.Schema, field: str, first: date | None, last: date | None) -> Query:
    return Query.range_query(
        schema,
        field,
        FieldType.Unsigned,
        lower_bound=first.toordinal() if first else None,
        upper_bound=last.toordinal() if last else None,
    )
