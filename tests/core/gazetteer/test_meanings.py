"""Which place words mean on a site, and where the site does not help."""

from pathlib import Path

import pytest

from entraide import runtime
from entraide.gazetteer import meanings, territories

PARIS_NORTH = ("75118", "75119")
CLAMECY = ("58079",)
NOWHERE = ()


@pytest.fixture
def at(make_site):
    """A function that opens a site with a territory."""

    def enter(territory):
        local = f"[site]\nterritory = {list(territory)}\n".replace("'", '"')
        return runtime.activate(make_site(files={"local.toml": local}))

    return enter


@pytest.mark.parametrize(
    ("territory", "words", "first"),
    [
        (PARIS_NORTH, "saint-denis", "93066"),
        (("97411",), "Saint Denis", "97411"),
        (PARIS_NORTH, "saint-denis (974)", "97411"),
        (PARIS_NORTH, "Saint-Denis (93", "93066"),
        (PARIS_NORTH, "saint-denis (99)", "93066"),
        (NOWHERE, "st denis", "97411"),
        (CLAMECY, "cla", "58079"),
        (CLAMECY, "58500", "58079"),
        (CLAMECY, "93200", "93066"),
        (("2A004",), "Bastia (2b)", "2B033"),
    ],
)
def test_the_best_place_comes_first(at, territory, words, first):
    with at(territory):
        assert meanings.read(words).places[0].code == first


@pytest.mark.parametrize("words", ["", "   ", "nulle part ailleurs", "(", "58079", "99999", "()"])
def test_no_place_is_found_in_other_words(at, words):
    with at(CLAMECY):
        assert meanings.read(words).choices == ()


@pytest.mark.parametrize(
    ("words", "is_asked"),
    [
        ("saint-denis", True),
        ("saint-denis (93)", False),
        ("Lille", False),
        ("59000", True),
        ("saint-den", True),
        ("93300", False),
        ("75018", False),
        ("Lile", True),
        ("Villette", False),
        ("Clamecy (75)", True),
    ],
)
def test_what_leaves_a_choice_is_asked_about(at, words, is_asked):
    with at(PARIS_NORTH):
        assert meanings.read(words).is_certain is not is_asked


@pytest.mark.parametrize(
    ("territory", "code", "is_outside"),
    [
        (CLAMECY, "58079", False),
        (CLAMECY, "13055", True),
        (CLAMECY, "98818", True),
        (NOWHERE, "13055", False),
        (("93059",), "93066", False),
        (("75056",), "75118", False),
        (CLAMECY, "58194", True),
    ],
)
def test_a_site_knows_where_it_does_not_help(at, territory, code, is_outside):
    with at(territory):
        assert territories.is_outside(territories.gazetteer().place(code)) is is_outside


@pytest.mark.parametrize(
    ("territory", "kilometres"), [(CLAMECY, 5), (PARIS_NORTH, 6.6), (("58079", "75118"), 95)]
)
def test_home_reaches_around_the_whole_territory(at, territory, kilometres):
    with at(territory):
        latitude, longitude, reach = territories.home()
        assert territories.home() is territories.home()
    assert (40 < latitude < 52, -5 < longitude < 9) == (True, True)
    assert reach == pytest.approx(kilometres, abs=3)


@pytest.mark.parametrize("territory", [NOWHERE, ("98831",)])
def test_without_a_point_there_is_no_home(at, territory):
    with at(territory):
        assert territories.home() is None


@pytest.mark.parametrize("cache", ["a file", "nowhere"])
def test_without_a_cache_folder_the_places_lie_in_the_state(
    make_site, tmp_path, monkeypatch, cache
):
    (tmp_path / "a file").touch()
    settings = make_site().settings
    if cache == "nowhere":
        # What a user without a home meets.
        monkeypatch.delenv("XDG_CACHE_HOME")
        monkeypatch.setattr(Path, "expanduser", no_home)
    else:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / cache))
    opened = territories.open_places(settings)
    assert opened.place("58079").name == "Clamecy"
    assert list(settings.state.glob("gazetteer-*.sqlite"))
    opened.close()


def no_home(_path):
    raise RuntimeError("Could not determine home directory.")
