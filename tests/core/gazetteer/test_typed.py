"""What people type for a place: a table of hard cases, then every place of the gazetteer."""

import csv
from itertools import islice
from pathlib import Path

import pytest

from entraide import runtime
from entraide.directory.finding.form import label_of
from entraide.gazetteer import meanings
from entraide.gazetteer.areas import DEPARTMENTS, FORMER_REGIONS, REGIONS
from entraide.gazetteer.spellings import fold_name, glue, is_one_slip
from entraide.gazetteer.territories import GAZETTEER
from entraide.posting.where import label_of as label_in_posting
from entraide.testing.sites import open_site

TYPED = Path(__file__).parents[2] / "data" / "places" / "typed.tsv"
"""kind, typed, code, how: `sure` when nothing is asked, else `ask`: it is among the choices."""

EVERY_PLACE = pytest.mark.no_cover
"""What every place goes through has been measured with a few of them already: coverage would make
these tests the longest of all."""

EACH_SLIP = 40
"""Of the names one in so many gets a typing mistake: looking for those takes milliseconds."""


def cases():
    with TYPED.open(encoding="utf-8", newline="") as file:
        return [tuple(row.values()) for row in csv.DictReader(file, delimiter="\t", quoting=3)]


@pytest.fixture(scope="module")
def hub(tmp_path_factory, templates):
    """Give a site without a territory: it prefers nothing."""
    site = open_site(
        tmp_path_factory.mktemp("hub"), templates, files={"local.toml": "[site]\nterritory = []\n"}
    )
    with runtime.activate(site):
        yield site
    site.database.close()


@pytest.fixture(scope="module")
def every_place(hub):
    """Every place as choices show it: a part that bears its commune's name is the commune."""
    rows = GAZETTEER.get(hub)._select("ORDER BY rank")
    names = {(place.code, place.name) for place in rows}
    return [place for place in rows if (place.parent, place.name) not in names]


def test_the_table_is_long_enough():
    assert len(cases()) > 280
    assert len({kind for kind, *_others in cases()}) > 12


@pytest.mark.parametrize(("kind", "typed", "code", "how"), cases())
@pytest.mark.usefixtures("hub")
def test_what_is_typed_finds_the_place(kind, typed, code, how):
    meaning = meanings.read(typed)
    assert code in [place.code for place in meaning.places], kind
    if how == "sure":
        assert (meaning.is_certain, meaning.place.code) == (True, code), kind
    else:
        assert not meaning.is_certain, kind


AREAS = [
    *((name, (code,)) for code, name in DEPARTMENTS.items() if code not in ("75", "977", "978")),
    *((code, (code,)) for code in DEPARTMENTS if code not in ("977", "978")),
    *((name, tuple(codes.split())) for name, codes in {**REGIONS, **FORMER_REGIONS}.items()),
    ("PACA", tuple(REGIONS["Provence-Alpes-Côte d'Azur"].split())),
    ("20", ("2A", "2B")),
    ("la nievre", ("58",)),
    ("ILE DE FRANCE", tuple(REGIONS["Île-de-France"].split())),
    ("Seine Saint Deni", ("93",)),
    ("département de l'Yonne", ("89",)),
    ("dans le Nord", ()),
]


@pytest.mark.parametrize(("typed", "departments"), AREAS)
@pytest.mark.usefixtures("hub")
def test_departments_and_regions_are_understood(typed, departments):
    areas = [one for one in meanings.read(typed).choices if not hasattr(one, "code")]
    assert [area.departments for area in areas if area.departments == departments] == (
        [departments] if departments else []
    )
    for area in areas:
        assert meanings.read(label_of(area)).choices == (area,)


@EVERY_PLACE
@pytest.mark.usefixtures("hub")
def test_each_postal_code_leads_to_all_its_communes(every_place):
    expected = {}
    for place in every_place:
        for code in place.postal_codes:
            expected.setdefault(code, set()).add(place.code)
    for code, codes in expected.items():
        assert {place.code for place in meanings.read(code).places} >= codes, code


@EVERY_PLACE
@pytest.mark.parametrize("label", [label_of, label_in_posting])
@pytest.mark.usefixtures("hub")
def test_each_label_leads_back_without_a_question(every_place, label):
    lost = [
        label(place) for place in every_place if not is_same(meanings.read(label(place)), place)
    ]
    assert lost == []


