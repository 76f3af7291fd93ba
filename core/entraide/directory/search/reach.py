"""Which indexed points lie within a distance: cells narrow them down, the exact check decides."""

from __future__ import annotations

import math
from collections.abc import Iterator

import h3
import tantivy

from entraide.directory.search.schema import COARSE_CELL, FINE_CELL, read_point
from entraide.gazetteer.communes import distance_km

WIDEST_FINE_KM = 60
WIDEST_COARSE_KM = 1_000
LONGEST_EDGE_KM = {FINE_CELL: 13.0, COARSE_CELL: 90.0}
SHORTEST_EDGE_KM = {FINE_CELL: 7.0, COARSE_CELL: 48.0}
"""Edges of H3 cells vary with the place on Earth; bounds over all cells, rounded outwards."""

Reach = dict[str, float]
"""The token of a point to its distance in kilometres, nearest first."""


def find_reach(searcher: tantivy.Searcher, near: tuple[float, float, float]) -> Reach:
    """Return every indexed point within `near` = (latitude, longitude, kilometres)."""
    latitude, longitude, kilometres = near
    if not all(map(math.isfinite, near)):
        return {}
    here = (max(-90.0, min(90.0, latitude)), (longitude + 180) % 360 - 180)
    distances = {
        token: distance
        for prefix in _prefixes(here, kilometres)
        for token, _ in searcher.terms_with_prefix("point", prefix)
        if (distance := distance_km(here, read_point(token))) <= kilometres
    }
    return dict(sorted(distances.items(), key=lambda item: (item[1], item[0])))


def _prefixes(here: tuple[float, float], kilometres: float) -> Iterator[str]:
    """Yield the beginnings of the tokens of all points that could be in reach."""
    if kilometres > WIDEST_COARSE_KM:
        yield ""
    elif kilometres > WIDEST_FINE_KM:
        for cell in _disk(here, kilometres, COARSE_CELL):
            yield f"{cell}/"
    else:
        for cell in _disk(here, kilometres, FINE_CELL):
            yield f"{h3.cell_to_parent(cell, COARSE_CELL)}/{cell}/"


def _disk(here: tuple[float, float], kilometres: float, resolution: int) -> list[str]:
    # A disk of k rings of hexagons reaches at least 1.5 edges further with each ring.
    reach = kilometres + LONGEST_EDGE_KM[resolution]
    rings = math.ceil(reach / (1.5 * SHORTEST_EDGE_KM[resolution]))
    return list(h3.grid_disk(h3.latlng_to_cell(*here, resolution), rings))
