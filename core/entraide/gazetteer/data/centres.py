"""Approximate centres that no source gives: arrondissements and four islands of the Atlantic.

Read from public maps and rounded to a thousandth of a degree; they may be off by 500 m, which
search by distance can bear. The 12th and 16th of Paris are centred on their inhabited part.
"""
# ruff: noqa: INP001 - imported by the script beside it

from __future__ import annotations

PARIS = (
    (48.863, 2.336),
    (48.868, 2.343),
    (48.863, 2.360),
    (48.854, 2.358),
    (48.844, 2.351),
    (48.849, 2.333),
    (48.856, 2.312),
    (48.873, 2.313),
    (48.877, 2.338),
    (48.876, 2.361),
    (48.859, 2.380),
    (48.841, 2.395),
    (48.828, 2.362),
    (48.829, 2.327),
    (48.840, 2.293),
    (48.860, 2.268),
    (48.887, 2.307),
    (48.893, 2.348),
    (48.887, 2.385),
    (48.864, 2.401),
)
LYON = (
    (45.770, 4.828),
    (45.749, 4.827),
    (45.754, 4.869),
    (45.779, 4.824),
    (45.756, 4.803),
    (45.773, 4.852),
    (45.734, 4.838),
    (45.734, 4.870),
    (45.780, 4.804),
)
MARSEILLE = (
    (43.300, 5.383),
    (43.306, 5.366),
    (43.313, 5.380),
    (43.307, 5.401),
    (43.293, 5.397),
    (43.288, 5.381),
    (43.284, 5.358),
    (43.250, 5.377),
    (43.238, 5.430),
    (43.279, 5.422),
    (43.288, 5.478),
    (43.308, 5.443),
    (43.347, 5.432),
    (43.343, 5.393),
    (43.360, 5.362),
    (43.364, 5.328),
)
ISLANDS = {
    "97501": (46.970, -56.330),
    "97502": (46.780, -56.170),
    "97701": (17.900, -62.830),
    "97801": (18.080, -63.050),
}

CENTRES = ISLANDS | {
    str(first + number): centre
    for first, centres in ((75101, PARIS), (69381, LYON), (13201, MARSEILLE))
    for number, centre in enumerate(centres)
}
"""INSEE code to (latitude, longitude)."""
