"""Which of two forms of one object wins."""

from datetime import UTC, datetime

import pytest

from entraide_federation.protocol import objects, proofs, superseding, types

ORIGIN = "https://clamecy.example"
NOW = datetime(2026, 1, 6, 10, 5, tzinfo=UTC)


@pytest.fixture
def form(signed, keyset, key, method):
    """Return an authentic form of one object, made of a version and of changes."""

    def make(version, reason=None, **changes):
        document = {**signed, **changes, "version": version}
        if reason:
            document = types.TOMBSTONE.make(
                id=signed["id"], origin=ORIGIN, version=version, deleted=NOW, reason=reason
            )
        return objects.authenticate(proofs.sign(document, key, method, NOW), keyset, now=NOW)

    return make


@pytest.mark.parametrize(
    ("winner", "loser"),
    [
        ((2,), (1,)),
        ((2,), (1, "withdrawn")),
        ((2, "withdrawn"), (1,)),
        ((1, "withdrawn"), (1,)),
        ((1, "erasure"), (1,)),
        ((1, "erasure"), (9,)),
        ((1, "moderation"), (9, "expired")),
        ((1, "erasure"), (1, "withdrawn")),
        ((2, "erasure"), (1, "erasure")),
    ],
)
def test_which_of_two_wins(form, winner, loser):
    assert superseding.supersedes(form(*winner), form(*loser))
    assert not superseding.supersedes(form(*loser), form(*winner))


def test_two_contents_of_one_version_have_one_winner(form):
    one, other = form(5, title="un"), form(5, title="deux")
    assert superseding.supersedes(one, other) == (one.element > other.element)
    assert superseding.supersedes(one, other) != superseding.supersedes(other, one)
    assert superseding.is_equivocation(one, other)
    assert not superseding.is_equivocation(one, one)
    assert not superseding.is_equivocation(one, form(6, title="un"))
    assert not superseding.supersedes(one, one)
