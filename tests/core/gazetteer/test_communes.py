"""The gazetteer finds communes by name, postal code, code and distance."""

import gzip
import sqlite3
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entraide.gazetteer import communes
from entraide.gazetteer.communes import Gazetteer, distance_km, open_gazetteer
from entraide.gazetteer.files import GazetteerError, unpack_gazetteer
from entraide.gazetteer.spellings import fold_name


@pytest.fixture(scope="module")
def cache_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("gazetteer")


@pytest.fixture(scope="module")
def places(cache_folder):
    opened = open_gazetteer(cache_folder)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Paris", "75056"),
        ("paris 18", "75118"),
        ("75018", "75118"),
        ("75018 Paris", "75118"),
        ("Lyon 3", "69383"),
        ("marseille 1er", "13201"),
        ("PIERREFITTE", "93059"),
        ("93380", "93059"),
        ("saint-herblain", "44162"),
        ("St Herblain", "44162"),
        ("herblain", "44162"),
        ("st her", "44162"),
        ("clamecy", "58079"),
        ("lille", "59350"),
        ("aix", "13001"),
        ("l\u2019haÿ", "94038"),
        ("l'hay les roses", "94038"),
        ("noumea", "98818"),
    ],
)
def test_what_people_type_gives_the_place_they_mean(places, typed, first):
    assert places.complete(typed)[0].code == first


def test_an_exact_name_is_shown_among_larger_places(places):
    assert "80829" in [place.code for place in places.complete("y")]


@pytest.mark.parametrize("typed", ["", "   ", "'\"*()", "zzzzqq", "🙂"])
def test_what_names_nothing_gives_nothing(places, typed):
    assert places.complete(typed) == []


@given(typed=st.text(max_size=300))
def test_anything_may_be_typed(places, typed):
    assert len(places.complete(typed, limit=5)) <= 5


def test_a_commune_and_its_seat_are_shown_once(places):
    names = [(place.code, place.name) for place in places.complete("saint-denis", limit=8)]
    assert len(names) == len(set(names)) == 8
    assert names.count(("93066", "Saint-Denis")) == 1


def test_a_delegated_commune_is_a_place(places):
    place = places.place("93059")
    assert (place.name, place.kind, place.parent) == ("Pierrefitte-sur-Seine", "delegated", "93066")
    assert (place.department, place.population) == ("93", None)
    assert place.epci == places.place("93066").epci


def test_of_a_shared_code_the_commune_is_meant(places):
    assert places.place("01015").name == "Arboys en Bugey"
    assert [place.kind for place in places.complete("arbignieu")] == ["delegated"]


def test_places_keep_the_order_asked_and_skip_the_unknown(places):
    assert [place.code for place in places.places(["75119", "99999", "44162"])] == [
        "75119",
        "44162",
    ]


@pytest.mark.parametrize("code", ["", "00000", "' OR 1=1 --"])
def test_an_unknown_code_is_no_place(places, code):
    assert places.place(code) is None


@pytest.mark.parametrize(("prefix", "count"), [("751", 20), ("6938", 9), ("132", 16)])
def test_every_arrondissement_has_a_centre_near_its_city(places, prefix, count):
    codes = [f"{number:05}" for number in range(13001, 75999) if str(number).startswith(prefix)]
    found = [place for place in places.places(codes) if place.kind == "arrondissement"]
    assert len(found) == count
    for place in found:
        assert distance_km(place.point, places.place(place.parent).point) < 15


def test_near_is_exact_and_sorted(places):
    clamecy = places.place("58079")
    found = places.near(*clamecy.point, 15)
    distances = [distance_km(clamecy.point, place.point) for place in found]
    assert found[0].code == "58079"
    assert distances == sorted(distances)
    assert max(distances) <= 15
    assert len({place.code for place in found}) == len(found) > 10


def test_near_misses_nothing(places, cache_folder):
    here = (48.93, 2.36)
    with sqlite3.connect(unpack_gazetteer(cache_folder)) as connection:
        rows = connection.execute(
            "SELECT code, latitude, longitude FROM place WHERE latitude IS NOT NULL AND rank IN "
            "(SELECT min(rank) FROM place GROUP BY code)"
        ).fetchall()
    connection.close()
    expected = {code for code, *point in rows if distance_km(here, point) <= 10}
    assert {place.code for place in places.near(*here, 10)} == expected


