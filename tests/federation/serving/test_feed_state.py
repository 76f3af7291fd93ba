"""The feed's endpoints: signed bytes as they are, exact types, strict parameters."""

import json
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select

from entraide import clock, database, runtime
from entraide.app import create_app
from entraide.directory.offers import service
from entraide.testing import add_offer, add_organisation, browser
from entraide_federation.protocol import heads, objects, profile
from entraide_federation.serving import changes
from entraide_federation.store.models import Origin, SignedObject

EFP = "application/vnd.efp+json"
NDJSON = "application/vnd.efp+ndjson"
CHANGES = "/federation/v1/changes"
NAMESPACE = "https://entraide.example/ns/federation/errors#"


@pytest.fixture
def origin_site(make_origin):
    """One engine is enough here; test_feed_engines.py asks both for the whole feed."""
    with runtime.activate(make_origin()) as opened:
        yield opened


@pytest.fixture
def offers(origin_site, publish_all):
    """Five published offers of one organisation, the last one withdrawn."""
    with database.writing() as session:
        organisation = add_organisation(session).id
        options = {"kind": "canary", "organisation_id": organisation}
        added = [add_offer(session, number, **options).id for number in range(1, 6)]
    publish_all()
    with database.writing() as session:
        service.withdraw_offer(
            session, offer=service.find_offer(session, offer_id=added[-1]), actor=None
        )
    publish_all()
    return added


def problem(answer):
    assert answer.content_type == "application/problem+json"
    return answer.status_code, answer.json["type"].removeprefix(NAMESPACE)


def name_of(answer):
    """The name of a problem, whichever layer refused the request."""
    return answer.status_code, answer.json["type"].partition("#")[2]


def test_discovery(site_client, offers):
    answer = site_client.get("/.well-known/entraide-federation")
    assert (answer.status_code, answer.content_type) == (200, EFP)
    assert answer.json == {
        "efp": ["1.0"],
        "base": "https://site.example",
        "name": "Site Exemple",
        "keysetVersion": 1,
        "keyset": "/federation/v1/keyset",
        "changes": CHANGES,
        "snapshot": "/federation/v1/snapshot",
        "roles": ["origin"],
        "tombstones": {"class": "persistent-within-horizon", "horizonDays": 400},
        "limits": {
            "page": 200,
            "pageBytes": 1048576,
            "objectBytes": 16384,
            "minPollSeconds": 30,
        },
        "extensions": {"canary": "1.0"},
    }


def test_discovery_names_hub_and_contact(make_origin):
    site = make_origin(
        toml='[federation]\nrole = "hub"\npeers = [{base = "https://hub.example", role = "hub"}]',
        base_url='https://site.example"\nemail = "contact@example.org',
    )
    with runtime.activate(site):
        answer = browser(create_app(site)).get("/.well-known/entraide-federation").json
    assert answer["roles"] == ["origin", "aggregate"]
    assert answer["hub"] == "https://hub.example"
    assert answer["contact"] == "mailto:contact@example.org"
    assert answer["keysetVersion"] == 0, "nothing is published yet"


def test_the_feed_from_the_start(site_client, offers):
    answer = site_client.get(CHANGES)
    assert (answer.status_code, answer.content_type) == (200, EFP)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Backoff"] == "0"
    assert answer.headers["Link"] == '</federation/v1/head>; rel="latest-version"'
    page = answer.json
    assert list(page) == sorted(page)
    assert page["since"] is None
    assert not page["more"]
    assert [item["type"] for item in page["items"]] == ["Organisation", *["Offer"] * 4, "Tombstone"]
    found = heads.read_head(page["head"])
    assert heads.accounts_for(found, map(profile.element_of, page["items"]))


def test_pages_join_up(site_client, offers):
    seen, since = [], ""
    while True:
        page = site_client.get(f"{CHANGES}?limit=2{since}").json
        seen += page["items"]
        assert page["more"] == ("head" not in page)
        since = f"&since={page['next']}"
        if not page["more"]:
            break
    assert seen == site_client.get(CHANGES).json["items"]
    rest = site_client.get(f"{CHANGES}?since={page['next']}").json
    assert (rest["items"], rest["next"], rest["more"]) == ([], page["next"], False)
    assert rest["head"] == page["head"]