def is_same(meaning, place):
    found = meaning.place
    return (
        meaning.is_certain
        and found is not None
        and (
            found == place
            or (found.code in (place.code, place.parent) and found.name == place.name)
        )
    )


SPELLINGS = {
    "upper case": str.upper,
    "no accents, no marks": fold_name,
    "in one word": lambda name: fold_name(name).replace(" ", ""),
    "typographic apostrophe": lambda name: name.replace("'", "\u2019").replace("-", " "),
    "St for Saint": lambda name: name.replace("Sainte-", "Ste ").replace("Saint-", "St-"),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_each_name_in_other_spellings_has_one_key(every_place, spelling):
    assert [
        place.name for place in every_place if glue(spelling(place.name)) != glue(place.name)
    ] == []


@EVERY_PLACE
@pytest.mark.parametrize("number", range(len(SPELLINGS)), ids=SPELLINGS)
@pytest.mark.usefixtures("hub")
def test_each_name_in_another_spelling_is_among_the_choices(every_place, number):
    # Every name is looked for once, each in one of the spellings, which share a key.
    spelling = list(SPELLINGS.values())[number]
    lost = [
        spelling(place.name)
        for place in islice(every_place, number, None, len(SPELLINGS))
        if place.code not in {found.code for found in meanings.read(spelling(place.name)).places}
    ]
    assert lost == []


@EVERY_PLACE
@pytest.mark.usefixtures("hub")
def test_names_with_one_typing_mistake_are_among_the_choices(every_place):
    names = {glue(place.name) for place in every_place} | set(map(glue, DEPARTMENTS.values()))
    lost = []
    for number, place in enumerate(islice(every_place, 0, None, EACH_SLIP)):
        typed = slip(place.name, number)
        # Short names have many neighbours; a mistake may also give another name, and a lost
        # "œ" is two letters.
        is_slip = is_one_slip(glue(typed), glue(place.name))
        if len(glue(typed)) > 6 and glue(typed) not in names and is_slip:
            found = meanings.read(typed).places
            lost += [] if place.code in {one.code for one in found} else [(typed, place.name)]
    assert lost == []


def slip(name, number):
    at = 2 + number % max(1, len(name) - 3)
    return (
        name[:at] + name[at + 1 :],
        name[:at] + "e" + name[at:],
        name[:at] + "x" + name[at + 1 :],
        name[:at] + name[at + 1 : at + 2] + name[at : at + 1] + name[at + 2 :],
    )[number % 4]


@pytest.mark.parametrize(
    ("typed", "name", "is_slip"),
    [
        ("clameci", "clamecy", True),
        ("clamcy", "clamecy", True),
        ("clamecyy", "clamecy", True),
        ("calmecy", "clamecy", True),
        ("clamecy", "clamecy", False),
        ("clmcy", "clamecy", False),
        ("yclamec", "clamecy", False),
        ("ab", "ba", True),
        ("", "a", True),
        ("", "", False),
    ],
)
def test_one_slip_is_told_from_two(typed, name, is_slip):
    assert is_one_slip(typed, name) is is_slip
    assert is_one_slip(name, typed) is is_slip


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Nièvre 58", "58"),
        ("58 nievre", "58"),
        ("Loire 42", "42"),
        ("reunion 974", "974"),
        ("Haute Savoie 74", "74"),
        ("dans la Nièvre", "58"),
        ("dans le 93", "93"),
        ("vers la Drôme", "26"),
    ],
)
@pytest.mark.usefixtures("hub")
def test_a_department_with_its_code_or_with_words_around_it(typed, code):
    meaning = meanings.read(typed)
    assert meaning.is_certain
    assert meaning.area.departments == (code,)


@pytest.mark.parametrize(("typed", "code"), [("Mayenne 53", "53147"), ("Eu 76", "76255")])
@pytest.mark.usefixtures("hub")
def test_a_place_with_the_code_of_its_department(typed, code):
    assert meanings.read(typed).place.code == code


def test_far_from_here_the_largest_namesake_comes_first(village):
    with runtime.activate(village.site):
        assert meanings.read("La Rochelle").place.code == "17300"
        assert meanings.read("Sainte-Colombe").place.department == "89"
