"""The protocol page says what the code does: endpoints, errors, limits, profile."""

import re
from pathlib import Path

import pytest

from entraide import runtime
from entraide.app import create_app
from entraide_federation.protocol import errors, profile
from entraide_federation.protocol.limits import DEFAULT
from entraide_federation.serving import views

PAGE = (Path(__file__).parents[2] / "docs/reference/protocol.md").read_text("utf-8")


def section(title):
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(text):
    """The cells of each row of the tables in a text, headings left out."""
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [
        [cell.strip() for cell in cells]
        for cells in lines
        if not set("".join(cells)) <= {"-"} and cells[0].strip() not in {"path", "status", "what"}
    ]


def test_endpoints(make_site):
    site = make_site(plugins=("federation",))
    with runtime.activate(site):
        rules = create_app(site).url_map.iter_rules()
    served = {rule.rule for rule in rules if rule.endpoint.startswith("federation.")}
    told = {
        row[0].strip("`").removeprefix("GET ").partition("?")[0]
        for row in rows(section("Endpoints"))
    }
    assert told == served
    assert {views.DISCOVERY, "/federation/v1/changes"} <= told


def test_errors():
    told = {(int(status), name.strip("`")) for status, name, *_rest in rows(section("Errors"))}
    known = {
        (one.status, one.name)
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, errors.FederationError)
    }
    assert told == {(status, name) for status, name in known if name != "internal"}
    assert errors.NAMESPACE + "#" in PAGE


@pytest.mark.parametrize(
    ("what", "values"),
    [
        ("object", [DEFAULT.object_bytes]),
        ("keys of an object", [DEFAULT.object_keys]),
        ("depth", [DEFAULT.object_depth]),
        ("page", [DEFAULT.page]),
        ("page, in bytes", [DEFAULT.page_bytes]),
        ("snapshot", [DEFAULT.snapshot_bytes]),
        ("objects of one origin", [DEFAULT.objects_per_origin]),
        (
            "time between polls",
            [
                DEFAULT.min_poll_seconds,
                DEFAULT.poll_seconds,
                DEFAULT.for_development().min_poll_seconds,
            ],
        ),
        ("connecting", [DEFAULT.connect_seconds]),
        ("first byte", [DEFAULT.first_byte_seconds]),
        ("one exchange", [DEFAULT.exchange_seconds, 1, DEFAULT.snapshot_bytes_per_second]),
        ("addresses of one host", [DEFAULT.dns_answers]),
        ("documents ahead of the clock", [DEFAULT.document_skew_seconds]),
        ("validity of a Head", [DEFAULT.head_seconds]),
        ("a Head is issued again after", [DEFAULT.head_reissue_seconds]),
        ("Keyset asked for at its origin", [DEFAULT.keyset_check_days]),
        ("validity of a new Keyset", [DEFAULT.keyset_days]),
        (
            "a Keyset is renewed, and its operator warned, before its end",
            [DEFAULT.keyset_warning_days],
        ),
        ("Tombstones are kept", [DEFAULT.horizon_days]),
        ("an origin that only a relay named is asked for", [DEFAULT.confirmation_days]),
        ("such questions, an hour and relay", [DEFAULT.dials_per_relay]),
        ("such origins, a relay", [DEFAULT.unconfirmed_per_relay]),
        ("a silent origin is greyed after", [DEFAULT.grey_after_seconds]),
        ("a silent origin is hidden after", [DEFAULT.hide_after_days]),
        (
            "removals held for a person",
            [
                DEFAULT.held_removal_count,
                round(DEFAULT.held_removal_share * 100),
            ],
        ),
    ],
)
def test_limits(what, values):
    table = dict(rows(section("Limits")))
    assert len(table) == 25
    assert [int(text.replace(",", "")) for text in re.findall(r"\d[\d,]*", table[what])] == values


def test_the_context_is_the_one_in_use():
    assert f'"{profile.CONTEXT}"' in PAGE


def test_the_reader_that_the_page_names_is_there():
    assert (Path(__file__).parents[2] / "tests/federation/minimal_reader.py").is_file()
    assert "tests/federation/minimal_reader.py" in PAGE
