"""What a plugin brings, told before it is switched on and while it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from entraide import runtime
from entraide.plugins.capabilities import capabilities_of

TOYS = Path(__file__).parents[2] / "plugins" / "flows" / "toys"
CHARTER = """
from marshmallow import Schema
class Tea(Schema):
    leaf = public(String(), label="Leaf")
@hookimpl
def register_kinds():
    yield Kind("tea", "Tea", Tea, with_children={}, federated=True)
"""


@pytest.mark.parametrize("enabled", [("toys",), ()])
def test_tables_and_what_they_keep_are_told(install, make_site, enabled):
    install(TOYS, "toys")
    with runtime.activate(make_site(plugins=enabled)):
        able = capabilities_of("toys")
    assert able.tables == ("toys_loan", "toys_toy")
    assert able.personal_data == ("free_text",)
    assert (able.kinds, able.meets_children, able.failure) == ((), False, "")


@pytest.mark.parametrize("enabled", [("charter",), ()])
@pytest.mark.parametrize("with_children", [True, False])
def test_kinds_say_whether_they_bring_people_to_children(
    distribution, make_site, with_children, enabled
):
    toml = '[capabilities]\npersonal_data = ["health"]\nfederated_types = ["offer"]\n'
    distribution("charter", toml, CHARTER.format(with_children))
    with runtime.activate(make_site(plugins=enabled)):
        able = capabilities_of("charter")
    assert [kind.name for kind in able.kinds] == ["tea"]
    assert able.meets_children is with_children
    assert able.personal_data == ("free_text", "health")
    assert able.federated_types == ("offer", "tea")


def test_data_about_children_is_told_like_a_meeting(distribution, make_site):
    distribution("charter", '[capabilities]\npersonal_data = ["child"]\n', "")
    with runtime.activate(make_site()):
        assert capabilities_of("charter").meets_children
