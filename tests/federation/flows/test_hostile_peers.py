"""One liar beside an honest peer: nothing of it is stored, an operator sees it, the other goes on."""

import copy
import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from entraide import clock, database, runtime
from entraide_federation import commands, settings
from entraide_federation.listing import visibility
from entraide_federation.store.models import Origin, SecurityEvent, SignedObject, Source
from entraide_federation.testing import FakeOrigin, FakePublication, answer, endless

LOCAL = '[site]\ndevelopment = true\nbase_url = "http://127.0.0.1:9"\n'
CHANGES, SNAPSHOT = "/federation/v1/changes", "/federation/v1/snapshot"


@pytest.fixture
def site(make_site, database_url):
    made = make_site(url=database_url, plugins=("federation",), files={"local.toml": LOCAL})
    with runtime.activate(made):
        yield made


@pytest.fixture
def peers(site):
    """A liar, which is asked first, and an honest peer; one offer of each has been read."""
    with FakeOrigin(clock.now, seed="a") as one, FakeOrigin(clock.now, seed="b") as other:
        liar, honest = sorted((one, other), key=lambda peer: peer.base)
        site.plugin_settings["federation"]["peers"] = [
            {"base": peer.base, "role": "origin", "root": None, "quota": None}
            for peer in (liar, honest)
        ]
        liar.first, honest.first = liar.publish(), honest.publish()
        assert run(commands.pull).exit_code == 0
        yield liar, honest


def run(command, *arguments):
    return CliRunner().invoke(command, arguments, catch_exceptions=False)


# ---- the lies ----------------------------------------------------------------------------


def foreign_object(liar):
    other = FakePublication("http://127.0.0.1:11", clock.now)
    document = other.objects[other.publish()]
    liar.edit = lambda items: [*items, document]


def foreign_id(liar):
    document = copy.deepcopy(liar.publication.objects[liar.publish()])
    document["id"] = document["id"].replace(liar.base, "http://127.0.0.1:11")
    liar.edit = lambda items: [document]


def altered_byte(liar):
    liar.publish(title="Titre honnête")
    liar.edit_bytes = lambda _, body: body.replace(b"Titre honn", b"Titre honm")


def older_version(liar):
    """Sign an older version again, as if the newer one that was read had never been."""
    older = liar.publication.objects[liar.first]
    liar.publish(id=liar.first, title="Version plus récente")
    assert run(commands.pull).exit_code == 0
    liar.publication.objects[liar.first] = older
    liar.publication.seq += 1
    liar.publication.numbers[liar.first] = liar.publication.seq
    liar.reissue_head()


def duplicate_key(liar):
    liar.publish()
    liar.edit_bytes = lambda _, body: body.replace(b'"lang":"fr"', b'"lang":"fr","lang":"fr"', 1)


def oversized_page(liar):
    big = b'{"a":"' + b"x" * 2_000_000 + b'"}\n'
    liar.instead = {CHANGES: answer(200, big)}


def endless_body(liar):
    start = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.efp+json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    liar.instead = {CHANGES: endless(b"10000\r\n" + b"x" * 65536 + b"\r\n", start)}


def redirect(liar):
    elsewhere = {"Location": "http://127.0.0.1:11/federation/v1/changes"}
    liar.instead = {CHANGES: answer(302, b"", elsewhere)}


def wrong_content_type(liar):
    liar.publish()
    liar.instead = {CHANGES: answer(200, b"{}", content_type="text/html")}


def rolled_back_head(liar):
    liar.publication.seq -= 1
    liar.reissue_head()
    liar.publication.seq += 1


def kept_head(liar):
    """Serve something new under the Head of before."""
    liar.head = liar.publication.head
    liar.publish()


LIES = [
    (foreign_object, "foreign", "backoff"),
    (foreign_id, "id-origin", "backoff"),
    (altered_byte, "signature", "backoff"),
    (older_version, "lost", "frozen"),
    (duplicate_key, "duplicate-key", "backoff"),
    (oversized_page, "too-large", "backoff"),
    (endless_body, "too-large", "backoff"),
    (redirect, "redirect", "backoff"),
    (wrong_content_type, "content-type", "backoff"),
    (rolled_back_head, "head-rollback", "frozen"),
    (kept_head, "root-mismatch", "backoff"),
]


def stored(base):
    """Return everything that is kept of an origin, and its rows in the lists."""
    with database.reading() as session:
        objects = session.execute(
            select(SignedObject.uid, SignedObject.body).join(Origin).where(Origin.base == base)
        )
        lines = session.execute(
            text("SELECT uid, title FROM directory_listing WHERE origin = :base"), {"base": base}
        )
        return {tuple(row) for row in (*objects, *lines)}


def shown_peers():
    lines = run(commands.peers, "--json").output.splitlines()
    return {row["base"]: row for row in map(json.loads, lines)}


@pytest.mark.parametrize(("lie", "name", "state"), LIES)
def test_a_liar_gets_nothing_and_delays_nobody(peers, lie, name, state):
    liar, honest = peers
    lie(liar)
    before = stored(liar.base)
    offer = honest.publish(title="Offre honnête")

    round_of_both = run(commands.pull)

    assert stored(liar.base) == before
    assert offer in {row[0] for row in stored(honest.base)}
    assert round_of_both.exit_code == 1
    with database.reading() as session:
        source = session.get_one(Source, liar.base)
        assert (source.error_name, source.state, source.failures) == (name, state, 1)
        events = select(SecurityEvent.name).where(SecurityEvent.source == liar.base)
        assert name in set(session.scalars(events))
        assert session.get_one(Source, honest.base).error_name == ""
    logged = [line for line in round_of_both.output.splitlines() if "federation-refused" in line]
    assert any(liar.base in line and name in line for line in logged)
    rows = shown_peers()
    assert rows[liar.base]["state"] == state
    assert rows[liar.base]["error"].startswith(f"{name}: {liar.base}")
    assert (rows[honest.base]["state"], rows[honest.base]["error"]) == ("live", "")
    shown = next(line for line in run(commands.peers).output.splitlines() if liar.base in line)
    assert f"  {state}  " in shown
    assert name in shown


def test_a_liar_that_stops_time_is_seen_to_be_stale(peers, site):
    """Whoever keeps serving yesterday's Head hides news, deletes nothing, and shows as stale."""
    liar, honest = peers
    before = stored(liar.base)
    site.clock.advance(timedelta(days=2))
    honest.reissue_head()
    liar.head, liar.edit = liar.publication.head, lambda _items: []
    liar.publish()
    assert run(commands.pull).exit_code == 0
    with database.writing() as session:
        visibility.hide_silent(session, now=clock.now(), limits=settings.limits())
    rows = shown_peers()
    assert rows[liar.base]["origin_state"] == "stale"
    assert rows[honest.base]["origin_state"] == "live"
    assert stored(liar.base) == before
