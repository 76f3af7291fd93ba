"""The eighty quarters of Paris, which people name instead of its arrondissements."""

from __future__ import annotations

from functools import cache

from entraide.gazetteer.spellings import glue, without_article

FIRST = 75101
"""INSEE code of the first arrondissement; the others follow it."""

QUARTERS = (
    "Saint-Germain-l'Auxerrois, Halles, Palais-Royal, Place Vendôme",
    "Gaillon, Vivienne, Mail, Bonne-Nouvelle",
    "Arts-et-Métiers, Enfants-Rouges, Archives, Sainte-Avoye",
    "Saint-Merri, Saint-Gervais, Arsenal, Notre-Dame",
    "Saint-Victor, Jardin-des-Plantes, Val-de-Grâce, Sorbonne",
    "Monnaie, Odéon, Notre-Dame-des-Champs, Saint-Germain-des-Prés",
    "Saint-Thomas-d'Aquin, Invalides, École militaire, Gros-Caillou",
    "Champs-Élysées, Faubourg-du-Roule, Madeleine, Europe",
    "Saint-Georges, Chaussée-d'Antin, Faubourg-Montmartre, Rochechouart",
    "Saint-Vincent-de-Paul, Porte Saint-Denis, Porte Saint-Martin, Hôpital Saint-Louis",
    "Folie-Méricourt, Saint-Ambroise, Roquette, Sainte-Marguerite",
    "Bel-Air, Picpus, Bercy, Quinze-Vingts",
    "Salpêtrière, Gare, Maison-Blanche, Croulebarbe",
    "Montparnasse, Parc-de-Montsouris, Petit-Montrouge, Plaisance",
    "Saint-Lambert, Necker, Grenelle, Javel",
    "Auteuil, Muette, Porte Dauphine, Chaillot",
    "Ternes, Plaine-de-Monceaux, Batignolles, Épinettes",
    "Grandes-Carrières, Clignancourt, Goutte-d'Or, Chapelle",
    "Villette, Pont-de-Flandre, Amérique, Combat",
    "Belleville, Saint-Fargeau, Père-Lachaise, Charonne",
)
"""Four quarters for each arrondissement, in their official order."""


def quarter_codes(words: str) -> list[str]:
    """Return the codes of the arrondissements that have a quarter of this name."""
    return _codes().get(glue(without_article(words)), [])


@cache
def _codes() -> dict[str, list[str]]:
    codes: dict[str, list[str]] = {}
    for number, names in enumerate(QUARTERS):
        for name in names.split(", "):
            codes.setdefault(glue(name), []).append(str(FIRST + number))
    return codes