def test_a_page_is_bounded_in_bytes(site_client, offers, monkeypatch):
    monkeypatch.setattr(changes, "_FRAME_BYTES", 1024 * 1024 - 2000)
    page = site_client.get(CHANGES).json
    assert page["more"]
    assert 0 < len(page["items"]) < 6
    monkeypatch.setattr(changes, "_FRAME_BYTES", 1024 * 1024)
    assert len(site_client.get(CHANGES).json["items"]) == 1, "one always passes"


def test_bodies_are_the_stored_bytes(site_client, offers):
    with database.reading() as session:
        rows = session.scalars(select(SignedObject)).all()
    feed, snapshot = site_client.get(CHANGES).data, site_client.get("/federation/v1/snapshot").data
    for row in rows:
        assert row.body in feed
        assert row.body in snapshot
        assert site_client.get(row.uid.removeprefix("https://site.example")).data == row.body


@pytest.mark.parametrize(
    "path",
    [
        CHANGES,
        "/federation/v1/head",
        "/federation/v1/heads",
        "/federation/v1/keyset",
        "/federation/v1/keysets",
        "/federation/v1/snapshot",
        "/.well-known/entraide-federation",
        "/federation/v1/witness?origin=https://site.example",
        "/federation/v1/schemas/canary/1.0.json",
    ],
)
def test_a_reader_who_has_it_gets_a_bare_304(site_client, offers, path):
    answer = site_client.get(path)
    assert answer.status_code == 200
    tag = answer.headers["ETag"]
    assert tag.startswith('"')
    again = site_client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert dict(again.headers) == {"ETag": tag}
    assert site_client.get(path, headers={"If-None-Match": '"else"'}).status_code == 200


def test_the_validator_belongs_to_one_address_and_one_head(
    site_client, offers, origin_site, publish_all
):
    first = site_client.get(CHANGES).headers["ETag"]
    assert site_client.get(f"{CHANGES}?limit=2").headers["ETag"] != first
    origin_site.clock.advance(timedelta(hours=12))
    publish_all()
    answer = site_client.get(CHANGES, headers={"If-None-Match": first})
    assert answer.status_code == 200
    assert answer.json["head"]["seq"] == 7


@pytest.mark.parametrize(
    "query",
    [
        "sinse=c.x",
        "limit=0",
        "limit=-1",
        "limit=two",
        "limit=1.5",
        "limit=",
        "limit=01",
        "limit=1&limit=2",
        "scope=everything",
        "scope=all",
        "scope=own&scope=own",
        "origin=https://site.example",
        "limit=٣",
    ],
)
def test_strange_parameters(site_client, offers, query):
    assert problem(site_client.get(f"{CHANGES}?{query}")) == (400, "bad-request")


def test_a_larger_limit_is_cut(site_client, offers):
    assert site_client.get(f"{CHANGES}?limit=999999999").status_code == 200


@pytest.mark.parametrize("path", ["keyset", "head", "heads", "snapshot"])
def test_unknown_parameters_elsewhere(site_client, offers, path):
    assert problem(site_client.get(f"/federation/v1/{path}?x=1")) == (400, "bad-request")


def test_cursors_that_do_not_fit(site_client, offers, origin_site):
    cursor = site_client.get(CHANGES).json["next"]
    for wrong in ("x", "c.", cursor[:-1]):
        assert problem(site_client.get(f"{CHANGES}?since={wrong}")) == (400, "bad-cursor")
    with database.writing() as session:
        own = session.get(feed_state_model(), 1)
        own.seq -= 1
    answer = site_client.get(f"{CHANGES}?since={cursor}")
    assert problem(answer) == (410, "cursor-unknown")
    assert answer.json["snapshot"] == "/federation/v1/snapshot?scope=own"
    with database.writing() as session:
        own = session.get(feed_state_model(), 1)
        own.seq, own.epoch = own.seq + 1, "AAAAAAAAAAA"
    assert problem(site_client.get(f"{CHANGES}?since={cursor}")) == (410, "cursor-unknown")


