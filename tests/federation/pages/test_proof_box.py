"""The proof of publication on the page of an offer: who signed it, when, where to read it."""

import html
import re
from uuid import uuid4

import pytest

from entraide import clock, database, runtime
from entraide.app import create_app
from entraide.directory.listing.models import Listing
from entraide.testing import add_member, add_offer, add_organisation, browser, in_days
from entraide_federation import reading
from entraide_federation.keys import identity
from entraide_federation.listing import visibility
from entraide_federation.reading import sources
from entraide_federation.testing import FakeOrigin

PAYLOAD = {"levels": ["6e"], "subjects": ["mathematics"], "place": "library"}
LOCAL = '[site]\ndevelopment = true\nbase_url = "http://127.0.0.1:9"\n'
TITLE = "<h2>Origine vérifiée</h2>"


@pytest.fixture
def pilot(make_origin, database_url):
    made = make_origin(
        url=database_url, plugins=("federation", "tutoring"), files={"local.toml": LOCAL}
    )
    with runtime.activate(made):
        with database.writing() as session:
            identity.ensure_own(session)
        yield made


@pytest.fixture
def read(pilot):
    """A function that returns the words of a page, without its marks, and the page itself."""
    visitor = browser(create_app(pilot))

    def get(path):
        answer = visitor.get(path)
        assert answer.status_code == 200
        page = html.unescape(answer.text)
        return page, re.sub(r"<[^>]*>|\s+", " ", page)

    return get


def page_of(uid):
    host, _, rest = uid.removeprefix("http://").partition("/federation/o/")
    return f"/offers/{host}/{rest}"


def test_an_offer_of_another_site_says_who_signed_it_and_when(read):
    with FakeOrigin(clock.now) as origin:
        uid = origin.publish()
        with database.writing() as session:
            sources.sync_configured(session, {"peers": [{"base": origin.base, "role": "origin"}]})
        assert reading.pull_source(origin.base).error == ""
    page, words = read(page_of(uid))
    host = origin.base.removeprefix("http://")
    assert TITLE in page
    assert re.search(rf"Signée par +Site Exemple \({host}\) +Signée le +22 novembre 2026", words)
    assert "Notre site a vérifié cette signature." in words
    assert f'<a href="{uid}" rel="noreferrer"' in page


@pytest.fixture
def own_offer(pilot):
    with database.writing() as session:
        organisation = add_organisation(session, 1, add_member(session, 1))
        offer = add_offer(
            session, 1, kind="tutoring", payload=PAYLOAD, organisation_id=organisation.id
        )
        return offer.id


def test_our_own_offer_has_a_proof_once_it_is_signed(read, own_offer, publish_all):
    assert TITLE not in read(f"/offers/{own_offer}")[0]
    publish_all()
    page, words = read(f"/offers/{own_offer}")
    assert TITLE in page
    assert "Signée par Site Exemple (127.0.0.1:9)" in re.sub(r" +", " ", words)
    assert "Tous les sites du réseau peuvent vérifier cette signature." in words


def test_a_row_that_nobody_signed_has_no_proof(pilot, read):
    uid = f"http://127.0.0.1:77/federation/o/{uuid4()}"
    with database.writing() as session:
        session.add(
            Listing(
                uid=uid,
                type="offer",
                origin="http://127.0.0.1:77",
                kind="tutoring",
                title="Sans preuve",
                territory=["58079"],
                created_at=clock.now(),
                updated_at=clock.now(),
                verify_by=in_days(9),
            )
        )
    assert TITLE not in read(page_of(uid))[0]


def test_before_its_signature_was_looked_at_the_list_vouches_for_an_offer(read, monkeypatch):
    monkeypatch.setattr(visibility, "CHECKED_AT_ONCE", 0)
    with FakeOrigin(clock.now) as origin:
        uid = origin.publish()
        with database.writing() as session:
            sources.sync_configured(session, {"peers": [{"base": origin.base, "role": "origin"}]})
        assert reading.pull_source(origin.base).error == ""
        assert "Nous avons vérifié cette liste" in read(page_of(uid))[1]
        assert reading.pull_source(origin.base).error == ""
    assert "Nous avons vérifié cette liste" not in read(page_of(uid))[1]
