"""REST: reading, publishing, withdrawing; success and refusal share their set-up."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, inspect, select

from entraide import clock, database
from entraide.directory.listing.models import Listing
from entraide.directory.models import Offer
from entraide.directory.offers.service import find_offer
from entraide.testing import BASE_URL, in_days

NOBODY = "01930001-8f4a-7c1e-9f00-0123456789ff"
ITEM = {
    "id",
    "title",
    "summary",
    "kind",
    "origin",
    "organisation",
    "territory",
    "updated_at",
    "verify_by",
    "schedule",
    "places",
    "payload",
    "url",
    "publication",
}


def offers(town, query=""):
    return town.browse().get(f"/api/v1/offers{query}").json["items"]


def stored():
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Offer))


def add_foreign(count, **values):
    with database.writing() as session:
        for number in range(count):
            session.add(
                Listing(
                    **{
                        "uid": f"https://far.example/federation/o/{uuid4()}",
                        "type": "offer",
                        "origin": "https://far.example",
                        "kind": "tutoring",
                        "title": f"Loin {number}",
                        "territory": ["93059"],
                        "created_at": clock.now(),
                        "updated_at": clock.now() + timedelta(seconds=number),
                        "verify_by": in_days(9),
                        **values,
                    }
                )
            )


def test_an_offer_is_published_and_listed_with_exactly_its_public_members(town):
    answer = town.post(
        places=3,
        schedule={
            "starts": "2026-12-02T17:00",
            "rrule": "FREQ=WEEKLY;BYDAY=WE",
            "timezone": "Europe/Paris",
        },
    )
    assert answer.status_code == 201, answer.text
    item = answer.json
    assert set(item) == ITEM
    assert item["publication"] == "public"
    assert item["origin"] == BASE_URL
    assert item["organisation"] == {
        "id": f"{BASE_URL}/federation/o/{town.association}",
        "name": "Association Exemple 1",
    }
    assert item["updated_at"] == "2026-11-22T09:00:00Z"
    assert item["verify_by"] == "2027-01-21"
    assert item["payload"] == {
        "levels": ["6e"],
        "subjects": ["mathematics"],
        "place": "library",
    }
    assert answer.headers["Location"].startswith(f"{BASE_URL}/api/v1/offers/")
    path = answer.headers["Location"].removeprefix(BASE_URL)
    assert town.browse().get(path).json == item
    assert offers(town) == [item]
    assert item["url"] == f"{BASE_URL}/offers/{item['id'].rpartition('/')[2]}"


@pytest.mark.parametrize(
    ("who", "organisation", "publication"),
    [
        ("site", "association", "public"),
        ("site", "other", "public"),
        ("coordinator", "association", "public"),
        ("coordinator", "other", "pending"),
        ("coordinator", "none", "public"),
        ("stranger", "association", "pending"),
        ("parent", "association", "pending"),
        ("parent", "none", "pending"),
        ("administrator", "association", "public"),
    ],
)
def test_who_publishes_at_once(village, who, organisation, publication):
    owner = {"association": str(village.association), "other": str(village.other), "none": None}
    answer = village.post(who, organisation=owner[organisation])
    assert (answer.status_code, answer.json["publication"]) == (201, publication)
    assert len(offers(village)) == (publication == "public")


def test_the_site_itself_offers_nothing(village):
    answer = village.post("site", organisation=None)
    assert answer.status_code == 422
    assert "entraide token create --member" in answer.json["detail"]
    assert set(answer.json["errors"]) == {"organisation"}
    assert stored() == 0


def test_an_organisation_is_named_by_its_address_too(town):
    address = f"{BASE_URL}/federation/o/{town.association}"
    assert town.post(organisation=address).json["organisation"]["id"] == address


@pytest.mark.parametrize("who", ["nobody", "reader", "wrong"])
def test_without_a_fitting_token_nothing_is_written(village, who):
    village.tokens |= {"nobody": "", "wrong": "A" * 32}
    made = village.post().json["id"].rpartition("/")[2]
    for path in ("/api/v1/offers", f"/api/v1/offers/{made}/withdraw"):
        answer = village.browse().post(path, json=village.body(), headers=village.bearer(who))
        assert answer.status_code == (403 if who == "reader" else 401)
        assert answer.content_type == "application/problem+json"
        how = 'Bearer error="insufficient_scope", scope="offers:write"'
        assert answer.headers["WWW-Authenticate"] == (how if who == "reader" else "Bearer")
    assert stored() == 1
    assert len(offers(village)) == 1


def test_a_token_is_asked_for_before_the_body_is_read(village):
    assert village.browse().post("/api/v1/offers", data=b"{").status_code == 401


BAD = [
    ("kind", "gardening", "kind"),
    ("kind", None, "kind"),
    ("title", "", "title"),
    ("title", "x" * 151, "title"),
    ("title", "a\u202eb", "title"),
    ("title", "two\nlines", "title"),
    ("title", 7, "title"),
    ("summary", "x" * 2001, "summary"),
    ("organisation", "not-an-id", "organisation"),
    ("organisation", f"https://far.example/federation/o/{NOBODY}", "organisation"),
    ("organisation", NOBODY, "organisation"),
    ("territory", [], "territory"),
    ("territory", ["58079"] * 2, "territory"),
    ("territory", ["00000"], "territory"),
    ("territory", {"58079": 1}, "territory"),
    ("territory", ["58079"] * 21, "territory"),
    ("territory", None, "territory"),
    ("verify_by", "2026-11-21", "verify_by"),
    ("verify_by", "2028-11-24", "verify_by"),
    ("verify_by", "20270101", "verify_by"),
    ("verify_by", "2027-02-30", "verify_by"),
    ("places", -1, "places"),
    ("places", 1.5, "places"),
    ("places", True, "places"),
    ("places", 100_001, "places"),
    ("payload", {"levels": ["6e"], "place": "library"}, "payload"),
    ("payload", {"levels": ["7z"], "subjects": ["all"], "place": "library"}, "payload"),
    ("payload", {"levels": ["6e"], "subjects": ["all"], "place": "library", "x": 1}, "payload"),
    ("payload", [], "payload"),
    ("schedule", {"starts": "2026-12-02T17:00"}, "schedule"),
    ("schedule", {"starts": "2026-12-32T17:00", "timezone": "Europe/Paris"}, "schedule"),
    ("schedule", {"starts": "2026-12-02 17:00", "timezone": "Europe/Paris"}, "schedule"),
    ("schedule", {"starts": "2026-12-02T17:00", "timezone": "Mars/Base"}, "schedule"),
    ("schedule", {"starts": "2026-12-02T17:00", "timezone": "../etc/passwd"}, "schedule"),
    ("schedule", {"starts": "2026-12-02T17:00", "timezone": "UTC", "x": 1}, "schedule"),
    (
        "schedule",
        {"starts": "2026-12-02T17:00", "ends": "2026-12-01T17:00", "timezone": "UTC"},
        "schedule",
    ),
]


@pytest.mark.parametrize(("name", "value", "field"), BAD)
def test_a_wrong_member_is_named_and_nothing_is_stored(village, name, value, field):
    answer = village.post(**{name: value})
    assert answer.status_code == 422, answer.text
    assert answer.content_type == "application/problem+json"
    assert set(answer.json["errors"]) == {field}
    assert stored() == 0


def test_all_mistakes_are_told_at_once(village):
    answer = village.post(title="", places=-1, payload={})
    assert set(answer.json["errors"]) == {"title", "places", "payload"}
    assert set(answer.json["errors"]["payload"]) == {"levels", "subjects", "place"}


@pytest.mark.parametrize("kind", ["tutoring", "sponsorship", "outing"])
def test_an_offer_without_details_is_published_and_shown(village, kind):
    schedule = {"starts": "2026-12-05T14:00", "timezone": "Europe/Paris"}
    given = {"schedule": schedule} if kind == "outing" else {}
    answer = village.post(kind=kind, payload=None, **given)
    assert answer.status_code == 201, answer.text
    assert answer.json["payload"] == {}
    page = village.browse().get(f"/offers/{answer.json['id'].rpartition('/')[2]}")
    assert page.status_code == 200
    assert village.browse().get(f"/find?kind={kind}").status_code == 200


def test_fields_of_the_other_side_do_not_exist_in_an_offer(village):
    payload = {"ages": ["6-10"], "rhythm": "weekly"}
    assert village.post(kind="sponsorship", payload=payload).status_code == 201
    answer = village.post(kind="sponsorship", payload={**payload, "child_initials": "L. M."})
    assert answer.json["errors"]["payload"] == {"child_initials": ["Unknown field."]}


def test_what_only_the_parties_may_read_is_kept_but_never_given_out(village):
    payload = {"ages": ["6-10"], "cost_euros": 0, "meeting_point": "Devant le CANARI"}
    schedule = {"starts": "2026-12-05T14:00", "timezone": "Europe/Paris"}
    answer = village.post(kind="outing", payload=payload, schedule=schedule)
    assert answer.status_code == 201, answer.text
    with database.reading() as session:
        assert session.scalars(select(Offer)).one().details == {"meeting_point": "Devant le CANARI"}
    assert "CANARI" not in answer.text
    assert "CANARI" not in village.browse().get("/api/v1/offers").text
    assert village.post(kind="outing", payload=payload).json["errors"].keys() == {"schedule"}


@pytest.mark.parametrize("column", [one.key for one in inspect(Offer).columns])
def test_no_column_can_be_set_from_outside(village, column):
    allowed = {
        "kind",
        "title",
        "summary",
        "territory",
        "schedule",
        "places",
        "payload",
        "verify_by",
    }
    before = village.body()
    if column in allowed:
        assert (
            village.browse()
            .post("/api/v1/offers", json=before, headers=village.bearer("site"))
            .status_code
            == 201
        )
        return
    answer = village.post(**{column: "public"})
    assert answer.status_code == 422
    assert answer.json["errors"] == {column: ["Unknown field."]}
    assert stored() == 0


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b'{"kind": "tutoring"}', "text/plain", 415),
        ('{"kind": "tutoring"}'.encode("utf-16"), "application/json; charset=utf-16", 415),
        (b'{"kind": "tutoring"}', "application/json; charset=latin-1", 415),
        (b'{"kind": "tutoring"}', "application/json; charset=UTF-8", 422),
        (b"kind=tutoring", "application/x-www-form-urlencoded", 415),
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"kind": "a", "kind": "b"}', "application/json", 400),
        (b'{"places": NaN}', "application/json", 400),
        (b'{"places": 99999999999999999999}', "application/json", 400),
        (b'{"title": "\\ud800"}', "application/json", 400),
        (b'{"title": "\\u0000"}', "application/json", 400),
        (b"[" * 5000, "application/json", 400),
        (b'{"title": "\xff"}', "application/json", 400),
        (b"[]", "application/json", 422),
        (b'"text"', "application/json", 422),
        (b"null", "application/json", 422),
        (b"{" + b" " * 70_000 + b"}", "application/json", 413),
    ],
)
def test_a_body_that_is_no_offer(village, data, content_type, status):
    answer = village.browse().post(
        "/api/v1/offers", data=data, content_type=content_type, headers=village.bearer("site")
    )
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"


def test_an_offer_is_withdrawn_once_and_again(town):
    made = town.post().json["id"].rpartition("/")[2]
    path = f"/api/v1/offers/{made}"
    client = town.browse()
    assert client.get(path).status_code == 200
    for _time in range(2):
        answer = client.post(f"{path}/withdraw", headers=town.bearer("site"))
        assert (answer.status_code, answer.data) == (204, b"")
    assert offers(town) == []
    assert client.get(path).status_code == 404
    assert client.get(path, headers=town.bearer("site")).json["publication"] == "withdrawn"
    gone = client.post(f"/api/v1/offers/{uuid4()}/withdraw", headers=town.bearer("site"))
    assert gone.status_code == 404


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("parent", 204),
        ("coordinator", 204),
        ("administrator", 204),
        ("site", 204),
        ("stranger", 404),
    ],
)
def test_who_may_withdraw_a_proposal_of_a_parent(village, who, status):
    made = village.post("parent").json["id"].rpartition("/")[2]
    answer = village.browse().post(f"/api/v1/offers/{made}/withdraw", headers=village.bearer(who))
    assert answer.status_code == status
    expected = "withdrawn" if status == 204 else "pending"
    with database.reading() as session:
        assert find_offer(session, offer_id=UUID(made)).publication == expected


@pytest.mark.parametrize(
    ("who", "status"),
    [("parent", 200), ("coordinator", 200), ("site", 200), ("stranger", 404), ("", 404)],
)
def test_who_sees_a_proposal(village, who, status):
    made = village.post("parent").json["id"].rpartition("/")[2]
    headers = village.bearer(who) if who else {}
    answer = village.browse().get(f"/api/v1/offers/{made}", headers=headers)
    assert answer.status_code == status
    assert ("Aide aux devoirs" in answer.text) == (status == 200)


def test_the_same_key_makes_one_offer(town):
    key = {"Idempotency-Key": "order-1"}
    first = town.post(headers=key)
    again = town.post(headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    assert again.headers["Location"] == first.headers["Location"]
    assert stored() == 1
    other = town.post(headers=key, title="Autre chose")
    assert other.status_code == 422
    assert other.json["type"].endswith("#idempotency-key-reused")
    assert town.post("coordinator", headers=key).json["id"] != first.json["id"]
    assert stored() == 2


def test_a_key_is_forgotten_after_a_day_and_not_used_up_by_a_mistake(town):
    key = {"Idempotency-Key": "order-2"}
    assert town.post(headers=key, organisation=str(uuid4())).status_code == 422
    first = town.post(headers=key)
    assert first.status_code == 201
    town.site.clock.advance(timedelta(hours=24))
    assert town.post(headers=key).json["id"] != first.json["id"]
    for wrong in ("", "x" * 201, "two words"):
        answer = town.post(headers={"Idempotency-Key": wrong})
        assert answer.status_code == 422
        assert "Idempotency-Key" in str(answer.json["errors"])


def test_offers_of_other_sites_are_listed_with_their_origin(town):
    town.post()
    add_foreign(2)
    far = {"origin": "https://far.example", "organisation": None, "payload": {}}
    items = offers(town, "?origin=https://far.example")
    assert [item | far for item in items] == items
    assert items[0]["url"].startswith(f"{BASE_URL}/offers/far.example/")
    assert len(offers(town)) == 3
    assert len(offers(town, f"?origin={BASE_URL}")) == 1
    assert len(offers(town, "?kind=outing")) == 0
    assert len(offers(town, "?updated_since=2026-11-22T09:00:01Z")) == 1


def test_every_offer_is_seen_once_while_others_change(town):
    add_foreign(7)
    with database.reading() as session:
        known = set(session.scalars(select(Listing.uid).where(Listing.type == "offer")))
    client, seen, after = town.browse(), [], ""
    while after is not None:
        page = client.get(f"/api/v1/offers?limit=2{after and f'&after={after}'}").json
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
        if len(seen) == 4:
            add_foreign(1, updated_at=clock.now() + timedelta(days=1))
    assert len(seen) == len(set(seen)) == 8
    assert known < set(seen)


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_an_expired_offer_is_never_listed(town, days):
    add_foreign(1, verify_by=in_days(days))
    made = town.add_offers(1, verify_by=in_days(0))[0]
    assert len(offers(town)) == (2 if days >= 0 else 1)
    town.site.clock.advance(timedelta(days=1))
    assert len(offers(town)) == (days > 0)
    assert town.browse().get(f"/api/v1/offers/{made}").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=1.5",
        "limit=ten",
        "limit=",
        "after=",
        "after=x",
        "after=AAAA",
        "after=W10=",
        "after=WzEsIlx1MDAwMCJd",
        "after=WzFlMzAsImEiXQ==",
        "after=" + "A" * 700,
        "kind=%00",
        "kind=A",
        "origin=%00",
        "origin=https://a/b",
        "updated_since=yesterday",
        "updated_since=2026-11-22T09:00:00",
        "updated_since=0001-01-01T00:00:00%2B14:00",
        "page=2",
        "limit=1&limit=2",
    ],
)
def test_a_wrong_query_is_refused_by_name(village, query):
    answer = village.browse().get(f"/api/v1/offers?{query}")
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"


def test_addresses_say_what_they_do(village):
    client = village.browse()
    answer = client.delete("/api/v1/offers")
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))
    assert answer.content_type == "application/problem+json"
    assert client.get("/api/v1/nothing").content_type == "application/problem+json"


@pytest.mark.parametrize("count", [1, 3])
def test_listing_takes_one_query(town, count, count_queries):
    add_foreign(count)
    town.add_offers(count)
    client = town.browse()
    assert count_queries(lambda: client.get("/api/v1/offers")) == 1
    assert count_queries(lambda: client.get("/api/v1/organisations")) == 1


def test_organisations_are_listed(town):
    items = town.browse().get("/api/v1/organisations?limit=1").json
    assert items["next"]
    assert set(items["items"][0]) == {
        "id",
        "name",
        "summary",
        "form",
        "website",
        "origin",
        "territory",
        "updated_at",
        "url",
    }
    assert items["items"][0]["website"] in ("https://asso.example/", None)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_body_breaks_the_api(town, data):
    name = data.draw(st.sampled_from([*town.body(), "schedule", "places"]))
    answer = town.post(**{name: data.draw(ANYTHING)})
    assert answer.status_code in (201, 400, 422), answer.text
    page = town.browse().get("/api/v1/offers")
    assert page.status_code == 200


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (
            {"starts": "2026-10-21T16:00:00Z", "ends": "2026-10-21T17:30:00Z"},
            {"starts": "2026-10-21T18:00:00", "ends": "2026-10-21T19:30:00"},
        ),
        ({"starts": "2026-10-21T23:30:00Z"}, {"starts": "2026-10-22T01:30:00"}),
        (
            {"starts": "2026-10-21T16:00:00Z", "timezone": "Indian/Reunion"},
            {"starts": "2026-10-21T20:00:00", "timezone": "Indian/Reunion"},
        ),
        ({"starts": "2026-10-21T16:00"}, {"starts": "2026-10-21T16:00"}),
    ],
)
def test_a_series_given_in_universal_time_is_kept_as_local_time(village, given, kept):
    rule = {"rrule": "FREQ=WEEKLY", "timezone": "Europe/Paris"}
    answer = village.post(schedule=rule | given)
    assert answer.status_code == 201, answer.text
    assert answer.json["schedule"] == rule | kept


def test_a_series_in_the_last_hours_of_the_calendar_is_refused(village):
    schedule = {
        "starts": "9999-12-31T23:30Z",
        "rrule": "FREQ=DAILY",
        "timezone": "Europe/Paris",
    }
    answer = village.post(schedule=schedule)
    assert answer.status_code == 422
    assert answer.json["errors"]["schedule"]["starts"] == ["There is no such day or time."]


NO_RULES = [
    "FREQ=WEEKLY;X-TEL=0612345678",
    "FREQ=WEEKLY;COUNT=0612345678",
    "FREQ=WEEKLY;UNTIL=0612345678",
    "FREQ=WEEKLY;BYDAY=WE,JEAN-DUPONT",
    "FREQ=WEEKLY;APPELEZ-MOI=RUE-HAUTE-12",
    "FREQ=WEEKLY;BYMINUTE=06,12,34,56,58",
    "FREQ=WEEKLY;BYSETPOS=+33612345678",
    "FREQ=WEEKLY;INTERVAL=06-12-34",
    "FREQ=WEEKLY;WKST=MO-JEAN",
    "FREQ=WEEKLY;BYDAY=MO;BYDAY=TU",
    "FREQ=WEEKLY;RUE-HAUTE-12",
    "FREQ=JEAN",
    "BYDAY=MO",
    "FREQ=WEEKLY;",
    "FREQ=WEEKLY;COUNT=0",
    "FREQ=WEEKLY;BYMONTHDAY=32",
    "FREQ=WEEKLY;BYHOUR=-1",
    "FREQ=WEEKLY;UNTIL=20271399",
    "",
    "FREQ=DAILY;BYMONTHDAY=" + ",".join(["1"] * 200),
    "freq=weekly",
    "FREQ=WEEKLY\n",
]
RULES = [
    "FREQ=WEEKLY;BYDAY=MO,WE;INTERVAL=2;WKST=MO",
    "FREQ=MONTHLY;BYDAY=-1FR,+1MO;COUNT=12",
    "FREQ=YEARLY;BYYEARDAY=1,-366;BYWEEKNO=53",
    "FREQ=MONTHLY;BYMONTHDAY=1,15,-1;BYSETPOS=-1",
    "FREQ=DAILY;BYHOUR=8,09;BYMINUTE=0,30;BYSECOND=0;UNTIL=20270131T000000Z",
    "FREQ=DAILY;BYMONTH=11,12;UNTIL=20270131",
]


def test_a_rule_holds_what_the_standard_names_and_nothing_else(village):
    """What other calendars skip would be a place for words that everyone reads."""
    usual = {"starts": "2026-12-02T17:00", "timezone": "Europe/Paris"}
    for rule in NO_RULES:
        answer = village.post(schedule=usual | {"rrule": rule})
        assert (answer.status_code, rule) == (422, rule)
        assert "rrule" in answer.json["errors"]["schedule"]
    for rule in RULES:
        answer = village.post(schedule=usual | {"rrule": rule})
        assert (answer.status_code, rule) == (201, rule)


@pytest.mark.parametrize(
    ("field", "value", "example"),
    [
        ("starts", "tomorrow", "2027-05-31T14:00"),
        ("timezone", "Paris!", "Europe/Paris"),
        ("rrule", "every day", "FREQ=WEEKLY;BYDAY=TU"),
    ],
)
def test_a_schedule_spelled_otherwise_is_answered_with_an_example_of_its_kind(
    village, field, value, example
):
    schedule = {"starts": "2026-12-02T17:00", "timezone": "Europe/Paris", field: value}
    answer = village.post(schedule=schedule)
    assert answer.status_code == 422
    assert example in answer.json["errors"]["schedule"][field][0]
