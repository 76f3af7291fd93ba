"""What the API says about itself: OpenAPI 3.1, and the JSON Schema of each kind."""

import jsonschema
import openapi_spec_validator
import pytest

from entraide.directory.api.schemas import OfferItem
from entraide.web.openapi import component_name, plugin_of


def test_the_description_names_components_by_plugin(village):
    answer = village.browse().get("/api/v1/openapi.json")
    assert answer.content_type == "application/json"
    described = answer.json
    assert described["openapi"] == "3.1.0"
    assert {"directory_Offer", "directory_OfferItem", "web_Problem"} <= set(
        described["components"]["schemas"]
    )
    assert all("_" in name for name in described["components"]["schemas"])
    assert set(described["paths"]) >= {
        "/api/v1/offers",
        "/api/v1/offers/{identifier}",
        "/api/v1/offers/{identifier}/withdraw",
        "/api/v1/organisations",
        "/api/v1/kinds",
    }
    offers = described["paths"]["/api/v1/offers"]
    assert set(offers) == {"get", "post"}
    assert offers["post"]["security"] == [{"token": ["offers:write"]}]
    assert offers["post"]["requestBody"]["content"]["application/json"]


def test_the_description_is_valid(village):
    openapi_spec_validator.validate(village.browse().get("/api/v1/openapi.json").json)


def test_errors_are_described_as_they_are_sent(village):
    client = village.browse()
    described = client.get("/api/v1/openapi.json").json
    answers = described["components"]["responses"]
    assert {kind for answer in answers.values() for kind in answer.get("content", {})} == {
        "application/problem+json"
    }
    problem = described["components"]["schemas"]["web_Problem"]
    sent = client.post("/api/v1/offers", data=b"{", content_type="application/json")
    for answer in (client.get("/api/v1/offers?limit=0"), client.get("/api/v1/none"), sent):
        assert answer.content_type in answers["DEFAULT_ERROR"]["content"]
        jsonschema.validate(answer.json, problem)


def test_kinds_come_with_the_schema_of_their_public_payload(village):
    kinds = {kind["name"]: kind for kind in village.browse().get("/api/v1/kinds").json["items"]}
    assert set(kinds) == {"tutoring", "outing", "sponsorship"}
    schema = kinds["outing"]["payload"]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert "meeting_point" not in schema["properties"]
    assert set(schema["required"]) == {"ages", "cost_euros"}
    valid = {"ages": ["3-5"], "cost_euros": 4}
    jsonschema.validate(valid, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**valid, "meeting_point": "ici"}, schema)


@pytest.mark.parametrize(
    ("module", "plugin"),
    [
        ("entraide.directory.offers.schemas", "directory"),
        ("entraide_tutoring.schemas", "tutoring"),
        ("entraide_instance_plugins.0a1b.tools", "tools"),
        ("elsewhere.schemas", "elsewhere"),
    ],
)
def test_components_carry_the_name_of_their_plugin(module, plugin):
    assert plugin_of(module) == plugin


def test_a_list_of_a_schema_has_its_name():
    assert component_name(OfferItem(many=True)) == "directory_OfferItem"