def test_a_place_without_a_centre_has_no_point(places):
    assert places.place("98818").point is None


@pytest.mark.parametrize(
    ("a", "b", "kilometres"),
    [
        ((48.8566, 2.3522), (45.7640, 4.8357), 391.5),
        ((0.0, 0.0), (0.0, 180.0), 20015.1),
        ((47.46, 3.52), (47.46, 3.52), 0.0),
    ],
)
def test_distances(a, b, kilometres):
    assert distance_km(a, b) == pytest.approx(kilometres, abs=0.3)


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("L'Haÿ-les-Roses", "l hay les roses"),
        ("Œuilly", "oeuilly"),
        ("Saint-Étienne-du-Grès", "saint etienne du gres"),
        ("", ""),
    ],
)
def test_names_fold(name, folded):
    assert fold_name(name) == folded


def test_every_row_came_along(cache_folder):
    connection = sqlite3.connect(unpack_gazetteer(cache_folder))
    counts = dict(connection.execute("SELECT kind, count(*) FROM place GROUP BY kind"))
    connection.close()
    assert counts == {
        "commune": 34969,
        "delegated": 2105,
        "associated": 471,
        "arrondissement": 45,
    }


def test_several_processes_unpack_at_once(tmp_path):
    with ProcessPoolExecutor(3) as pool:
        found = list(pool.map(unpack_gazetteer, [tmp_path] * 3))
    assert len(set(found)) == 1
    assert list(tmp_path.iterdir()) == [found[0]]


def test_threads_share_one_gazetteer(places):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(places.complete, ["clamecy"] * 50))
    assert {answer[0].code for answer in found} == {"58079"}


@pytest.mark.parametrize(
    "content",
    [None, b"", b"not gzip at all", gzip.compress(b"not a database", mtime=0), b"\x1f\x8b\x08"],
)
def test_a_damaged_packed_file_is_named(tmp_path, content):
    packed = tmp_path / "packed.gz"
    if content is not None:
        packed.write_bytes(content)
    with pytest.raises(GazetteerError, match=r"packed\.gz"):
        unpack_gazetteer(tmp_path / "cache", packed)
    assert not list(tmp_path.glob("cache/*"))


@pytest.mark.parametrize("content", [None, b"not a database, rather long" * 99])
def test_a_damaged_unpacked_file_is_named(tmp_path, content):
    path = tmp_path / "damaged.sqlite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(GazetteerError, match=r"damaged\.sqlite"):
        Gazetteer(path)


PACKAGE_FILES = {
    "divisions/data/communes.json": """[
      {"code": "93066", "nom": "Saint-Denis", "type": "commune-actuelle", "departement": "93",
       "codesPostaux": ["93200"], "population": 10},
      {"code": "93059", "nom": "Pierrefitte-sur-Seine", "type": "commune-deleguee",
       "departement": "93", "chefLieu": "93066"}]""",
    "divisions/data/epci.json": '[{"code": "1", "membres": [{"code": "93066"}]}]',
    "centres/communes.json": '[{"code": "93066", "centre": {"coordinates": [2.36, 48.93]}}]',
}


def test_building_twice_gives_the_same_bytes(tmp_path):
    for name, content in PACKAGE_FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    script = Path(communes.__file__).parent / "data" / "build_gazetteer.py"
    built = [tmp_path / "first.gz", tmp_path / "second.gz"]
    for output in built:
        command = [
            sys.executable,
            "-B",
            script,
            tmp_path / "divisions",
            tmp_path / "centres",
            "--output",
            output,
        ]
        subprocess.run(command, check=True, capture_output=True)
    assert built[0].read_bytes() == built[1].read_bytes()
    opened = Gazetteer(unpack_gazetteer(tmp_path / "cache", built[0]))
    assert opened.place("93059").point == (48.93, 2.36)
    assert opened.place("93059").epci == "1"
    opened.close()
