"""The feed on both engines: many writers, no number missed, nothing private in any byte."""

import json
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from entraide import JobRun, clock, database, outbox, runtime
from entraide.app import create_app
from entraide.directory.offers import service
from entraide.testing import add_member, add_offer, add_organisation, browser
from entraide_federation.protocol import heads, profile
from entraide_federation.publishing import publisher
from entraide_federation.store import verification
from entraide_federation.store.models import Mark

CHANGES = "/federation/v1/changes"
WRITERS, CHANGES_EACH = 4, 12


class Reader:
    """A reader that pages through the feed and keeps the newest form of each object."""

    def __init__(self, client):
        self.client, self.cursor, self.objects, self.head = client, "", {}, None

    def poll(self):
        while True:
            query = f"?limit=3&since={self.cursor}" if self.cursor else "?limit=3"
            page = self.client.get(CHANGES + query).json
            for item in page["items"]:
                assert item["version"] > self.objects.get(item["id"], {"version": 0})["version"]
                self.objects[item["id"]] = item
            self.cursor = page["next"]
            if not page["more"]:
                self.head = heads.read_head(page["head"])
                return

    def is_whole(self):
        return heads.accounts_for(self.head, map(profile.element_of, self.objects.values()))


def write(site, organisation, number, failures):
    """Add, edit and withdraw offers, each in a transaction of its own."""
    try:
        with runtime.activate(site):
            for turn in range(CHANGES_EACH):
                with database.writing() as session:
                    offer = add_offer(
                        session, number * 100 + turn, kind="canary", organisation_id=organisation
                    )
                if turn % 3 == 0:
                    with database.writing() as session:
                        found = service.find_offer(session, offer_id=offer.id)
                        service.withdraw_offer(session, offer=found, actor=None)
    except Exception as error:  # noqa: BLE001 - told to the test
        failures.append(error)


def test_no_change_of_many_writers_is_missed(origin_site, site_client, publish_all):
    with database.writing() as session:
        organisation = add_organisation(session).id
    publish_all()
    reader, failures = Reader(site_client), []
    writers = [
        threading.Thread(target=write, args=(origin_site, organisation, number, failures))
        for number in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        publish_all()
        reader.poll()
        assert reader.is_whole(), "every Head covers exactly what was served with it"
    publish_all()
    reader.poll()
    assert failures == []
    assert reader.is_whole()
    types = [item["type"] for item in reader.objects.values()]
    gone = WRITERS * CHANGES_EACH // 3
    assert types.count("Offer") == WRITERS * CHANGES_EACH - gone
    # An offer that came and went between two ticks was never published: nothing to bury.
    assert types.count("Tombstone") <= gone
    with database.reading() as session:
        assert session.scalar(select(Mark.object_id)) is None


def test_publishers_take_turns(origin_site, site_client):
    with database.writing() as session:
        organisation = add_organisation(session).id
        for number in range(30):
            add_offer(session, number, kind="canary", organisation_id=organisation)
    outbox.deliver_pending()
    run = JobRun(clock.now() + timedelta(days=1), lambda: False)

    def publish():
        with runtime.activate(origin_site):
            publisher.publish(run)

    threads = [threading.Thread(target=publish) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reader = Reader(site_client)
    reader.poll()
    assert reader.is_whole()
    assert (len(reader.objects), reader.head.seq) == (31, 31)


def test_a_page_and_a_snapshot_see_one_state(origin_site, site_client, publish_all):
    """What is published between two statements of one answer is not in it."""
    with database.writing() as session:
        organisation = add_organisation(session).id
    publish_all()
    answer = site_client.get("/federation/v1/snapshot", buffered=False)
    pieces = iter(answer.response)
    with database.writing() as session:
        add_offer(session, kind="canary", organisation_id=organisation)
    publish_all()
    _first, *rows, head = map(json.loads, b"".join(pieces).splitlines())
    answer.close()
    assert len(rows) == 1
    assert heads.accounts_for(heads.read_head(head), map(profile.element_of, rows))


def test_the_aggregate_feed(make_origin, database_url, publish_all):
    site = make_origin(url=database_url, toml='[federation]\nrole = "hub"\n')
    with runtime.activate(site):
        with database.writing() as session:
            organisation = add_organisation(session).id
            add_offer(session, kind="canary", organisation_id=organisation)
        publish_all()
        client = browser(create_app(site))
        page = client.get(f"{CHANGES}?scope=all&limit=2").json
        assert page["more"]
        rest = client.get(f"{CHANGES}?scope=all&since={page['next']}").json
        types = [item["type"] for item in page["items"] + rest["items"]]
        assert types == ["Organisation", "Offer", "Head"]
        lines = client.get("/federation/v1/snapshot?scope=all").data.splitlines()
        assert len(lines) == 4
        with database.reading() as session:
            assert all(check.is_equal for check in verification.check_roots(session))


CANARY = "PRIVATE-CANARY-{}"


@pytest.fixture
def seeded(origin_site, publish_all):
    """A site whose every non-public value is a canary; returns the public words."""
    with database.writing() as session:
        member = add_member(session)
        member.display_name = CANARY.format("name")
        organisation = add_organisation(
            session,
            coordinator=member,
            identifiers={"iban": CANARY.format("iban")},
            url="javascript:" + CANARY.format("url"),
        )
        payload = {
            name: CANARY.format(name) for name in ("for_members", "for_staff", "for_parties")
        } | {"level": "PUBLIC-LEVEL"}
        options = {"kind": "canary", "organisation_id": organisation.id}
        add_offer(session, 1, payload=payload, title="PUBLIC-TITLE", **options)
        # What a later release of the plugin made private may still stand in the public payload.
        moved = add_offer(session, 2, **options)
        moved.payload = payload
        moved.schedule = {"starts": "2026-12-02T14:00", "address": CANARY.format("address")}
        for publication in ("draft", "pending", "withdrawn", "expired"):
            hidden = add_offer(session, 3, title=CANARY.format(publication), **options)
            hidden.publication = publication
        own = add_offer(session, 4, kind="canary", title=CANARY.format("member's"))
        own.member_id = member.id
        add_offer(
            session,
            5,
            kind="homely",
            title=CANARY.format("kind"),
            organisation_id=organisation.id,
            payload={"level": CANARY.format("homely")},
        )
        secret = add_organisation(session, 6, name=CANARY.format("org"), publication="draft")
        hidden = add_offer(session, 7, title=CANARY.format("org's"), **options)
        hidden.organisation_id = secret.id
    publish_all()


@pytest.mark.parametrize(
    "path",
    [
        CHANGES,
        "/federation/v1/snapshot",
        "/.well-known/entraide-federation",
        "/federation/v1/schemas/canary/1.0.json",
        "/federation/v1/heads",
    ],
)
def test_no_private_value_is_in_any_byte(seeded, site_client, path):
    body = site_client.get(path).data
    assert b"CANARY" not in body
    assert b"example.org" not in body, "no address of a person"
    if path in (CHANGES, "/federation/v1/snapshot"):
        assert body.count(b"PUBLIC-TITLE") == 1
        assert body.count(b"PUBLIC-LEVEL") == 2
