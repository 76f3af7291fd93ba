"""The card of an outing says when places are rare."""

from __future__ import annotations

import pytest

from entraide import Listing, runtime
from entraide_outings.badges import badges_of


@pytest.mark.parametrize(
    ("kind", "seats", "words"),
    [
        ("outing", 0, ["Complet"]),
        ("outing", 1, ["Plus qu’une place"]),
        ("outing", 2, ["Plus que 2 places"]),
        ("outing", 3, ["Plus que 3 places"]),
        ("outing", 4, []),
        ("outing", None, []),
        ("tutoring", 1, []),
    ],
)
def test_only_few_places_are_said(site, kind, seats, words):
    with runtime.activate(site):
        badges = list(badges_of([Listing(kind=kind, seats=seats), object()]))
        assert [str(badge.label) for badge in badges] == words
