"""Payloads of older releases: each way up once, in order, from the version that wrote them."""

from __future__ import annotations

import pytest
from marshmallow import Schema, fields

from entraide import Kind, public
from entraide.directory.payloads.versions import MARK, UpcastFailed, upcast


class Tea(Schema):
    """What it is called today."""

    steps = public(fields.String(), label="Steps")


def noting(version):
    def note(payload):
        payload["steps"] = payload.get("steps", "") + f"{version} "
        return payload

    return note


# Written in no order: 1.10 comes after 1.9.
UPCASTS = {version: noting(version) for version in ("1.10", "2.0", "1.0", "1.9")}
KIND = Kind("tea", "Tea", Tea, schema_version="3.0", upcasts=UPCASTS)


@pytest.mark.parametrize(
    ("version", "steps"),
    [
        (None, "1.0 1.9 1.10 2.0 "),
        ("1.0", "1.0 1.9 1.10 2.0 "),
        ("1.9", "1.9 1.10 2.0 "),
        ("1.10", "1.10 2.0 "),
        ("2.0", "2.0 "),
        ("2.5", ""),
        ("3.0", ""),
        ("4.0", ""),
        ("not a version", "1.0 1.9 1.10 2.0 "),
    ],
)
def test_each_way_up_is_gone_once_and_in_order(version, steps):
    payload = {"steps": ""} | ({MARK: version} if version else {})
    before = dict(payload)
    assert upcast(KIND, payload) == {"steps": steps}
    assert payload == before


def test_what_an_upcast_changes_inside_leaves_the_payload_as_it_was():
    def clear(payload):
        payload["list"].clear()
        return payload

    kind = Kind("tea", "Tea", Tea, schema_version="2.0", upcasts={"1.0": clear})
    payload = {"list": ["Puzzle"]}
    assert upcast(kind, payload) == {"list": []}
    assert payload == {"list": ["Puzzle"]}


@pytest.mark.parametrize("answer", [None, [], {1: "x"}])
def test_an_upcast_that_returns_no_fields_fails_with_its_place(answer):
    kind = Kind("tea", "Tea", Tea, schema_version="2.0", upcasts={"1.0": lambda _payload: answer})
    with pytest.raises(UpcastFailed, match=r"test_versions.py, line \d+: .*not a dict of fields"):
        upcast(kind, {"steps": "x"})
