"""The fields of the index and how a document fills them; one version number covers both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import h3
import tantivy
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from entraide.directory.search.documents import Document
from entraide.schedules.recurrence import DAYS_IN_WEEK, occurrence_days, parse_rule

VERSION = 3
"""Raise it with every change of fields, analyzers or tokens: each machine then rebuilds."""

TEXT_FIELDS = {"title": 3.0, "organisation_name": 2.0, "summary": 1.0, "words": 1.0}
"""Searched fields and their weight."""

RAW_FIELDS = ("type", "origin", "organisation", "territory", "facet", "dated")
FRENCH, PLAIN = "entraide_french", "entraide_plain"
OURS = "-"
UNDATED = "undated"
FINE_CELL, COARSE_CELL = 5, 3
"""H3 resolutions: cells of about 250 km² and 12,000 km²."""

LONGEST_WORD = 40
LONGEST_TOKEN = 500
LONGEST_TEXT = 20_000
HORIZON = timedelta(days=366)


def build_analyzer() -> TextAnalyzer:
    """Return the analyzer of French text, for writer, readers and queries alike.

    Accents go before stemming: "eleves", "élève" and "ÉLÈVES" meet in one term, which stemming
    first would not grant to those who type without accents.
    """
    return _fold_words().filter(Filter.stemmer("french")).build()


def build_plain_analyzer() -> TextAnalyzer:
    """Return the analyzer of whole words: a typo often sits in the ending that stemming cuts."""
    return _fold_words().build()


def register_analyzers(index: tantivy.Index) -> None:
    """Give an open index its analyzers; writers and readers need the same."""
    index.register_tokenizer(FRENCH, build_analyzer())
    index.register_tokenizer(PLAIN, build_plain_analyzer())


def _fold_words() -> TextAnalyzerBuilder:
    return (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.remove_long(LONGEST_WORD))
        .filter(Filter.lowercase())
        .filter(Filter.ascii_fold())
        .filter(Filter.stopword("french"))
    )


def build_schema() -> tantivy.Schema:
    """Return the fields of the index."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("uid", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("point", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("kind", fast=True, tokenizer_name="raw", index_option="basic")
    for name in RAW_FIELDS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in TEXT_FIELDS:
        builder.add_text_field(name, tokenizer_name=FRENCH, index_option="freq")
    builder.add_text_field("plain", tokenizer_name=PLAIN, index_option="basic")
    builder.add_unsigned_field("verify_by", indexed=True, fast=True)
    for name in ("starts", "ends", "updated"):
        builder.add_unsigned_field(name, fast=True)
    return builder.build()


def build_document(document: Document) -> tantivy.Document:
    """Return the engine's form of a document."""
    built = tantivy.Document()
    for name, value in _tokens(document):
        built.add_text(name, clean(value)[:LONGEST_TOKEN])
    for name in TEXT_FIELDS:
        text = clean(getattr(document, name))[:LONGEST_TEXT]
        built.add_text(name, text)
        built.add_text("plain", text)
    built.add_unsigned("verify_by", (document.verify_by or date.max).toordinal())
    built.add_unsigned("updated", max(0, int(document.updated_at.timestamp())))
    _add_schedule(built, document)
    return built


def clean(text: str) -> str:
    """Drop what the engine cannot take: lone surrogates."""
    return text.encode("utf-8", "ignore").decode()


def build_point(latitude: float, longitude: float) -> str:
    """Return the token of a point: coarse cell, fine cell, coordinates.

    Cells come first so that the points of a cell are the terms that start with it.
    """
    fine = h3.latlng_to_cell(latitude, longitude, FINE_CELL)
    return f"{h3.cell_to_parent(fine, COARSE_CELL)}/{fine}/{latitude:.5f},{longitude:.5f}"


def read_point(token: str) -> tuple[float, float]:
    """Return (latitude, longitude) of a point's token."""
    latitude, longitude = token.rsplit("/", 1)[1].split(",")
    return float(latitude), float(longitude)


def build_facet(field: str, value: str) -> str:
    """Return the token of a facet's value."""
    return clean(f"{field}={value}")[:LONGEST_TOKEN]


def _tokens(document: Document) -> Iterator[tuple[str, str]]:
    yield "uid", document.uid
    yield "type", document.type
    yield "origin", document.origin or OURS
    if document.kind:
        yield "kind", document.kind
    if document.organisation_id:
        yield "organisation", document.organisation_id
    yield from (("territory", code) for code in document.territory)
    yield from (("point", build_point(*point)) for point in document.points)
    yield from (("facet", build_facet(*facet)) for facet in document.facets)


def _add_schedule(built: tantivy.Document, document: Document) -> None:
    """Index recurring days one by one, other schedules as a span of days."""
    if document.starts is None:
        built.add_text("dated", UNDATED)
        return
    rule = parse_rule(document.rrule) if document.rrule else None
    if rule is None:
        last = _last_day(document) if document.rrule else document.ends or document.starts
        built.add_unsigned("starts", document.starts.toordinal())
        built.add_unsigned("ends", max(last, document.starts).toordinal())
        return
    for day in occurrence_days(rule, document.starts, _last_day(document)):
        built.add_text("dated", day.isoformat())


def _last_day(document: Document) -> date:
    """Return the last day on which a series may be found."""
    starts = document.starts or date.min
    if document.ends and (document.ends - starts).days >= DAYS_IN_WEEK:
        return document.ends
    return document.verify_by or min(starts, date.max - HORIZON) + HORIZON
