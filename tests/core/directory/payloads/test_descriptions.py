"""A kind as data: what is described of it, and how its payloads read without its code."""

import pytest
from marshmallow import Schema, validate

from entraide import Kind, fields, i18n, parties, public, runtime, sealed, staff
from entraide.directory.payloads import descriptions
from entraide.directory.payloads.descriptions import describe, read_description
from entraide.directory.payloads.values import described, public_part

_ = i18n.catalogue("toys_of_a_test", fr={"Toy loan": "Prêt de jouets", "Age": "Âge"})
PLAIN = validate.Length(max=80)


class ToySchema(Schema):
    toy = public(fields.String(validate=PLAIN), label="Jouet")
    age = public(fields.Integer(), label=_("Age"), unit="mois", zero="Dès la naissance")
    price = public(fields.Decimal(), label="Prix", unit="€", zero="Gratuit")
    tags = public(fields.some_of([("a", "Bois"), ("b", "Tissu")]), label="Matières")
    clean = public(fields.Boolean(), label="Lavable", no="À la main")
    whole = public(fields.Boolean(), label="Complet")
    since = public(fields.Date(), label="Depuis")
    start = public(fields.Time(), label="Dès")
    where = public(fields.Commune(), label="Lieu")
    for_members = fields.members(fields.String(), label="M", purpose="test")
    for_staff = staff(fields.String(), label="S", purpose="test")
    for_parties = parties(fields.String(), label="P", purpose="test")
    for_nobody = sealed(fields.String(), label="N", purpose="test")


TOYS = Kind("toyloan", _("Toy loan"), ToySchema)
PUBLIC = ["toy", "age", "price", "tags", "clean", "whole", "since", "start", "where"]


@pytest.fixture(autouse=True)
def own(make_site):
    with runtime.activate(make_site()) as site:
        yield site


def told():
    return read_description(describe(TOYS))


def test_only_what_everybody_may_read_is_described():
    document = describe(TOYS)
    assert [field["name"] for field in document["fields"]] == PUBLIC
    assert (document["kind"], document["schemaVersion"]) == ("toyloan", "1.0")
    assert (document["languages"], document["label"]) == (
        ["fr", "en"],
        ["Prêt de jouets", "Toy loan"],
    )
    types = {field["name"]: field["type"] for field in document["fields"]}
    assert types == dict(
        zip(
            PUBLIC,
            ["text", "integer", "decimal", "list", "boolean", "boolean", "date", "time", "commune"],
            strict=True,
        )
    )
    assert document["fields"][3]["items"] == "text"
    assert document["fields"][1]["choices"] == [["0", *["Dès la naissance"] * 2]]
    assert document["fields"][4]["choices"] == [["false", *["À la main"] * 2]]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"toy": "Petit train", "age": 30, "price": 12.5, "tags": ["a", "b"], "clean": True},
        {"age": 0, "clean": False, "whole": False, "start": "08:30:00", "where": "58079"},
        {"since": "2026-11-01", "start": "08:30", "tags": [], "price": "7.25", "whole": True},
        {"toy": None, "tags": ["c"], "price": 0.0},
        {"price": "0.00"},
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_payload_reads_as_it_does_with_the_plugin(payload, language):
    with i18n.speaking(language):
        with_plugin = described(TOYS, public_part(TOYS, payload))
        assert told().details(payload) == with_plugin


@pytest.mark.parametrize("value", [True, 5, 2**60, 1.5, "x" * 600, "", [], ["a"], {"a": 1}, None])
@pytest.mark.parametrize("name", PUBLIC)
def test_any_value_breaks_nothing_and_is_bounded(name, value):
    for is_complete in (False, True):
        words = told().cells({name: value}, is_complete=is_complete)[PUBLIC.index(name)]
        assert len(words) <= 501
        assert "{" not in words


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("toy", 5),
        ("toy", True),
        ("age", "30"),
        ("age", 1.5),
        ("age", 2**60),
        ("price", "1e999"),
        ("price", 1e300),
        ("price", True),
        ("tags", "a"),
        ("tags", [[], {}, 3]),
        ("clean", "true"),
        ("since", "2026-13-01"),
        ("since", 20261101),
        ("start", 8),
        ("where", "Clamecy"),
        ("where", 58079),
    ],
)
def test_a_value_of_another_type_says_nothing(name, value):
    assert told().details({name: value}) == []


def test_a_list_is_cut():
    words = told().cells({"tags": ["a"] * 100})[3]
    assert words.count("Bois") == 30


def test_everything_is_written_in_tables():
    cells = told().cells({"clean": False, "whole": False}, is_complete=True)
    assert cells[4:6] == ["À la main", "Non"]
    assert told().labels[:2] == ["Jouet", "Âge"]


def test_words_are_in_the_language_of_the_page_or_in_english_or_in_the_first():
    document = describe(TOYS)
    for languages, label, words in (
        (["de", "en"], ["Spielzeug", "Toys"], "Toys"),
        (["de", "it"], ["Spielzeug", "Giocattoli"], "Spielzeug"),
        (["en", "fr"], ["Toys", "Jouets"], "Jouets"),
    ):
        description = read_description(document | {"languages": languages, "label": label})
        assert description.words == words


def test_what_is_described_is_short():
    schema = Schema.from_dict(
        {
            f"field_{number}": public(
                fields.one_of([(f"{choice:0120}"[number:], "é" * 200) for choice in range(70)]),
                label=f"A\n label  of\t{'x' * 200}" if number else "",
                unit="" if number else "km",
            )
            for number in range(40)
        }
    )
    document = describe(Kind("large", "", schema))
    assert document["label"] == ["large"] * 2
    assert len(descriptions.orjson.dumps(document)) <= descriptions.MOST_BYTES
    first, second, *others = document["fields"]
    assert first["label"] == ["field_0"] * 2
    assert "choices" not in first
    assert second["label"][0].startswith("A label of xxx")
    assert len(second["label"][0]) == descriptions.LONGEST_WORDS
    assert len(others) <= descriptions.MOST_FIELDS - 2


def test_a_field_without_words_is_called_by_its_name():
    class Bare(Schema):
        toy = public(fields.String(), label="Jouet")

    document = describe(Kind("bare", "Nu", Bare))
    document["fields"][0]["type"] = "hologram"
    assert read_description(document).details({"toy": "Petit train"}) == []