def feed_state_model():
    from entraide_federation.store.models import Own

    return Own


def leave_the_tombstones_behind(site, publish_all):
    """Let 400 days pass; the second Head believes the clock."""
    for step in (timedelta(days=401), timedelta(hours=12)):
        site.clock.advance(step)
        publish_all()


def test_a_cursor_older_than_the_horizon(site_client, offers, origin_site, publish_all):
    page = site_client.get(f"{CHANGES}?limit=5").json
    leave_the_tombstones_behind(origin_site, publish_all)
    answer = site_client.get(f"{CHANGES}?since={page['next']}")
    assert problem(answer) == (410, "cursor-expired")
    assert answer.json["horizonDays"] == 400
    newest = site_client.get(CHANGES).json["next"]
    assert site_client.get(f"{CHANGES}?since={newest}").status_code == 200


def test_the_snapshot(site_client, offers):
    answer = site_client.get("/federation/v1/snapshot")
    assert (answer.status_code, answer.content_type) == (200, NDJSON)
    assert answer.data.endswith(b"\n")
    lines = answer.data.split(b"\n")[:-1]
    assert all(profile.canonical(json.loads(line)) == line for line in lines)
    first, *rows, head = map(json.loads, lines)
    next_cursor = site_client.get(CHANGES).json["next"]
    assert first == {
        "snapshot": {"cursor": next_cursor, "origins": ["https://site.example"], "scope": "own"}
    }
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert heads.accounts_for(heads.read_head(head), map(profile.element_of, rows))


def test_old_tombstones_are_not_in_the_snapshot(site_client, offers, origin_site, publish_all):
    leave_the_tombstones_behind(origin_site, publish_all)
    _first, *rows, head = map(
        json.loads, site_client.get("/federation/v1/snapshot").data.splitlines()
    )
    assert heads.accounts_for(heads.read_head(head), map(profile.element_of, rows))
    assert "Tombstone" not in {row["type"] for row in rows}


def test_one_object(site_client, offers):
    answer = site_client.get(f"/federation/o/{offers[0]}")
    assert (answer.status_code, answer.content_type) == (200, EFP)
    assert answer.json["title"] == "Offre exemple 1"
    gone = site_client.get(f"/federation/o/{offers[-1]}")
    assert (gone.status_code, gone.content_type) == (410, EFP)
    assert gone.json["type"] == "Tombstone"


@pytest.mark.parametrize("name", ["x", "00000000-0000-7000-8000-000000000000"])
def test_no_such_object(site_client, offers, name):
    assert problem(site_client.get(f"/federation/o/{name}")) == (404, "unknown-object")


def test_other_spellings_are_other_objects(site_client, offers):
    answer = site_client.get(f"/federation/o/{str(offers[0]).upper()}")
    assert problem(answer) == (404, "unknown-object")


def test_a_browser_is_shown_the_signed_bytes(site_client, offers):
    browser_wants = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    shown = site_client.get(f"/federation/o/{offers[0]}", headers=browser_wants)
    assert (shown.status_code, shown.content_type) == (200, "application/json")
    assert shown.data == site_client.get(f"/federation/o/{offers[0]}").data


