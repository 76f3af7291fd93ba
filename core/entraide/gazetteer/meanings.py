"""What somebody's words for a place mean: on a site that knows and prefers its own territory."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from entraide import runtime
from entraide.gazetteer import territories
from entraide.gazetteer.areas import Area, find_areas
from entraide.gazetteer.communes import Place, distance_km
from entraide.gazetteer.districts import quarter_codes
from entraide.gazetteer.spellings import EXACT, PART, glue, spell_out, without_article
from entraide.gazetteer.typed import Typed, department_of, parse, without_around, without_department

START, SLIP, LEADING = PART + 1, PART + 2, PART + 3
"""Further grades: words begin like this, one mistake away, only the first words name a place."""

LOOKED_AT = 40
"""How many places are compared that merely begin with what was typed."""

LARGE, LARGEST = 20_000, 1_000_000
"""A commune with more people is rather meant than an area of its name; or it is the area."""

FAR_KM = 100.0
"""Beyond, how far a namesake lies says nothing about which one is meant."""

SITE_WORDS = frozenset({"entraide", "site", "association", "plateforme", "reseau"})


@dataclass(frozen=True)
class Match:
    """A place and how well words name it: EXACT, PART, START, SLIP or LEADING."""

    place: Place
    grade: int


@dataclass(frozen=True)
class Meaning:
    """Places and areas that words may mean, the likeliest first.

    `is_certain`: there is nothing to ask. `namesakes` counts the first choices that bear this
    name equally well: which of them is meant only the person knows.
    """

    choices: tuple[Place | Area, ...] = ()
    is_certain: bool = False
    namesakes: int = 0

    @property
    def place(self) -> Place | None:
        """Return the likeliest meaning when it is a place."""
        first = self.choices[0] if self.choices else None
        return first if isinstance(first, Place) else None

    @property
    def area(self) -> Area | None:
        """Return the likeliest meaning when it is a department or a region."""
        first = self.choices[0] if self.choices else None
        return first if isinstance(first, Area) else None

    @property
    def places(self) -> list[Place]:
        """Return the places alone, for those who need a commune."""
        return [choice for choice in self.choices if isinstance(choice, Place)]


def read(words: str) -> Meaning:
    """Return what a person's words may mean: a name, a postal code, a department or a region.

    Never an INSEE code: five digits are a postal code. Namesakes in the site's own territory
    come first, then the nearest to it.
    """
    if not words.strip():
        return Meaning()
    typed = parse(words)
    around = without_around(typed)
    if around and not territories.gazetteer().named(typed.name):
        typed = around
    if typed.is_area and (areas := find_areas(typed.name)):
        return Meaning(tuple(areas), is_certain=len(areas) == 1)
    return _read_typed(typed)


def _read_typed(typed: Typed) -> Meaning:
    """Read what was taken apart: as a place, as an area, or as a question which is meant."""
    matches = sorted(_distinct(_matches(typed)), key=lambda match: _rank(match, typed.name))
    is_place = bool(typed.postal_code or typed.department)
    if area := _area_with_its_code(typed, matches):
        return Meaning((area,), is_certain=True)
    if areas := [] if is_place else _areas(typed, matches):
        named = [match for match in matches if match.grade <= PART]
        is_slip = not find_areas(typed.name, is_exact=True)
        return _weigh_areas(areas, matches if is_slip else named)
    meaning = _weigh(matches, typed.name)
    is_elsewhere = meaning.place and meaning.place.department != (
        typed.department or meaning.place.department
    )
    # A department that contradicts the name is a question too.
    return replace(meaning, is_certain=False) if is_elsewhere else meaning


def mean_place(place: Place) -> Meaning:
    """Return the meaning of a link of ours, which names one place by its code."""
    return Meaning((place,), is_certain=True)


def prefer(meaning: Meaning, liked: dict[str, int]) -> Meaning:
    """Return the namesakes of a meaning in another order: those with most of `liked` first.

    `liked` counts by INSEE code. Whoever lives elsewhere still chooses.
    """
    first, others = meaning.choices[: meaning.namesakes], meaning.choices[meaning.namesakes :]
    ordered = sorted(
        first, key=lambda choice: -liked.get(choice.code, 0) if isinstance(choice, Place) else 0
    )
    return Meaning((*ordered, *others), meaning.is_certain, meaning.namesakes)


def _matches(typed: Typed) -> list[Match]:
    sharing = territories.gazetteer().at_postal_code(typed.postal_code)
    if not typed.name:
        return _sharing(sharing)
    if not sharing:
        return _named(
            replace(typed, department=typed.department or department_of(typed.postal_code))
        )
    named = _named(typed)
    codes = {place.code for place in sharing}
    both = [
        Match(match.place, min(match.grade, START)) for match in named if match.place.code in codes
    ]
    part = sharing[0]
    if part.kind == "arrondissement" and any(match.place.code == part.parent for match in both):
        # `13013 Marseille`: the code tells which part of the town.
        return [Match(part, EXACT), *_demoted(both)]
    # The name and the code contradict each other: only the person knows which is wrong.
    return both or [*_demoted(named), *(Match(place, SLIP) for place in sharing)]


def _sharing(places: list[Place]) -> list[Match]:
    """Return the places of a postal code alone; one that only a part of a town has names it."""
    is_part = bool(places) and places[0].kind == "arrondissement"
    return [
        Match(place, EXACT if is_part and number == 0 else START)
        for number, place in enumerate(places)
    ]


def _named(typed: Typed) -> list[Match]:
    """Return the places of a name, from the strictest reading that finds any."""
    known = _called(typed)
    if not any(match.grade == EXACT for match in known):
        shorter = without_department(typed)
        known += _called(shorter) if shorter else []
    if any(match.grade == EXACT for match in known) or _is_own(known):
        return known
    gazetteer = territories.gazetteer()
    loose = [
        *known,
        *(Match(place, START) for place in gazetteer.starting(typed.name, LOOKED_AT)),
        *(Match(place, SLIP) for place in gazetteer.resembling(typed.name)),
    ]
    return _in_department(loose, typed.department) or _leading(typed)


def _called(typed: Typed) -> list[Match]:
    codes = [*_own_codes(typed.name), *quarter_codes(typed.name)]
    matches = [
        *(Match(place, grade) for place, grade in territories.gazetteer().named(typed.name)),
        *(Match(place, PART) for place in territories.gazetteer().places(codes)),
    ]
    return _in_department(matches, typed.department)


def _in_department(matches: list[Match], code: str) -> list[Match]:
    """Keep the places of a department when there are any: `Saint-Denis (93)`."""
    return [match for match in matches if match.place.department == code] or matches


def _leading(typed: Typed) -> list[Match]:
    """Read a part of a town by the town: `Lille Fives` names Lille."""
    words = typed.name.split()
    for end in range(len(words) - 1, 0, -1):
        places = territories.gazetteer().named(" ".join(words[:end]))
        exact = [Match(place, LEADING) for place, grade in places if grade == EXACT]
        if exact:
            return _in_department(exact, typed.department)
    return []


def _own_codes(name: str) -> list[str]:
    """Return the codes that a district of this site, or the site's own name, stands for."""
    site = runtime.current().settings.site
    typed = {glue(name), glue(without_article(name))}
    codes = [
        code
        for district, code in site.districts.items()
        if typed & {glue(district), glue(without_article(district))}
    ]
    own = [word for word in spell_out(site.name).split() if word not in SITE_WORDS]
    if codes or not typed & {"".join(own)}:
        return codes
    territory = territories.gazetteer().places(site.territory)
    first = [place.code for place in territory if spell_out(place.name).split()[0] == own[0]]
    return first or list(site.territory)


