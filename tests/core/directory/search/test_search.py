"""Search finds what people mean, never what has expired, and survives what happens to files."""

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entraide.directory.search import (
    Document,
    Follower,
    IndexUnusable,
    ListingChanges,
    Position,
    SearchIndex,
    SearchQuery,
    request_rebuild,
)
from entraide.directory.search import folder as files
from entraide.directory.search import schema as search_schema
from entraide.gazetteer.communes import distance_km

TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
CLAMECY, PARIS_18, PIERREFITTE = (47.46, 3.52), (48.893, 2.348), (48.9606, 2.3612)


class ListSource:
    """Documents in memory, with the list of their changes."""

    def __init__(self, *documents, epoch="here"):
        self.rows = {}
        self.epoch = epoch
        self.log = []
        for document in documents:
            self.put(document)

    def position(self):
        return Position(self.epoch, len(self.log))

    def changes(self, since, limit):
        if since.epoch != self.epoch or since.number > len(self.log):
            return None
        new = self.log[since.number : since.number + limit]
        uids = list(dict.fromkeys(new))
        return ListingChanges(
            [uid for uid in uids if uid not in self.rows],
            [self.rows[uid] for uid in uids if uid in self.rows],
            Position(self.epoch, since.number + len(new)),
        )

    def everything(self):
        yield from list(self.rows.values())

    def put(self, document):
        self.rows[document.uid] = document
        self.log.append(document.uid)

    def remove(self, uid):
        del self.rows[uid]
        self.log.append(uid)