def test_head_keysets_and_witness(site_client, offers):
    head = site_client.get("/federation/v1/head").data
    heads_answer = site_client.get("/federation/v1/heads").json
    assert heads_answer["heads"] == [json.loads(head)]
    assert heads_answer["cursor"] == site_client.get(CHANGES).json["next"]
    assert site_client.get("/federation/v1/witness?origin=https://site.example").data == head
    keyset = site_client.get("/federation/v1/keyset").json
    assert site_client.get("/federation/v1/keysets").json == {
        "keysets": [keyset],
        "name": "Site Exemple",
    }
    assert site_client.get("/federation/v1/keysets?after=1").json == {
        "keysets": [],
        "name": "Site Exemple",
    }
    named = site_client.get("/federation/v1/keysets?origin=https://site.example&after=0")
    assert named.json == {"keysets": [keyset], "name": "Site Exemple"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("keysets?origin=https://other.example", (404, "unknown-origin")),
        ("keysets?after=x", (400, "bad-request")),
        ("witness", (400, "bad-request")),
        ("witness?origin=https://other.example", (404, "unknown-origin")),
        ("witness?origin=https://silent.example", (404, "unknown-origin")),
        ("schemas/canary/2.0.json", (404, "unknown-object")),
        ("schemas/homely/1.0.json", (404, "unknown-object")),
        ("schemas/nothing/1.0.json", (404, "unknown-object")),
    ],
)
def test_what_is_not_known_here(site_client, offers, query, expected):
    with database.writing() as session:
        session.add(Origin(base="https://silent.example", confirmed_at=clock.now()))
        session.add(Origin(base="https://stranger.example", head=b"{}", keyset_version=1))
    assert problem(site_client.get(f"/federation/v1/{query}")) == expected


def test_the_schema_of_a_kind_shows_public_fields_only(site_client, offers):
    answer = site_client.get("/federation/v1/schemas/canary/1.0.json")
    assert answer.content_type == "application/schema+json"
    schema = answer.json
    assert schema["$id"] == "https://site.example/federation/v1/schemas/canary/1.0.json"
    assert schema["properties"] == {
        "level": {"type": "string", "maxLength": 200},
        "seats": {"type": "integer"},
        "free": {"type": "boolean"},
        "tags": {
            "type": "array",
            "maxItems": 20,
            "items": {"type": "string", "maxLength": 200},
        },
    }


@pytest.mark.parametrize("path", [CHANGES, "/.well-known/entraide-federation", "/federation/o/x"])
@pytest.mark.parametrize("host", ["other.example", "site.example:8443", "site.example.", ""])
def test_another_host_is_refused(site_client, offers, path, host):
    answer = site_client.get(path, base_url="https://other.example", headers={"Host": host})
    assert name_of(answer) == (421, "wrong-origin")


def test_the_default_port_may_be_spelled_out(site_client, offers):
    answer = site_client.get(CHANGES, headers={"Host": "site.example:443"})
    assert answer.status_code == 200


def test_before_the_first_head(make_origin):
    site = make_origin()
    with runtime.activate(site):
        client = browser(create_app(site))
        for path in ("changes", "head", "heads", "snapshot", "keyset"):
            answer = client.get(f"/federation/v1/{path}")
            assert problem(answer) == (503, "maintenance")
            assert answer.headers["Retry-After"] == "60"


def test_a_busy_database_is_told_in_the_protocol_s_words(site_client, offers, monkeypatch):
    from entraide.errors import Busy
    from entraide_federation.serving import feed_state

    def fail(*_arguments):
        raise Busy

    monkeypatch.setattr(feed_state, "load", fail)
    for path in ("changes", "snapshot"):
        answer = site_client.get(f"/federation/v1/{path}")
        assert problem(answer) == (503, "busy")
        assert answer.headers["Retry-After"] == "5"


def test_no_cookie_is_read_or_set(site_client, offers):
    site_client.set_cookie("__Host-entraide", "fr." + "A" * 32)
    answer = site_client.get(CHANGES)
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_writing_is_not_offered(site_client, offers):
    assert site_client.post(CHANGES).status_code == 405


HUB = '[federation]\nrole = "hub"\n'


@pytest.fixture
def hub_site(make_origin):
    with runtime.activate(make_origin(toml=HUB)) as opened:
        yield opened


@pytest.fixture
def hub_client(hub_site, publish_all):
    with database.writing() as session:
        organisation = add_organisation(session).id
        add_offer(session, kind="canary", organisation_id=organisation)
    publish_all()
    with database.writing() as session:
        relay(session, "https://clamecy.example", 3)
    return browser(create_app(hub_site))


