"""The committed sites: settings that load, examples that the kinds take, nobody real."""

import re
import tomllib
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from dateutil.rrule import rrulestr

from entraide import clock, config, text
from entraide.config.values import relative_luminance
from entraide.directory.payloads.values import schema_for
from entraide.gazetteer.communes import open_gazetteer
from entraide.gazetteer.files import PACKED

INSTANCES = Path(__file__).parents[2] / "instances"
PILOTS = ("paris-18-19", "pierrefitte", "saint-herblain", "lille-sud", "clamecy")
SITES = ("hub", *PILOTS)
ROLES = {"parent", "volunteer", "moderator", "administrator"}
FORMS = {"association", "public", "collective", "company"}
LONGEST_TITLE = 139
PHONE = re.compile(r"(?:\+33|0)[ .-]?[1-9](?:[ .-]?\d{2}){4}")
KINDS = {
    kind.name: kind
    for name in ("sponsorship", "tutoring", "outings")
    for kind in import_module(f"entraide_{name}").register_kinds()
}


def read(site):
    return tomllib.loads((INSTANCES / site / "seed.toml").read_text("utf-8"))


def rows(seed):
    return seed.get("offers", []) + seed.get("requests", [])


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


@pytest.fixture(autouse=True)
def _a_day_in_2026():
    with clock.using(clock.FakeClock(datetime(2026, 3, 1, tzinfo=UTC))):
        yield


@pytest.mark.parametrize("site", SITES)
def test_the_settings_load_as_they_are(site):
    settings = config.load(INSTANCES / site, {})
    assert settings.instance == site
    assert settings.site.base_url == f"https://{site}.example"
    assert settings.plugins == ("sponsorship", "tutoring", "outings", "federation")
    assert settings.disabled == (("help_requests", "posting") if site == "hub" else ())
    assert not settings.development
    assert settings.site.email is settings.site.phone is None
    assert 1.05 / (relative_luminance(settings.site.accent) + 0.05) >= 7


def test_the_accents_tell_the_sites_apart():
    assert len({config.load(INSTANCES / site, {}).site.accent for site in SITES}) == len(SITES)


@pytest.mark.parametrize("site", SITES)
def test_pilots_read_one_another_through_the_hub(site):
    federation = config.load(INSTANCES / site, {}).plugin_settings["federation"]
    peers = {(peer["base"], peer["role"]) for peer in federation["peers"]}
    if site == "hub":
        assert peers == {(f"https://{pilot}.example", "origin") for pilot in PILOTS}
    else:
        assert peers == {("https://hub.example", "hub")}
    assert federation["role"] == ("hub" if site == "hub" else "origin")


@pytest.mark.parametrize("site", PILOTS)
def test_there_is_enough_of_everything(site):
    seed = read(site)
    assert len(seed["offers"]) >= 40
    assert len(seed["requests"]) >= 30
    assert len({row["title"] for row in rows(seed)}) == len(rows(seed))
    for part in ("offers", "requests"):
        assert {row["kind"] for row in seed[part]} == set(KINDS)
    assert 5 <= sum("member" in offer for offer in seed["offers"]) <= 15
    assert any(request.get("answers") for request in seed["requests"])


@pytest.mark.parametrize("site", PILOTS)
def test_the_kinds_take_every_payload(site):
    seed = read(site)
    both = [("offer", row) for row in seed["offers"]] + [
        ("request", row) for row in seed["requests"]
    ]
    for side, row in both:
        kind = KINDS[row["kind"]]
        assert schema_for(kind.schema, side).validate(row["payload"]) == {}, row["title"]
        assert kind.schedule != "required" or "schedule" in row, row["title"]


@pytest.mark.parametrize("site", PILOTS)
def test_a_payload_holds_only_the_fields_of_its_side(site):
    seed = read(site)
    for side, part in (("offer", "offers"), ("request", "requests")):
        for row in seed[part]:
            fields = KINDS[row["kind"]].schema().fields
            allowed = {n for n, f in fields.items() if side in f.metadata.get("sides", (side,))}
            assert set(row["payload"]) <= allowed, row["title"]


@pytest.mark.parametrize("site", SITES)
def test_names_point_to_what_exists(site):
    seed = read(site)
    members = {member["key"] for member in seed["members"]}
    organisations = {found["key"] for found in seed["organisations"]}
    coordinated = {key for member in seed["members"] for key in member.get("coordinates", [])}
    assert coordinated <= organisations
    for offer in seed.get("offers", []):
        assert ("member" in offer) != ("organisation" in offer)
        assert offer.get("member", "parent1") in members
        assert offer.get("organisation", "unaf") in coordinated
    for request in seed.get("requests", []):
        answering = {answer["member"] for answer in request.get("answers", [])}
        assert {request["member"]} | answering <= members
        assert request["member"] not in answering


@pytest.mark.parametrize("site", SITES)
def test_people_are_visibly_invented(site):
    seed = read(site)
    for member in seed["members"]:
        assert member["email"] == f"{member['key']}@example.org"
        assert "Exemple" in member["name"]
        assert set(member["roles"]) <= ROLES
    for words in strings({key: value for key, value in seed.items() if key != "members"}):
        assert "@" not in words
        assert not PHONE.search(words)


@pytest.mark.parametrize("site", SITES)
def test_texts_are_clean_and_short(site):
    seed = read(site)
    assert {found["form"] for found in seed["organisations"]} <= FORMS
    for words in strings(seed):
        assert text.clean(words, single_line=True) == words
    for row in rows(seed):
        assert 1 <= len(row["title"]) <= LONGEST_TITLE
        assert not row["title"].startswith("Exemple")
        assert 1 <= len(row["summary"]) <= 2000


@pytest.mark.parametrize("site", PILOTS)
def test_nobody_leaves_a_phone_number(site):
    assert all("organiser_phone" not in row["payload"] for row in rows(read(site)))


@pytest.mark.parametrize("site", PILOTS)
def test_dates_follow_from_the_day_of_loading(site):
    for row in rows(read(site)):
        schedule = row.get("schedule", {"starts_in_days": 0, "hour": 0, "duration_minutes": 60})
        assert 0 <= schedule["starts_in_days"] < row["verify_by_in_days"] <= 365, row["title"]
        assert 0 <= schedule["hour"] <= 23
        assert 15 <= schedule["duration_minutes"] <= 24 * 60
        if "rrule" in schedule:
            start = datetime(2026, 3, 1) + timedelta(days=schedule["starts_in_days"])  # noqa: DTZ001 - a rule has local times
            first = rrulestr(schedule["rrule"], dtstart=start)[0]
            assert (first - datetime(2026, 3, 1)).days <= row["verify_by_in_days"], row["title"]  # noqa: DTZ001 - idem


@pytest.mark.skipif(not PACKED.exists(), reason="the gazetteer is not built: run make gazetteer")
@pytest.mark.parametrize("site", SITES)
def test_territories_exist(site, tmp_path):
    gazetteer = open_gazetteer(tmp_path)
    seed = read(site)
    codes = {code for row in rows(seed) + seed["organisations"] for code in row["territory"]}
    codes |= set(config.load(INSTANCES / site, {}).site.territory)
    unknown = {code for code in codes if gazetteer.place(code) is None}
    gazetteer.close()
    assert unknown == set()
    assert all(1 <= len(row["territory"]) <= 20 for row in rows(seed))
