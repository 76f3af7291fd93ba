"""Limits: what discovery publishes and what derives from the one object."""

from datetime import timedelta

from entraide_federation.protocol.limits import DEFAULT


def test_discovery_publishes_the_limits():
    assert DEFAULT.as_discovery() == {
        "page": 200,
        "pageBytes": 1048576,
        "objectBytes": 16384,
        "minPollSeconds": 30,
    }
    assert DEFAULT.tombstones_as_discovery() == {
        "class": "persistent-within-horizon",
        "horizonDays": 400,
    }


def test_windows_derive_from_the_figures():
    assert DEFAULT.document_skew == timedelta(seconds=300)
    assert DEFAULT.head_validity == timedelta(hours=24)
    assert DEFAULT.horizon == timedelta(days=400)


def test_a_snapshot_has_a_second_more_for_each_started_block():
    assert DEFAULT.snapshot_seconds(0) == 20
    assert DEFAULT.snapshot_seconds(1) == 21
    assert DEFAULT.snapshot_seconds(256 * 1024) == 21
    assert DEFAULT.snapshot_seconds(256 * 1024 + 1) == 22


def test_development_polls_every_second():
    assert DEFAULT.for_development().as_discovery()["minPollSeconds"] == 1
    assert DEFAULT.min_poll_seconds == 30