def relay(session, base, count):
    """Store what a pull of another origin would: rows, then its Head."""
    from entraide_federation.store import health

    origin = Origin(base=base, state="live", confirmed_at=clock.now())
    session.add(origin)
    session.flush()
    rows = []
    for number in range(count):
        uid = f"{base}/federation/o/00000000-0000-7000-8000-{number:012d}"
        document = {"id": uid, "type": "Offer", "version": 1}
        body = profile.canonical(document)
        element = profile.element(uid, 1, body)
        rows.append(
            SignedObject(
                uid=uid, origin_id=origin.id, type="Offer", version=1, element=element, body=body
            )
        )
    session.add_all(rows)
    origin.head = orjson.dumps(
        {"type": "Head", "origin": base, "tombstonesFrom": "2025-10-18T00:00:00Z"}
    )
    session.flush()
    health.number_rows(session, [row.uid for row in rows], [origin.id])


def test_the_aggregate_feed_holds_objects_then_heads(hub_client):
    page = hub_client.get(f"{CHANGES}?scope=all").json
    types = [(item["type"], (item.get("origin") or item["id"])[8:15]) for item in page["items"]]
    assert types == [
        ("Organisation", "site.ex"),
        ("Offer", "site.ex"),
        ("Head", "site.ex"),
        *[("Offer", "clamecy")] * 3,
        ("Head", "clamecy"),
    ]
    assert "head" not in page
    assert len(hub_client.get(f"{CHANGES}?scope=own").json["items"]) == 2


def test_the_aggregate_feed_of_one_origin(hub_client):
    url = f"{CHANGES}?scope=all&limit=2&origin=https://clamecy.example"
    page = hub_client.get(url).json
    assert [item["type"] for item in page["items"]] == ["Offer", "Offer"]
    rest = hub_client.get(f"{url}&since={page['next']}").json
    assert [item["type"] for item in rest["items"]] == ["Offer", "Head"]
    answer = hub_client.get(f"{CHANGES}?scope=all&origin=https://nowhere.example")
    assert problem(answer) == (404, "unknown-origin")


def test_a_cursor_belongs_to_one_feed(hub_client):
    cursor = hub_client.get(f"{CHANGES}?scope=all").json["next"]
    assert problem(hub_client.get(f"{CHANGES}?since={cursor}")) == (400, "bad-cursor")
    assert hub_client.get(f"{CHANGES}?scope=all&since={cursor}").json["items"] == []


def test_the_aggregate_snapshot(hub_client):
    answer = hub_client.get("/federation/v1/snapshot?scope=all")
    first, *lines = map(json.loads, answer.data.splitlines())
    assert first["snapshot"]["origins"] == ["https://clamecy.example", "https://site.example"]
    assert first["snapshot"]["scope"] == "all"
    types = [line["type"] for line in lines]
    assert types[:4] == [*["Offer"] * 3, "Head"]
    assert (sorted(types[4:6]), types[6:]) == (["Offer", "Organisation"], ["Head"])
    assert first["snapshot"]["cursor"] == hub_client.get(f"{CHANGES}?scope=all").json["next"]


def test_heads_of_a_relay(hub_client):
    answer = hub_client.get("/federation/v1/heads").json
    assert [head["origin"] for head in answer["heads"]] == [
        "https://clamecy.example",
        "https://site.example",
    ]
    assert answer["cursor"] == hub_client.get(f"{CHANGES}?scope=all").json["next"]


def test_a_head_issued_again_travels_through_the_aggregate_feed(hub_client, hub_site, publish_all):
    cursor = hub_client.get(f"{CHANGES}?scope=all").json["next"]
    hub_site.clock.advance(timedelta(hours=13))
    publish_all()
    page = hub_client.get(f"{CHANGES}?scope=all&since={cursor}").json
    assert [item["type"] for item in page["items"]] == ["Head"]


def test_items_are_authentic(site_client, offers, origin_site):
    from entraide_federation.protocol import keysets

    now = origin_site.clock.now()
    keyset = keysets.verify_keyset(site_client.get("/federation/v1/keyset").json, now=now)
    for item in site_client.get(CHANGES).json["items"]:
        objects.acceptable(objects.authenticate(item, keyset, now=now).document, now=now)
