"""Where an offer's fields are spelled out by hand: each place is one more to touch for a field."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIELDS = {
    *("title", "summary", "territory", "schedule", "payload", "ext"),
    *("places", "seats", "verify_by", "validUntil", "verified_on"),
}
LEAST = 4
"""Whoever names so many of them describes an offer."""

SPELLED_OUT = {
    "core/entraide/directory/models.py": "the table Offer",
    "core/entraide/directory/listing/models.py": "the table Listing, and its rows before they are stored",
    "core/entraide/directory/listing/own_rows.py": "the row of an organisation",
    "core/entraide/directory/offers/schemas.py": "what comes in, and how it is checked",
    "core/entraide/directory/api/schemas.py": "what the API gives out",
    "core/entraide/directory/pages/cards.py": "what cards show",
    "core/entraide/directory/pages/manage.py": "what the team reads",
    "core/entraide/directory/pages/offer_table.py": "the table of the team",
    "core/entraide/directory/search/documents.py": "what the index knows",
    "core/entraide/directory/search/source.py": "how the index comes to know it",
    "core/entraide/kinds.py": "what plugins judge of other sites",
    "core/entraide/posting/steps.py": "what the steps hold beside the words",
    "core/entraide/seeding.py": "a request of a seed",
    "federation/entraide_federation/listing/rows.py": "what plugins judge of other sites",
    "federation/entraide_federation/protocol/types.py": "the members on the wire, and the rows of both types",
    "federation/entraide_federation/publishing/wanted.py": "what leaves the site",
}
MOST = 20


def spelled_out(source):
    """Return the lines of source that name at least LEAST fields of an offer together."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if len(set(names_in(node)) & FIELDS) >= LEAST
    ]


def names_in(node):
    """Yield what a class declares, a dict maps, a call or function names, a list gathers."""
    match node:
        case ast.ClassDef():
            for line in node.body:
                targets = line.targets if isinstance(line, ast.Assign) else [line]
                for target in targets:
                    yield getattr(getattr(target, "target", target), "id", "")
        case ast.Dict():
            yield from (key.value for key in node.keys if isinstance(key, ast.Constant))
        case ast.Call():
            yield from (keyword.arg for keyword in node.keywords)
        case ast.FunctionDef():
            yield from (given.arg for given in node.args.args + node.args.kwonlyargs)
        case ast.List() | ast.Tuple():
            for item in node.elts:
                for inner in ast.walk(item):
                    yield inner.attr if isinstance(inner, ast.Attribute) else subscript_of(inner)


def subscript_of(node):
    is_named = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
    return node.slice.value if is_named else ""


def product():
    """Yield what is shipped but for requests, which share names with offers, and migrations."""
    for package in ("core/entraide", "federation/entraide_federation"):
        for path in (ROOT / package).rglob("*.py"):
            if not {"testing", "migrations", "help_requests"} & {*path.parts}:
                yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8")


def test_an_offer_is_spelled_out_where_it_must_be():
    places = {file: lines for file, source in product() if (lines := spelled_out(source))}
    assert places.keys() == SPELLED_OUT.keys()
    assert sum(map(len, places.values())) <= MOST, (
        f"{places} (file: lines): derive the new one from these, or raise MOST for a type of its own"
    )


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("class A:\n    title: str\n    summary: str\n    places: int\n    payload: dict", 1),
        ("class A:\n    title = 1\n    summary = 2\n    places = 3\n    payload = 4", 1),
        ('{"title": 1, "summary": 2, "places": 3, "payload": 4}', 1),
        ("make(title=1, summary=2, places=3, payload=4)", 1),
        ("def make(title, summary, *, places, payload): ...", 1),
        ("[row.title, row.summary, row.places, row.payload]", 1),
        ('(row["title"], row["summary"], spell(row["places"]), row["payload"])', 1),
        ("make(title=1, summary=2, places=3)", 0),
        ("[row.title, row.summary, row.places]", 0),
    ],
)
def test_what_counts_as_spelled_out(source, count):
    assert len(spelled_out(source)) == count