class Steps:
    """A monotonic clock on which a second passes with each look."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        self.seconds += 1
        return self.seconds


def offer(uid, title="Coup de main", **values):
    defaults = {
        "type": "offer",
        "kind": "tutoring",
        "updated_at": NOW,
        "verify_by": TODAY + timedelta(days=30),
    }
    return Document(uid=uid, title=title, **defaults | values)


def ask(**values):
    return SearchQuery(today=TODAY, **values)


@pytest.fixture
def search_in(tmp_path):
    followers = []

    def build(*documents):
        follower = Follower(tmp_path / "search", ListSource(*documents), Steps())
        followers.append(follower)
        follower.step()
        return SearchIndex(tmp_path / "search")

    yield build
    for follower in followers:
        follower.close()


@pytest.mark.parametrize(
    "text",
    [
        "élève",
        "eleve",
        "ELEVES",
        "Élèves",
        "accompagnement",
        "acompagnement",
        "accompagnements",
        "acompagnemant",
        "accompagner les élèves",
        "soutien scolaire",
        "soutient",
        "scolaires",
        "collège",
        "colege",
        "l’élève",
        "Emmaüs",
        "emmaus",
    ],
)
def test_words_are_found_however_they_are_written(search_in, text):
    search = search_in(
        offer(
            "wanted",
            "Accompagnement d'élèves",
            summary="Soutien scolaire au collège",
            organisation_name="Emmaüs Exemple",
        ),
        offer("other", "Sortie à la piscine", summary="Un samedi par mois"),
    )
    assert search.search(ask(text=text)).uids == ["wanted"]


def test_the_title_weighs_more_and_the_exact_word_more_than_a_typo(search_in):
    search = search_in(
        offer("summary", "Un après-midi", summary="lecture"),
        offer("close", "Leckture"),
        offer("title", "Lecture"),
    )
    assert search.search(ask(text="lecture")).uids == ["title", "summary", "close"]


def test_all_words_first_then_any(search_in):
    search = search_in(offer("both", "Piscine et musée"), offer("one", "Piscine"))
    assert search.search(ask(text="piscine musée")).uids == ["both"]
    assert search.search(ask(text="piscine trottinette")).total == 2


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "AND OR NOT",
        "title:x^9",
        "(((",
        "a" * 100_000,
        "mot " * 25_000,
        "\x00",
        "\ud800",
        "*",
        "[a TO b]",
        "🙂",
        "-",
        "l'",
        "le la les",
    ],
)
def test_any_text_is_only_text(search_in, text):
    search = search_in(offer("x", "Garde ponctuelle"))
    assert search.search(ask(text=text)).total in {0, 1}


@given(text=st.text(st.characters(exclude_categories=()), max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_no_text_breaks_search(any_search, text):
    assert any_search.search(ask(text=text)).total <= 1


@pytest.fixture(scope="module")
def any_search(tmp_path_factory):
    folder = tmp_path_factory.mktemp("search")
    follower = Follower(folder, ListSource(offer("x", "Garde ponctuelle")))
    follower.step()
    follower.close()
    return SearchIndex(folder)


DIRECTORY = (
    offer(
        "tutoring",
        kind="tutoring",
        origin="https://clamecy.example",
        territory=("58079",),
        points=(CLAMECY,),
        facets=(("tutoring.levels", "6e"), ("tutoring.levels", "5e")),
    ),
    offer(
        "outing",
        kind="outings",
        territory=("75118",),
        points=(PARIS_18,),
        organisation_id="https://a.example/o/1",
        starts=TODAY + timedelta(days=3),
        facets=(("outings.age", "6"),),
    ),
    offer(
        "weekly",
        kind="outings",
        territory=("93059", "93066"),
        points=(PIERREFITTE,),
        starts=date(2026, 11, 4),
        rrule="FREQ=WEEKLY;BYDAY=WE",
        facets=(("outings.age", "8"),),
    ),
    offer(
        "association",
        type="organisation",
        kind=None,
        verify_by=None,
        territory=("58079",),
        points=(CLAMECY,),
    ),
)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {"tutoring", "outing", "weekly"}),
        ({"type": None}, {"tutoring", "outing", "weekly", "association"}),
        ({"type": "organisation"}, {"association"}),
        ({"kinds": ("tutoring",)}, {"tutoring"}),
        ({"kinds": ("tutoring", "outings")}, {"tutoring", "outing", "weekly"}),
        ({"kinds": ("unknown",)}, set()),
        ({"origin": ""}, {"outing", "weekly"}),
        ({"origin": "https://clamecy.example"}, {"tutoring"}),
        ({"organisation": "https://a.example/o/1"}, {"outing"}),
        ({"territory": ("93066",)}, {"weekly"}),
        ({"territory": ("58079", "75118")}, {"tutoring", "outing"}),
        ({"near": (*PARIS_18, 2)}, {"outing"}),
        ({"near": (*PARIS_18, 10)}, {"outing", "weekly"}),
        ({"near": (*PARIS_18, 250)}, {"tutoring", "outing", "weekly"}),
        ({"near": (*PARIS_18, 9000)}, {"tutoring", "outing", "weekly"}),
        ({"near": (-33.0, 151.0, 50)}, set()),
        ({"near": (float("nan"), 0.0, 50)}, set()),
        ({"near": (*PARIS_18, -1)}, set()),
        ({"facets": {"tutoring.levels": ("6e",)}}, {"tutoring"}),
        ({"facets": {"outings.age": ("6", "8")}}, {"outing", "weekly"}),
        ({"facets": {"outings.age": ("6",), "tutoring.levels": ("6e",)}}, set()),
        ({"from_date": TODAY, "to_date": TODAY}, {"tutoring", "weekly"}),
        ({"from_date": date(2026, 11, 26), "to_date": date(2026, 11, 30)}, {"tutoring", "outing"}),
        ({"from_date": date(2026, 11, 29)}, {"tutoring", "weekly"}),
        ({"to_date": date(2026, 11, 27)}, {"tutoring", "weekly"}),
        ({"from_date": date(2026, 12, 25)}, {"tutoring"}),
        ({"from_date": date.max, "to_date": date.max}, {"tutoring"}),
        ({"from_date": date(2026, 12, 3), "to_date": date(2026, 12, 1)}, {"tutoring"}),
    ],
)
def test_filters(search_in, values, expected):
    found = search_in(*DIRECTORY).search(ask(**values))
    assert set(found.uids) == expected
    assert found.total == len(expected)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 18), {"term"}),
        (date(2026, 11, 19), set()),
        (date(2026, 11, 25), set()),
        (date(2027, 2, 1), {"odd"}),
        (date(2027, 3, 1), {"odd"}),
        (date(2027, 3, 2), set()),
        (date(2027, 5, 1), {"span"}),
    ],
)
def test_series_end_with_their_last_day(search_in, day, expected):
    search = search_in(
        offer("term", starts=date(2026, 9, 2), ends=date(2026, 11, 18), rrule="FREQ=WEEKLY"),
        offer("odd", starts=date(2027, 2, 1), rrule="FREQ=HOURLY", verify_by=date(2027, 3, 1)),
        offer("span", starts=date(2027, 4, 1), ends=date(2027, 5, 1)),
    )
    assert set(search.search(ask(from_date=day, to_date=day)).uids) == expected


def test_kinds_are_counted_whatever_kind_is_asked(search_in):
    found = search_in(*DIRECTORY).search(ask(type=None, kinds=("tutoring",)))
    assert found.by_kind == {"tutoring": 1, "outings": 2}


def test_without_text_the_nearest_come_first_and_the_freshest_at_one_distance(search_in):
    search = search_in(
        offer("far", points=(CLAMECY,), updated_at=NOW + timedelta(days=9)),
        offer("near-old", points=(PARIS_18,)),
        offer("near-new", points=(PARIS_18, CLAMECY), updated_at=NOW + timedelta(days=1)),
        offer("middle", points=(PIERREFITTE,)),
    )
    found = search.search(ask(near=(*PARIS_18, 300)))
    assert found.uids == ["near-new", "near-old", "middle", "far"]
    assert [hit.distance_km for hit in found.hits] == pytest.approx(
        [0, 0, distance_km(PARIS_18, PIERREFITTE), distance_km(PARIS_18, CLAMECY)], abs=0.01
    )


def test_pages_follow_one_another(search_in):
    points = [PARIS_18, PIERREFITTE, CLAMECY]
    documents = [
        offer(f"o{number}", points=(points[number % 3],), updated_at=NOW + timedelta(hours=number))
        for number in range(30)
    ]
    search = search_in(*documents)
    for near in (None, (*PARIS_18, 300)):
        whole = search.search(ask(near=near, limit=100)).uids
        pages = [search.search(ask(near=near, limit=7, offset=at)).uids for at in range(0, 35, 7)]
        assert [uid for page in pages for uid in page] == whole
        assert len(set(whole)) == 30


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (-5, 0), (10, -3), (10, 10**9), (10**9, 0)])
def test_odd_pages_are_no_error(search_in, limit, offset):
    search = search_in(offer("x", points=(PARIS_18,)))
    for near in (None, (*PARIS_18, 5)):
        assert search.search(ask(limit=limit, offset=offset, near=near)).total == 1


coordinates = st.tuples(st.floats(41, 51), st.floats(-5, 9))


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    points = [(41 + row / 7, -5 + column / 5) for row in range(70) for column in range(70)]
    folder = tmp_path_factory.mktemp("grid")
    documents = [offer(f"{number}", points=(point,)) for number, point in enumerate(points)]
    follower = Follower(folder, ListSource(*documents))
    follower.step()
    follower.close()
    return SearchIndex(folder), points


@given(here=coordinates, kilometres=st.sampled_from([1, 5, 20, 59, 61, 150]))
@settings(max_examples=40, deadline=None)
def test_distance_is_exact_everywhere(grid, here, kilometres):
    search, points = grid
    expected = {
        str(number)
        for number, point in enumerate(points)
        if distance_km(here, (round(point[0], 5), round(point[1], 5))) <= kilometres
    }
    found = search.search(ask(near=(*here, kilometres), limit=5000))
    assert set(found.uids) == expected
    distances = [round(hit.distance_km, 1) for hit in found.hits]
    assert distances == sorted(distances)


@given(
    last_days=st.lists(
        st.none() | st.dates(TODAY - timedelta(days=40), TODAY + timedelta(days=40)), max_size=12
    ),
    later=st.integers(0, 60),
)
@settings(max_examples=15, deadline=None)
def test_what_has_expired_is_never_found(tmp_path_factory, last_days, later):
    folder = tmp_path_factory.mktemp("expiry")
    documents = [
        offer(f"{number}", "Garde", verify_by=last_day, points=(PARIS_18,))
        for number, last_day in enumerate(last_days)
    ]
    follower = Follower(folder, ListSource(*documents))
    follower.step()
    follower.close()
    today = TODAY + timedelta(days=later)
    expected = {
        str(number)
        for number, last_day in enumerate(last_days)
        if last_day is None or last_day >= today
    }
    search = SearchIndex(folder)
    for values in ({}, {"text": "garde"}, {"text": "gardde"}, {"near": (*PARIS_18, 5)}):
        found = search.search(SearchQuery(today=today, **values))
        assert (set(found.uids), found.total) == (expected, len(expected))


@pytest.fixture
def followed(tmp_path):
    """A source, its follower and a reader, with one offer indexed."""
    source = ListSource(offer("first", "Garde ponctuelle"))
    follower = Follower(tmp_path, source, Steps())
    follower.step()
    yield source, follower, SearchIndex(tmp_path)
    follower.close()


def test_changes_additions_and_removals_are_followed(followed):
    source, follower, search = followed
    assert search.search(ask()).uids == ["first"]
    source.put(offer("second", "Lecture", updated_at=NOW + timedelta(days=1)))
    source.put(offer("first", "Jardinage"))
    assert follower.step() == 2
    assert search.search(ask()).uids == ["second", "first"]
    assert search.search(ask(text="garde")).uids == []
    source.remove("second")
    assert follower.step() == 1
    assert search.search(ask()).uids == ["first"]
    assert follower.step() == 0


def test_the_edition_differs_when_anything_else_may_be_found(followed, tmp_path):
    source, follower, search = followed
    assert SearchIndex(tmp_path / "nothing").edition() == ()
    editions = [search.edition()]
    follower.step()
    assert search.edition() == editions[0]
    source.put(offer("second"))
    follower.step()
    editions.append(search.edition())
    request_rebuild(tmp_path)
    follower.step()
    editions.append(search.edition())
    assert len({*editions, SearchIndex(tmp_path).edition()}) == 3


def test_what_was_removed_and_published_again_stays(followed):
    source, follower, search = followed
    source.remove("first")
    source.put(offer("first", "De retour"))
    follower.step()
    assert search.search(ask()).uids == ["first"]


def test_commits_are_at_least_half_a_second_apart(tmp_path):
    source, seconds = ListSource(offer("a")), [0.0]
    follower = Follower(tmp_path, source, lambda: seconds[0])
    follower.step()
    source.put(offer("b"))
    seconds[0] = 0.4
    assert follower.step() == 0
    seconds[0] = 0.5
    assert follower.step() == 1
    follower.close()


def test_a_second_follower_waits_for_the_lock(followed, tmp_path):
    source, first, search = followed
    second = Follower(tmp_path, source, Steps())
    source.put(offer("second"))
    assert (second.step(), second.is_writer) == (0, False)
    assert search.search(ask()).total == 1
    first.close()
    assert (second.step(), second.is_writer) == (1, True)
    assert search.search(ask()).total == 2
    second.close()


def test_another_process_is_kept_out_and_takes_over_after_a_kill(tmp_path):
    holder = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from entraide.directory.search.folder import try_lock\n"
        "held = try_lock(Path(sys.argv[1]))\n"
        "print('held', flush=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", holder, tmp_path], stdout=subprocess.PIPE)
    follower = Follower(tmp_path, ListSource(offer("a")), Steps())
    with process:
        assert process.stdout.readline() == b"held\n"
        assert follower.step() == 0
        process.kill()
    assert follower.step() == 1
    follower.close()


@pytest.mark.parametrize("was_built", [False, True])
def test_killed_between_commit_and_position_nothing_is_lost_or_doubled(
    tmp_path, was_built, monkeypatch
):
    source = ListSource()
    if was_built:
        follower = Follower(tmp_path, source, Steps())
        follower.step()
        follower.close()
    source.put(offer("a"))
    source.put(offer("b"))

    def die(*_arguments):
        raise KeyboardInterrupt

    killed = Follower(tmp_path, source, Steps())
    with monkeypatch.context() as patch:
        patch.setattr(files, "write_position", die)
        with pytest.raises(KeyboardInterrupt):
            killed.step()
    killed.close()
    follower = Follower(tmp_path, source, Steps())
    assert follower.step() == 2
    assert sorted(SearchIndex(tmp_path).search(ask()).uids) == ["a", "b"]
    assert follower.step() == 0
    follower.close()


def test_without_an_index_search_says_so(tmp_path):
    with pytest.raises(IndexUnusable):
        SearchIndex(tmp_path / "nothing").search(ask())


def damage_position(folder):
    (folder / files.POSITION).write_text("{")


def remove_position(folder):
    (folder / files.POSITION).unlink()


def remove_reach(folder):
    position = json.loads((folder / files.POSITION).read_bytes())
    del position["number"]
    (folder / files.POSITION).write_text(json.dumps(position))


def damage_meta(folder):
    (files.current_build(folder) / "meta.json").write_text("garbage")


def remove_meta(folder):
    (files.current_build(folder) / "meta.json").unlink()


def empty_segments(folder):
    for path in files.current_build(folder).glob("*.term"):
        path.write_bytes(b"")


def scramble_segments(folder):
    for path in files.current_build(folder).glob("*.*"):
        if path.suffix in {".idx", ".term", ".fast", ".store"}:
            path.write_bytes(b"\xff" * path.stat().st_size)


def remove_segments(folder):
    for path in files.current_build(folder).glob("*.fast"):
        path.unlink()


def point_elsewhere(folder):
    (folder / files.POSITION).write_text('{"build": "../../etc", "schema": 1, "rows": 0}')


DAMAGES = [
    damage_position,
    remove_position,
    damage_meta,
    remove_meta,
    empty_segments,
    scramble_segments,
    remove_segments,
    point_elsewhere,
]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("is_running", [False, True])
def test_a_damaged_index_is_said_and_rebuilt(tmp_path, damage, is_running):
    source = ListSource(offer("a"), offer("b"))
    follower = Follower(tmp_path, source, Steps())
    follower.step()
    if not is_running:
        follower.close()
    damage(tmp_path)
    with pytest.raises(IndexUnusable):
        SearchIndex(tmp_path).search(ask())
    follower.step()
    assert sorted(SearchIndex(tmp_path).search(ask()).uids) == ["a", "b"]
    follower.close()


class OvertakenIndex(SearchIndex):
    """A reader that the follower overtakes: its build is gone when it opens it."""

    def __init__(self, folder, follower):
        super().__init__(folder)
        self.follower = follower
        self.is_overtaken = False

    def _open(self, build):
        if not self.is_overtaken:
            self.is_overtaken = True
            request_rebuild(build.parent)
            self.follower.step()
        return super()._open(build)


def test_a_reader_that_is_overtaken_by_a_rebuild_moves_over(followed, tmp_path):
    _, follower, _ = followed
    assert OvertakenIndex(tmp_path, follower).search(ask()).uids == ["first"]
    assert not files.is_rebuild_wanted(tmp_path)


class PanicException(BaseException):
    """What the engine raises when it meets bytes that it never wrote."""


@pytest.mark.parametrize("error", [PanicException("bytes"), ValueError("bytes"), OSError("bytes")])
def test_what_the_engine_raises_is_said_in_one_way(tmp_path, error):
    with pytest.raises(IndexUnusable, match="bytes"), files.explained(tmp_path):
        raise error


def test_an_interruption_is_no_damage(tmp_path):
    with pytest.raises(KeyboardInterrupt), files.explained(tmp_path):
        raise KeyboardInterrupt


def test_another_schema_version_is_rebuilt(followed, tmp_path, monkeypatch):
    _, follower, search = followed
    follower.close()
    monkeypatch.setattr(search_schema, "VERSION", 99)
    with pytest.raises(IndexUnusable, match="version"):
        search.search(ask())
    assert follower.step() == 1
    assert search.search(ask()).uids == ["first"]


def test_a_rebuild_that_is_asked_for_happens_once_and_readers_move_over(followed, tmp_path):
    source, follower, search = followed
    assert search.search(ask()).total == 1
    source.rows["unmarked"] = offer("unmarked")
    request_rebuild(tmp_path)
    assert follower.step() == 2
    assert search.search(ask()).total == 2
    assert follower.step() == 0
    assert len(list(tmp_path.glob("build-*"))) == 1
