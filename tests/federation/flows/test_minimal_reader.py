"""An independent reader, written from the protocol page, verifies a served site."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from federation_network import RECOVERY_SHEET
from sqlalchemy import select

from entraide import database
from entraide.directory.offers import service
from entraide.testing import add_offer, add_organisation
from entraide_federation.keys import own_keys, recovery_sheet
from entraide_federation.protocol import keysets, profile, proofs
from entraide_federation.store.models import Origin, SignedObject

READER = Path(__file__).parents[1] / "minimal_reader.py"
MAX_LINES = 200


@pytest.fixture
def filled(served, publish_all):
    """A served site with three offers, one of them withdrawn."""
    with database.writing() as session:
        organisation = add_organisation(session, summary="Entraide à « Clamecy » : ça & là\n€").id
        options = {"kind": "canary", "organisation_id": organisation}
        payload = {"level": "6e", "seats": 3, "tags": ["é", '"\\']}
        last = [add_offer(session, n, payload=payload, **options) for n in range(3)][-1].id
    publish_all()
    with database.writing() as session:
        service.withdraw_offer(
            session, offer=service.find_offer(session, offer_id=last), actor=None
        )
    publish_all()
    return served


def read(site, *arguments):
    done = subprocess.run(
        [sys.executable, READER, site.settings.site.base_url, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def pinned():
    with database.reading() as session:
        return session.scalar(select(Origin.root_fingerprint))


def test_the_reader_is_small_and_needs_nothing_else():
    source = READER.read_text()
    assert len(source.splitlines()) <= MAX_LINES
    imported = {
        line.split()[1].partition(".")[0]
        for line in source.splitlines()
        if line.startswith(("import ", "from "))
    }
    assert imported - sys.stdlib_module_names == {"cryptography"}


def test_it_verifies_everything(filled):
    code, summary = read(filled, pinned())
    assert code == 0, summary
    with database.reading() as session:
        head = json.loads(session.scalar(select(Origin.head)))
    assert summary == {
        "ok": True,
        "origin": filled.settings.site.base_url,
        "fingerprint": pinned(),
        "seq": head["seq"],
        "count": 3,
        "tombstones": 1,
        "root": head["root"],
        "notShown": 0,
    }


def test_expired_keys_prove_on_and_are_told_as_silence(filled, publish_all):
    """The program has the real clock, so the Keyset is one that ended before now."""
    ended = "2026-01-05T00:00:00Z"
    root = proofs.generate_key(recovery_sheet.read(RECOVERY_SHEET.get(filled)))
    with database.writing() as session:
        held = own_keys.load_own(session)
        document = keysets.make_keyset(
            origin=held.origin,
            version=2,
            issued=datetime(2026, 1, 1, tzinfo=UTC),
            expires=datetime(2026, 1, 5, tzinfo=UTC),
            roots=held.roots,
            keys=list(held.keys.values()),
            signers={next(iter(held.roots)): root},
        )
        origin = session.scalars(select(Origin)).one()
        own_keys.store(session, origin, keysets.read_keyset(document, development=True))
    code, summary = read(filled, pinned())
    assert code == 0, summary
    assert (summary["ok"], summary["silent"], summary["count"]) == (True, ended, 3)


def test_it_refuses_another_root_key(filled):
    code, summary = read(filled, "sha256:" + "0" * 64)
    assert code == 1
    assert "pinned" in summary["error"]


def test_it_refuses_an_edited_object(filled):
    with database.writing() as session:
        row = session.scalars(select(SignedObject).where(SignedObject.type == "Offer")).first()
        row.body = row.body.replace(b"Offre exemple", b"Offre trafiqu")
    code, summary = read(filled)
    assert code == 1
    assert "not those of the Head" in summary["error"]


def test_one_bad_item_is_one_bad_item(filled, publish_all):
    """The origin counts what a later version of the protocol wrote: the rest is read all the same."""
    for change in ({"@context": "https://entraide.example/ns/federation/v2"}, {"title": "a\u0007"}):
        with database.writing() as session:
            row = session.scalars(select(SignedObject).where(SignedObject.type == "Offer")).first()
            document = json.loads(row.body) | change
            row.body = profile.canonical(document)
            row.element = profile.element_of(document)
            session.scalars(select(Origin)).one().head_issued_at = None
        filled.clock.advance(timedelta(seconds=1))  # an answer belongs to its Head
        publish_all()
        code, summary = read(filled)
        assert (code, summary["notShown"], summary["count"]) == (0, 1, 3), summary


def test_it_refuses_a_hidden_object(filled):
    with database.writing() as session:
        session.delete(
            session.scalars(select(SignedObject).where(SignedObject.type == "Offer")).first()
        )
    code, summary = read(filled)
    assert code == 1
    assert "not those of the Head" in summary["error"]


def test_it_refuses_an_edited_head(filled):
    with database.writing() as session:
        origin = session.scalars(select(Origin)).one()
        head = json.loads(origin.head)
        origin.head = profile.canonical(head | {"count": head["count"] + 1})
    code, summary = read(filled)
    assert code == 1
    assert "InvalidSignature" in summary["error"]


def test_a_site_that_is_down(served):
    code, summary = read(served)
    assert code == 1, "nothing is published yet: 503"
    assert "503" in summary["error"]
