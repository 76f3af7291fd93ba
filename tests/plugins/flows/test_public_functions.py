"""Functions for plugins, called by their public names."""

from __future__ import annotations

import pytest
from marshmallow import Schema

from entraide import (
    DescribedKindRow,
    Kind,
    UpcastFailed,
    clock,
    coordinates_any,
    database,
    errors,
    fields,
    parties,
    problem_response,
    public,
    public_json_schema,
    published_part,
    store_described_kinds,
)
from entraide.directory.listing.described_kinds import descriptions_of
from entraide.directory.payloads.descriptions import describe
from entraide.testing import add_member, add_organisation


class TeaSchema(Schema):
    leaf = public(fields.String(), label="Leaf")
    price = public(fields.Decimal(), label="Price")
    cup = parties(fields.String(), label="Cup")


def grow(values):
    return {"leaf": values["leaves"]}


TEA = Kind("tea", "Tea", TeaSchema, schema_version="1.1", upcasts={"1.0": grow}, plugin="tea")


def test_what_is_published_is_of_today_and_public(site):
    given = {"$version": "1.1", "leaf": "green", "cup": "blue"}
    assert published_part(TEA, given) == {"$version": "1.1", "leaf": "green"}
    assert published_part(TEA, {"leaves": "green"}) == {"$version": "1.1", "leaf": "green"}
    with pytest.raises(UpcastFailed, match="KeyError"):
        published_part(TEA, {"stalks": "green"})


@pytest.mark.parametrize(("travels", "price"), [(False, "number"), (True, "string")])
def test_the_schema_has_public_fields_only(travels, price):
    schema = public_json_schema(TEA, travels=travels)
    assert set(schema["properties"]) - {"$version"} == {"leaf", "price"}
    assert schema["properties"]["price"]["type"] == price


def test_who_coordinates_a_public_association_coordinates_any(site):
    with database.writing() as session:
        people = [add_member(session, number) for number in (1, 2, 3)]
        add_organisation(session, 1, coordinator=people[0])
        add_organisation(session, 2, coordinator=people[1], publication="withdrawn")
        assert [coordinates_any(person) for person in people] == [True, False, False]
    assert coordinates_any(people[0])


def test_an_error_leaves_as_a_problem_with_headers():
    answer = problem_response(errors.NotFound("No tea."), **{"Retry-After": "3"})
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert (answer.json["detail"], answer.headers["Retry-After"]) == ("No tea.", "3")


def test_what_another_site_says_of_its_kinds_is_kept_until_it_cannot_be_shown(site):
    origin = "https://ailleurs.example"
    asked = [(origin, "tea")]
    row = DescribedKindRow(
        uid=f"{origin}/k/1", origin=origin, document=describe(TEA), updated_at=clock.now()
    )
    with database.writing() as session:
        store_described_kinds(session, [row])
        assert list(descriptions_of(session, asked)) == asked
        unfit = describe(TEA) | {"label": ["Tea\nTea"] * 2}
        store_described_kinds(session, [row | {"document": unfit}])
        assert descriptions_of(session, asked) == {}