def _demoted(matches: Iterable[Match]) -> list[Match]:
    return [Match(match.place, max(match.grade, START)) for match in matches]


def _distinct(matches: Iterable[Match]) -> list[Match]:
    """Keep each place once, by its best grade; a part that bears its commune's name is it."""
    best: dict[tuple[str, str], Match] = {}
    for match in sorted(matches, key=lambda match: match.grade):
        place = match.place
        name = spell_out(place.name)
        if (place.parent or "", name) not in best:
            best.setdefault((place.code, name), match)
    return list(best.values())


def _rank(match: Match, name: str) -> tuple[bool, int, bool, bool, float, int]:
    is_named, is_ours = match.grade <= PART, _is_ours(match.place)
    distance, here = 0.0, territories.home()
    if (is_named or match.grade == LEADING) and here:
        distance = distance_km(here[:2], match.place.point) if match.place.point else math.inf
    is_other = match.grade == EXACT and not _is_literal(match, name)
    # Far from here everything is as far: whoever means one of those rather means the largest.
    near = min(distance, FAR_KM)
    is_first = is_named and is_ours
    return not is_first, match.grade, is_other, not is_ours, near, -_population(match)


def _is_literal(match: Match, name: str) -> bool:
    """Return whether a name is written as the place's own: Cherré-Au is not Cherreau."""
    return spell_out(match.place.name) == name


def _is_ours(place: Place) -> bool:
    return place.code in runtime.current().settings.site.territory


def _is_own(matches: list[Match]) -> bool:
    return any(_is_ours(match.place) for match in matches)


def _area_with_its_code(typed: Typed, matches: list[Match]) -> Area | None:
    """Return the department of `Nièvre 58`, unless a place of it is called so: `Mayenne 53`."""
    code = typed.department
    if any(match.grade == EXACT and match.place.department == code for match in matches):
        return None
    areas = find_areas(typed.name, is_exact=True) if code else []
    return next((area for area in areas if area.departments == (code,)), None)


def _areas(typed: Typed, matches: list[Match]) -> list[Area]:
    """Return the areas of a name; a mistake in one is forgiven when no place begins like it."""
    is_exact = any(match.grade <= START for match in matches)
    named = {
        spell_out(match.place.name)
        for match in matches
        if match.grade == EXACT and _population(match) > LARGEST
    }
    # Paris is its own department.
    return [
        area
        for area in find_areas(typed.name, is_exact=is_exact)
        if spell_out(area.name) not in named
    ]


def _weigh_areas(areas: list[Area], named: list[Match]) -> Meaning:
    is_place_first = any(
        _is_ours(match.place) or (match.grade == EXACT and _population(match) > LARGE)
        for match in named
    )
    exact = [match.place for match in named if match.grade == EXACT or _is_ours(match.place)]
    places = exact or [match.place for match in named]
    choices: tuple[Place | Area, ...] = (*places, *areas) if is_place_first else (*areas, *places)
    return Meaning(choices, is_certain=len(choices) == 1)


def _population(match: Match) -> int:
    return match.place.population or 0


def _weigh(matches: list[Match], name: str) -> Meaning:
    choices = tuple(match.place for match in matches)
    named = [match for match in matches if match.grade <= PART]
    exact = [match for match in named if match.grade == EXACT]
    exact = [match for match in exact if _is_literal(match, name)] or exact
    ours = [match for match in named if _is_ours(match.place)]
    ours = [match for match in ours if match.grade == EXACT] or ours
    is_only = len(matches) == 1 and matches[0].grade <= START
    if is_only or len(ours or exact) == 1:
        return Meaning(choices, is_certain=True)
    return Meaning(choices, namesakes=len(named))
