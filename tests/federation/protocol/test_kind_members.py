"""What a description of a kind may say: the vectors, each with one breach, and the limits."""

import json
from pathlib import Path

import pytest

from entraide.directory.payloads import descriptions
from entraide_federation.protocol import kind_members, objects, profile, types
from entraide_federation.protocol.errors import SchemaRefused

VECTORS = json.loads((Path(__file__).parents[2] / "data/efp1/kinds.json").read_text())


def names(cases):
    return [case["name"] for case in cases]


def read(case, keyset, now):
    counted = objects.authenticate(profile.canonical(case["signed"]), keyset, now=now)
    assert counted.element.hex() == case["element"]
    assert counted.type == types.KIND.name
    return counted


@pytest.mark.parametrize("case", VECTORS["shown"], ids=names(VECTORS["shown"]))
def test_what_keeps_the_rules_is_shown(case, keyset, now):
    counted = read(case, keyset, now)
    objects.acceptable(counted.document, now=now)
    assert len(counted.canonical) <= 16_384


@pytest.mark.parametrize("case", VECTORS["kept"], ids=names(VECTORS["kept"]))
def test_what_breaks_a_rule_counts_and_is_not_shown(case, keyset, now):
    counted = read(case, keyset, now)
    with pytest.raises(SchemaRefused):
        objects.acceptable(counted.document, now=now)


def test_the_core_describes_within_the_limits_of_the_protocol():
    for name in ("MOST_FIELDS", "MOST_CHOICES", "LONGEST_WORDS", "LONGEST_CHOICE"):
        assert getattr(descriptions, name) == getattr(kind_members, name)
