"""Words of another site on our pages: plain ones pass, none that imitate, lead away or hide."""

import pytest

from entraide import runtime
from entraide.directory.payloads.described_words import fit_for_pages


@pytest.fixture(autouse=True)
def own(make_site):
    with runtime.activate(make_site()) as site:
        yield site


DOCUMENT = {
    "kind": "toyloan",
    "schemaVersion": "1.0",
    "languages": ["fr", "en"],
    "label": ["Prêt de jouets", "Toy loan"],
    "fields": [],
}


def fit(**field):
    document = DOCUMENT | {
        "fields": [{"name": "toy", "type": "text", "label": ["A", "B"], **field}]
    }
    return bool(fit_for_pages(document)["fields"])


BAD = [
    "<b>Jouet</b>",
    "Jouet {{ config }}",
    "Téléphone 06 12 34 56 78",
    "exemple@example.org",
    "www.exemple.fr",
    "12 rue de la Paix",
    "Confirmée le",
    "Confirmé le",
    "CONFIRMES LE :",
    "Publié sur ce site.",
    "From this site",
    "Bon à savoir",
    "Publié par Site Exemple",
    "SITE « EXEMPLE »",
    "Jo\u200buet",
    "Jo\u202euet",
    "\u0408ouet",
    "\uff4aouet",
    "Joue\u0301t",
    "玩具",
    "🧸",
]
GOOD = [
    "Âge de l’enfant (en mois)",
    "Prix / jour : 5 €",
    "Niveau « 6e »",
    "Œuvre d'été – n° 2",
    "Places",
    "Public visé",
    "Example of a meal",
    "km²",
]


@pytest.mark.parametrize("words", BAD)
def test_a_bad_word_takes_its_field_along(words):
    pair = [words, "Toy"]
    assert not fit(label=pair)
    assert not fit(unit=pair)
    assert not fit(choices=[["a", "A", "A"], ["b", *pair]])
    assert fit_for_pages(DOCUMENT | {"label": ["Toy", words]}) is None


@pytest.mark.parametrize("words", GOOD)
def test_usual_words_pass(words):
    assert fit(label=[words] * 2, unit=[words] * 2, choices=[["a", words, words]])
    assert fit_for_pages(DOCUMENT | {"label": [words] * 2})


def test_signs_alone_are_a_unit_and_no_label():
    assert fit(unit=["€", "€"], choices=[["a", "–", "–"]])
    assert not fit(label=["–", "–"])


def test_choices_that_are_numbers_are_no_telephone():
    assert fit(choices=[[f"{n}", f"{n:02}", f"{n:02}"] for n in range(1, 20)])


def test_a_site_with_a_short_name_does_not_forbid_words(make_site):
    from entraide import runtime

    made = make_site(files={"local.toml": '[site]\nname = "Île"\n'})
    with runtime.activate(made):
        assert fit(label=["File d'attente", "Ile"])
