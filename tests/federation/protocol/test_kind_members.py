"""What a description of a kind may say: each rule of the protocol, one breach at a time."""

import pytest

from entraide.directory.payloads import descriptions
from entraide_federation.protocol import kind_members, profile, types
from entraide_federation.protocol.objects import acceptable

ORIGIN = "https://clamecy.example"
FIELD = {"name": "toy", "type": "text", "label": ["Jouet", "Toy"]}
MEMBERS = {
    "kind": "toyloan",
    "schemaVersion": "1.0",
    "languages": ["fr", "en"],
    "label": ["Prêt de jouets", "Toy loan"],
    "fields": [FIELD],
}


def field(**members):
    return [FIELD | members]


def document(now, **members):
    return types.KIND.make(
        id=f"{ORIGIN}/federation/o/01932b7e-8f4a-7c1e-9f00-0123456789ab",
        origin=ORIGIN,
        version=1,
        updated=now,
        **MEMBERS | members,
    )


@pytest.mark.parametrize(
    "members",
    [
        {"fields": "toy"},
        {"fields": [FIELD] * 2},
        {"fields": [FIELD | {"name": f"f{number}"} for number in range(25)]},
        {"fields": field(label=["Jouet"])},
        {"fields": field(label=["Jouet", "Toy", "Spielzeug"])},
        {"fields": field(label=["Jouet", 5])},
        {"fields": field(label=["Jouet", ""])},
        {"fields": field(label=["Jouet", " Toy"])},
        {"fields": field(label=["Jouet\nJouet", "Toy"])},
        {"fields": field(label=["J" * 81, "Toy"])},
        {"fields": field(label="Jouet")},
        {"fields": field(type=["text"])},
        {"fields": field(name="$version")},
        {"fields": field(name="é")},
        {"fields": field(choices=[["a"]])},
        {"fields": field(choices=[["a", "A", "A"], ["a", "B", "B"]])},
        {"fields": field(choices=[["a", "A"]])},
        {"fields": field(choices=[["a" * 101, "A", "A"]])},
        {"fields": field(choices=[[str(number), "A", "A"] for number in range(61)])},
        {"fields": field(choices={"a": "A"})},
        {"fields": field(unit="km")},
        {"fields": field(unit=["km"])},
        {"fields": [["toy"]]},
        {"schemaVersion": 1},
        {"schemaVersion": "01.0"},
        {"languages": []},
        {"languages": ["fr"]},
        {"label": ["Prêt de jouets"]},
        {"kind": "Toyloan"},
    ],
)
def test_what_breaks_a_rule_is_not_shown(now, members):
    assert types.KIND.find_mistake(document(now, **members))


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"fields": []},
        {"fields": field(type="hologram", shape=["round"])},
        {"fields": field(type="list", items="text", choices=[["a", "A", "A"]], unit=["km", "km"])},
        {"languages": ["de"], "label": ["Spielzeug"], "fields": []},
        {"schemaVersion": "12.34"},
    ],
)
def test_what_keeps_the_rules_is_shown_also_of_a_later_version(now, members):
    acceptable(document(now, **members), now=now)


def test_the_largest_description_fits_an_object(now):
    words = ["\u00e9" * kind_members.LONGEST_WORDS] * 2
    fields = [FIELD | {"name": f"f{number}", "label": words} for number in range(24)]
    largest = document(now, label=words, fields=fields)
    acceptable(largest, now=now)
    assert len(profile.canonical(largest)) < 16_384 - 700


def test_the_core_describes_within_the_limits_of_the_protocol():
    limits = ("MOST_FIELDS", "MOST_CHOICES", "LONGEST_WORDS", "LONGEST_CHOICE")
    for name in limits:
        assert getattr(descriptions, name) == getattr(kind_members, name)
