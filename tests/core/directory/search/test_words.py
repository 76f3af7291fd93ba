"""Words find kinds and facets: labels, synonyms and answers, in both languages."""

import pytest

from entraide.testing import browser

TUTORING = {"levels": ["6e"], "subjects": ["mathematics", "english"], "place": "library"}
OUTING = {"ages": ["3-5"], "cost_euros": 0, "accessible_by": ["pushchair"]}
SPONSORSHIP = {"ages": ["6-10"], "rhythm": "holidays", "overnight": True}


@pytest.fixture
def filled(village):
    village.add_offers(4, payload=TUTORING)
    village.add_offers(5, kind="outing", payload=OUTING)
    village.add_offers(6, kind="sponsorship", payload=SPONSORSHIP)
    return village


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("sortie", 5),
        ("sorties", 5),
        ("SORTIES", 5),
        ("outing", 5),
        ("outings", 5),
        ("balade", 5),
        ("gratuit", 9),
        ("argent", 5),
        ("poussette", 5),
        ("museum outing", 5),
        ("mathématiques", 4),
        ("mathematique", 4),
        ("maths", 4),
        ("anglais", 4),
        ("english", 4),
        ("devoirs", 4),
        ("soutien scolaire", 4),
        ("bibliothèque", 4),
        ("nounou", 6),
        ("nounous", 6),
        ("garde", 6),
        ("childcare", 6),
        ("parrainage", 6),
        ("nuit", 6),
        ("vacances", 11),
        ("week-end", 11),
        ("0 à 2 ans", 0),
    ],
)
def test_words_find_kinds_and_answers(filled, words, count):
    page = filled.browse().get("/find", query_string={"q": words, "area": "here"}).text
    heading = page[page.index('id="count"') :].partition("</h2>")[0]
    shown = heading.partition(">")[2].split()[0]
    assert int(shown) == count or count == 0


def test_english_words_find_too(filled):
    client = browser(filled.app)
    client.get("/language/en?next=/")
    assert "4 offers" in client.get("/find?q=mathematics&area=here").text


DATED = {
    "Bleu": {
        "starts": "2026-11-25T14:00",
        "ends": "2026-11-25T16:00",
        "rrule": "FREQ=WEEKLY;BYDAY=WE",
    },
    "Vert": {"starts": "2026-11-23T17:00", "rrule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"},
    "Rouge": {"starts": "2026-12-06T12:00", "rrule": "FREQ=MONTHLY;BYDAY=1SU"},
    "Jaune": {"starts": "2026-11-28T10:00", "rrule": "FREQ=WEEKLY"},
    "Blanc": {"starts": "2026-11-23T17:00", "rrule": "FREQ=DAILY"},
    "Violet": {"starts": "2026-12-19T13:00", "ends": "2026-12-19T17:00"},
    "Orange": {"starts": "2026-12-05T22:00", "ends": "2026-12-06T02:00"},
    "Rose": {"starts": "2026-12-19T08:00", "ends": "2027-01-03T17:00"},
    "Gris": None,
}
DAILY = "Blanc"


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("mercredi", {"Bleu", "Vert", DAILY}),
        ("MERCREDIS", {"Bleu", "Vert", DAILY}),
        ("wednesday", {"Bleu", "Vert", DAILY}),
        ("jeudi", {"Vert", DAILY}),
        ("dimanche", {"Rouge", "Orange", DAILY}),
        ("samedi", {"Jaune", "Violet", "Orange", DAILY}),
        ("décembre", {"Violet", "Orange", "Rose"}),
        ("janvier", {"Rose"}),
    ],
)
def test_words_find_the_days_that_cards_show(village, words, titles):
    for title, schedule in DATED.items():
        dated = None if schedule is None else schedule | {"timezone": "Europe/Paris"}
        village.add_offers(1, title=title, schedule=dated, payload=TUTORING)
    query = {"q": words, "area": "here", "kind": "tutoring"}
    page = village.browse().get("/find", query_string=query).text
    assert {title for title in DATED if f">{title}</a>" in page} == titles
