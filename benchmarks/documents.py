"""Synthetic public offers, the same for every product measured: about 1 KB, some 20 fields."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from entraide_federation.protocol import types

OFFERS_PER_ORGANISATION = 50
SEED = 2026

PLACES = (
    "58079",
    "58103",
    "58286",
    "75118",
    "75119",
    "93059",
    "93066",
    "44162",
    "44109",
    "59350",
    "59328",
    "69123",
    "13055",
    "31555",
    "67482",
    "33063",
    "35238",
    "34172",
    "76540",
    "06088",
)
NEEDS = (
    "Aide aux devoirs",
    "Relais entre voisins",
    "Sortie en forêt",
    "Parrainage de proximité",
    "Goûter partagé",
    "Atelier de réparation",
    "Trajet vers l'école",
    "Après-midi jeux",
    "Soutien en mathématiques",
    "Visite au musée",
    "Repas de quartier",
    "Lecture à voix haute",
)
MOMENTS = (
    "le mercredi après-midi",
    "le samedi matin",
    "pendant les vacances",
    "une fois par mois",
    "en soirée",
    "le dimanche",
    "dès la rentrée",
    "tous les quinze jours",
)
SENTENCES = (
    "Une bénévole accueille les enfants à la bibliothèque, gratuitement et sans condition.",
    "Nous nous retrouvons près de la mairie ; un goûter est prévu pour les plus petits.",
    "L'équipe connaît bien les familles où un seul parent élève les enfants.",
    "Prévenez-nous la veille, et venez comme vous êtes : une poussette passe partout.",
    "Chaque parent peut rester, se reposer, ou profiter de ce temps pour ses démarches.",
    "Les places sont peu nombreuses afin que chacun soit écouté et trouve sa place.",
    "En hiver, l'activité a lieu à l'intérieur, dans la salle chauffée de l'association.",
    "Le groupe est mêlé : collégiens, lycéens et adultes s'entraident depuis sept ans.",
)
THEMES = (
    "famille--soutien-a-la-parentalite-et-a-leducation",
    "famille--garde-denfants",
    "equipement-et-alimentation--alimentation",
    "mobilite--etre-accompagne-dans-son-parcours",
    "difficultes-administratives-ou-juridiques--etre-accompagne-dans-ses-demarches",
)
AUDIENCES = ("familles", "parents-isoles", "enfants", "adolescents", "etudiants")
LEVELS = ("cp", "ce1", "ce2", "cm1", "cm2", "6e", "5e", "4e", "3e")
AGES = ("0-2", "3-5", "6-10", "11-14", "15-17")


def make_documents(base: str, count: int, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield `count` unsigned offers of the site at `base`, each organisation before its own.

    The same arguments give the same documents; all are valid at `now`.
    """
    chance = random.Random(SEED)  # noqa: S311 - repeatable on purpose
    milliseconds = int((now - timedelta(days=30)).timestamp() * 1000)
    organisation = ""
    for number in range(count):
        written_at = (now - timedelta(minutes=chance.randrange(40_000))).replace(microsecond=0)
        if number % OFFERS_PER_ORGANISATION == 0:
            organisation = make_id(base, milliseconds, chance)
            yield _organisation(organisation, base, number, written_at)
            milliseconds += 1
        yield _offer(make_id(base, milliseconds, chance), base, organisation, written_at, chance)
        milliseconds += 1


def make_id(base: str, milliseconds: int, chance: random.Random) -> str:
    """Return the id of an object, a UUIDv7 of that moment."""
    value = milliseconds << 80 | 0x7 << 76 | chance.getrandbits(12) << 64
    value |= 0b10 << 62 | chance.getrandbits(62)
    return f"{base}/federation/o/{UUID(int=value)}"


def _organisation(identifier: str, base: str, number: int, written_at: datetime) -> dict[str, Any]:
    return types.ORGANISATION.make(
        id=identifier,
        origin=base,
        version=int(written_at.timestamp() * 1000),
        created=written_at,
        updated=written_at,
        lang="fr",
        name=f"Association Exemple {number}",
        form="association",
        territory=[PLACES[number % len(PLACES)]],
        summary="Une association visiblement inventée.",
    )


def _offer(
    identifier: str, base: str, organisation: str, written_at: datetime, chance: random.Random
) -> dict[str, Any]:
    kind, ext = chance.choice((_tutoring, _outing))(chance)
    return types.OFFER.make(
        id=identifier,
        origin=base,
        version=int(written_at.timestamp() * 1000),
        created=written_at - timedelta(days=20),
        updated=written_at,
        lang="fr",
        kind=kind,
        title=f"{chance.choice(NEEDS)} {chance.choice(MOMENTS)}",
        summary=chance.choice(SENTENCES),
        org=organisation,
        territory=[chance.choice(PLACES)],
        relay="public",
        contactUrl=identifier.replace("federation/o", "offres"),
        validUntil=(written_at + timedelta(days=150)).date(),
        verified=(written_at - timedelta(days=3)).date(),
        schedule=_schedule(written_at, chance),
        places=chance.randrange(1, 20),
        languages=["fr"],
        themes=[chance.choice(THEMES)],
        audience=[chance.choice(AUDIENCES)],
        ext={kind: ext},
    )


def _schedule(written_at: datetime, chance: random.Random) -> dict[str, str]:
    day = (written_at + timedelta(days=chance.randrange(50, 120))).date()
    hour = chance.randrange(9, 18)
    return {
        "starts": f"{day}T{hour:02}:00",
        "ends": f"{day}T{hour + 2:02}:00",
        "timezone": "Europe/Paris",
    }


def _tutoring(chance: random.Random) -> tuple[str, dict[str, Any]]:
    return "tutoring", {
        "levels": chance.sample(LEVELS, 3),
        "subjects": ["french", "method"],
        "place": "library",
        "in_group": chance.random() < 0.5,  # noqa: PLR2004 - a coin
    }


def _outing(chance: random.Random) -> tuple[str, dict[str, Any]]:
    return "outing", {
        "ages": chance.sample(AGES, 2),
        "cost_euros": chance.randrange(20),
        "paid_by": "families",
        "bring": "Une gourde et un goûter.",
    }
