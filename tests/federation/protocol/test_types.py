"""The registry of object types: what derives from one declaration, and what may not be made."""

import ast
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import entraide_federation
from entraide import Listing, ListingRow
from entraide_federation.protocol import types
from entraide_federation.publishing import wanted

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "protocol.md"
ORIGIN = "https://clamecy.example"
START = datetime(2026, 1, 5, 10, tzinfo=UTC)
COMMON = {"id": f"{ORIGIN}/federation/o/01930001-8f4a-7c1e-9f00-000000000001", "version": 1}
DATED = {"origin": ORIGIN, "created": START, "updated": START, "lang": "fr"}
ORGANISATION = {"name": "Collectif", "form": "collective", "territory": ["58079"]}
OFFER = {
    "kind": "tutoring",
    "title": "Aide",
    "summary": "",
    "org": f"{ORIGIN}/federation/o/01930001-8f4a-7c1e-9f00-000000000002",
    "territory": ("58079",),
    "contactUrl": f"{ORIGIN}/offres/aide",
    "relay": "public",
    "validUntil": date(2026, 7, 1),
}
SHOWN = {"Organisation": ORGANISATION, "Offer": OFFER}
IDS = [declared.name for declared in types.TYPES]


def make(name, **changes):
    return types.BY_NAME[name].make(**COMMON, **DATED, **{**SHOWN[name], **changes})


def test_every_type_has_a_name_of_its_own():
    assert len(types.BY_NAME) == len(types.TYPES)
    assert len({declared.row_type for declared in types.TYPES}) == len(types.TYPES)


def test_nothing_else_spells_the_name_of_a_type():
    root = Path(entraide_federation.__file__).parent
    for path in root.rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text("utf-8")))
        words = {node.value for node in nodes if isinstance(node, ast.Constant)}
        is_registry = path == root / "protocol" / "types.py"
        assert bool(words & types.BY_NAME.keys()) is is_registry, path


def test_owners_come_before_what_belongs_to_them():
    order = [own.type.name for own in wanted.OWN]
    assert set(order) <= types.BY_NAME.keys()
    assert all(order.index("Organisation") < order.index(name) for name in types.OWNED)


@pytest.mark.parametrize("name", SHOWN)
def test_the_row_of_the_least_document_is_whole(name):
    document = make(name)
    assert types.BY_NAME[name].find_mistake(document) is None
    row = types.row_of(document, {})
    needed = {column.name for column in Listing.__table__.columns if not column.nullable}
    assert needed <= row.keys() <= ListingRow.__annotations__.keys()
    assert (row["uid"], row["type"]) == (document["id"], types.BY_NAME[name].row_type)
    assert SHOWN.keys() == types.SHOWN


@pytest.mark.parametrize("name", ["Tombstone", "Withheld", "Chose"])
def test_other_types_have_no_row_and_no_owner(name):
    assert types.row_of({"type": name}, {}) is None
    assert types.owner_of({"type": name}) is None


def test_an_object_that_belongs_to_an_organisation_shows_its_name():
    offer = make("Offer")
    assert types.owner_of(offer) == OFFER["org"]
    assert types.owner_of(make("Organisation")) is None
    named = types.row_of(offer, {OFFER["org"]: "Collectif"})
    assert named["organisation"] == {"id": OFFER["org"], "name": "Collectif"}
    assert types.row_of(offer, {})["organisation"] is None


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"email": "parent1@example.org"}, "email"),
        ({"phone": "+33 1", "address": "1 rue Exemple"}, "address, phone"),
        ({"id": "x"}, None),
    ],
)
def test_what_is_not_declared_is_not_made(changes, names):
    with pytest.raises(TypeError, match=names):
        make("Offer", **changes)


def test_what_is_required_has_to_be_said():
    content = {name: value for name, value in OFFER.items() if name not in ("title", "org")}
    with pytest.raises(TypeError, match="org, title"):
        types.OFFER.make(**COMMON, **DATED, **content)


@pytest.mark.parametrize(
    ("value", "is_kept"),
    [(None, False), ("", False), ([], False), ({}, False), (0, True), (False, True), ("x", True)],
)
def test_optional_members_without_content_are_left_out(value, is_kept):
    document = make("Offer", accessibility=value)
    assert ("accessibility" in document) is is_kept
    assert document["summary"] == ""


def test_values_are_spelled_as_documents_have_them():
    document = make(
        "Offer", verified=date(2026, 1, 5), ext={"tutoring": {"levels": ("6e",), "places": 3}}
    )
    assert document["created"] == "2026-01-05T10:00:00Z"
    assert (document["validUntil"], document["verified"]) == ("2026-07-01", "2026-01-05")
    assert document["territory"] == ["58079"]
    assert document["ext"] == {"tutoring": {"levels": ["6e"], "places": 3}}


@pytest.mark.parametrize("declared", types.TYPES, ids=IDS)
def test_the_reference_names_every_member_of_a_type(declared):
    (line,) = re.findall(rf"^\| `{declared.name}` \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
    named = set(re.findall(r"`(\w+)`(\??)", line))
    required = {(name, "") for name in declared.members.required}
    assert required | {(name, "?") for name in declared.members.optional} <= named
