"""Departments and regions of France, by their names, former names and codes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from entraide.gazetteer.spellings import SHORTEST_SLIP, glue, is_one_slip, without_article
from entraide.i18n import Text, catalogue

_ = catalogue("entraide")

DEPARTMENTS = dict(
    line.split(" ", 1)
    for line in """01 Ain|02 Aisne|03 Allier|04 Alpes-de-Haute-Provence|05 Hautes-Alpes
06 Alpes-Maritimes|07 Ardèche|08 Ardennes|09 Ariège|10 Aube|11 Aude|12 Aveyron|13 Bouches-du-Rhône
14 Calvados|15 Cantal|16 Charente|17 Charente-Maritime|18 Cher|19 Corrèze|2A Corse-du-Sud
2B Haute-Corse|21 Côte-d'Or|22 Côtes-d'Armor|23 Creuse|24 Dordogne|25 Doubs|26 Drôme|27 Eure
28 Eure-et-Loir|29 Finistère|30 Gard|31 Haute-Garonne|32 Gers|33 Gironde|34 Hérault
35 Ille-et-Vilaine|36 Indre|37 Indre-et-Loire|38 Isère|39 Jura|40 Landes|41 Loir-et-Cher|42 Loire
43 Haute-Loire|44 Loire-Atlantique|45 Loiret|46 Lot|47 Lot-et-Garonne|48 Lozère|49 Maine-et-Loire
50 Manche|51 Marne|52 Haute-Marne|53 Mayenne|54 Meurthe-et-Moselle|55 Meuse|56 Morbihan|57 Moselle
58 Nièvre|59 Nord|60 Oise|61 Orne|62 Pas-de-Calais|63 Puy-de-Dôme|64 Pyrénées-Atlantiques
65 Hautes-Pyrénées|66 Pyrénées-Orientales|67 Bas-Rhin|68 Haut-Rhin|69 Rhône|70 Haute-Saône
71 Saône-et-Loire|72 Sarthe|73 Savoie|74 Haute-Savoie|75 Paris|76 Seine-Maritime|77 Seine-et-Marne
78 Yvelines|79 Deux-Sèvres|80 Somme|81 Tarn|82 Tarn-et-Garonne|83 Var|84 Vaucluse|85 Vendée
86 Vienne|87 Haute-Vienne|88 Vosges|89 Yonne|90 Territoire de Belfort|91 Essonne|92 Hauts-de-Seine
93 Seine-Saint-Denis|94 Val-de-Marne|95 Val-d'Oise|971 Guadeloupe|972 Martinique|973 Guyane
974 La Réunion|975 Saint-Pierre-et-Miquelon|976 Mayotte|977 Saint-Barthélemy|978 Saint-Martin
986 Wallis-et-Futuna|987 Polynésie française|988 Nouvelle-Calédonie""".replace("\n", "|").split("|")
)
"""Code (INSEE) to name, collectivities overseas included."""

REGIONS = {
    "Auvergne-Rhône-Alpes": "01 03 07 15 26 38 42 43 63 69 73 74",
    "Bourgogne-Franche-Comté": "21 25 39 58 70 71 89 90",
    "Bretagne": "22 29 35 56",
    "Centre-Val de Loire": "18 28 36 37 41 45",
    "Corse": "2A 2B",
    "Grand Est": "08 10 51 52 54 55 57 67 68 88",
    "Hauts-de-France": "02 59 60 62 80",
    "Île-de-France": "75 77 78 91 92 93 94 95",
    "Normandie": "14 27 50 61 76",
    "Nouvelle-Aquitaine": "16 17 19 23 24 33 40 47 64 79 86 87",
    "Occitanie": "09 11 12 30 31 32 34 46 48 65 66 81 82",
    "Pays de la Loire": "44 49 53 72 85",
    "Provence-Alpes-Côte d'Azur": "04 05 06 13 83 84",
}
FORMER_REGIONS = {
    "Alsace": "67 68",
    "Aquitaine": "24 33 40 47 64",
    "Auvergne": "03 15 43 63",
    "Basse-Normandie": "14 50 61",
    "Bourgogne": "21 58 71 89",
    "Champagne-Ardenne": "08 10 51 52",
    "Franche-Comté": "25 39 70 90",
    "Haute-Normandie": "27 76",
    "Languedoc-Roussillon": "11 30 34 48 66",
    "Limousin": "19 23 87",
    "Lorraine": "54 55 57 88",
    "Midi-Pyrénées": "09 12 31 32 46 65 81 82",
    "Nord-Pas-de-Calais": "59 62",
    "Picardie": "02 60 80",
    "Poitou-Charentes": "16 17 79 86",
    "Rhône-Alpes": "01 07 26 38 42 69 73 74",
}
"""People still say them."""

ONE_COMMUNE = {"Saint-Barthélemy", "Saint-Martin"}
"""Collectivities of one commune each: their name is the commune's, and that of many others."""

