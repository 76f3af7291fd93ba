"""Files of tests lie beside the name of what they test; what crosses modules lies in `flows`."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

import placing

ROOT = Path(__file__).parents[2]


def test_every_file_of_tests_lies_beside_its_module_or_among_the_flows():
    files = placing.files_of_tests(ROOT)
    assert len(files) > 100
    assert [str(test) for test in files if not placing.is_in_place(ROOT, test)] == []


def test_flows_are_the_exception():
    files = placing.files_of_tests(ROOT)
    flows = [test for test in files if test.parent.name == placing.FLOWS]
    assert len(flows) / len(files) < placing.MOST_FLOWS


@pytest.mark.parametrize("room", placing.TESTED)
def test_rooms_whose_mistakes_nobody_sees_have_more_lines_of_tests_than_of_code(room):
    assert placing.lines_per_line(ROOT, room) >= placing.LEAST_TESTED


def test_blank_lines_count_on_neither_side(tmp_path):
    for path, text in {
        "core/entraide/members/a.py": "x = 1\n\n\ny = 2\n",
        "core/entraide/members/pages/b.py": "x = 1\n \n",
        "core/entraide/text.py": "x = 1\n" * 9,
        "tests/core/members/test_a.py": "x = 1\n\n" * 4,
        "tests/core/members/flows/test_b.py": "x = 1\n" * 2,
        "tests/core/test_text.py": "x = 1\n" * 9,
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert placing.lines_per_line(tmp_path, "members") == 2.0


@pytest.mark.parametrize(
    ("test", "is_in_place"),
    [
        ("core/test_text.py", True),
        ("core/members/test_service.py", True),
        ("core/members/test_service_limits.py", True),
        ("core/members/test_members.py", True),
        ("core/members/test_members_leave.py", True),
        ("core/flows/test_anything.py", True),
        ("core/members/flows/test_anything.py", True),
        ("federation/keys/test_identity.py", True),
        ("plugins/outings/test_outings.py", True),
        ("plugins/outings/test_checks.py", True),
        ("plugins/flows/test_anything.py", True),
        ("core/test_members.py", False),
        ("core/test_service.py", False),
        ("core/members/test_servicelimits.py", False),
        ("core/members/test_limits.py", False),
        ("core/keys/test_identity.py", False),
        ("core/visitors/test_visitors.py", False),
        ("core/visitors/flows/test_anything.py", False),
        ("federation/test_text.py", False),
        ("plugins/test_outings.py", False),
        ("plugins/walks/test_walks.py", False),
    ],
)
def test_the_rule_is_seen_to_hold_and_to_fail(tmp_path, test, is_in_place):
    for path in (
        "core/entraide/text.py",
        "core/entraide/members/service.py",
        "federation/entraide_federation/keys/identity.py",
        "plugins/outings/entraide_outings/checks.py",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert placing.is_in_place(tmp_path, PurePosixPath(test)) is is_in_place