SHORT_NAMES = {
    "PACA": "Provence-Alpes-Côte d'Azur",
    "IDF": "Île-de-France",
    "Région parisienne": "Île-de-France",
    "Centre": "Centre-Val de Loire",
    "Val de Loire": "Centre-Val de Loire",
    "ARA": "Auvergne-Rhône-Alpes",
    "BFC": "Bourgogne-Franche-Comté",
    "HDF": "Hauts-de-France",
}


@dataclass(frozen=True, slots=True)
class Area:
    """A department or a region: its name and the codes of its departments."""

    name: str
    departments: tuple[str, ...]
    is_region: bool = False

    @property
    def label(self) -> Text:
        """Return the name and what it is: `Nièvre (department)`."""
        words = _("%(name)s (region)") if self.is_region else _("%(name)s (department)")
        return words % {"name": self.name}


def find_areas(words: str, *, is_exact: bool = False) -> list[Area]:
    """Return the areas that words name, by name or code.

    One typing mistake is forgiven unless `is_exact`.
    """
    if (exact := _exact(words)) or is_exact:
        return exact
    keys = {glue(words), glue(without_article(words))}
    close = [
        area
        for key, areas in _areas_by_key().items()
        if any(len(typed) > SHORTEST_SLIP and is_one_slip(typed, key) for typed in keys)
        for area in areas
    ]
    return list(dict.fromkeys(close))


def department_named(words: str) -> str:
    """Return the code of the department with this name or code, empty when there is none."""
    if words.upper() in DEPARTMENTS:
        return words.upper()
    departments = [area for area in _exact(words) if not area.is_region]
    return departments[0].departments[0] if departments else ""


def region_around(area: Area) -> Area | None:
    """Return the region in which a department lies; None for a region and overseas."""
    if area.is_region:
        return None
    for name, codes in REGIONS.items():
        if area.departments[0] in codes.split():
            return Area(name, tuple(codes.split()), is_region=True)
    return None


def _exact(words: str) -> list[Area]:
    known = _areas_by_key()
    return known.get(glue(words)) or known.get(glue(without_article(words))) or []


@cache
def _areas_by_key() -> dict[str, list[Area]]:
    departments = [
        Area(name, (code,)) for code, name in DEPARTMENTS.items() if name not in ONE_COMMUNE
    ]
    regions = {
        name: Area(name, tuple(codes.split()), is_region=True)
        for name, codes in {**REGIONS, **FORMER_REGIONS}.items()
    }
    known: dict[str, list[Area]] = {}
    for area in [*departments, *regions.values()]:
        names = [area.name, without_article(area.name)]
        codes = () if area.is_region else area.departments
        for key in dict.fromkeys(map(glue, [*names, *codes])):
            known.setdefault(key, []).append(area)
    for short, name in SHORT_NAMES.items():
        known.setdefault(glue(short), []).append(regions[name])
    known.setdefault("20", []).append(regions["Corse"])
    return known
