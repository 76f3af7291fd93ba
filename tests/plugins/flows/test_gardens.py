"""A kind with a page of all sites' rows, a box, thanks and a mail after a match (`gardens/`)."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from entraide import (
    Member,
    OfferAnswer,
    asks,
    clock,
    database,
    events,
    outbox,
    runtime,
    store_listings,
    store_site_name,
)
from entraide import app as apps
from entraide.audit import AuditEntry
from entraide.directory.listing.models import Listing
from entraide.help_requests import answers
from entraide.kit.candidate import candidate
from entraide.kit.checking import check_plugin
from entraide.outbox.models import OutboxMessage
from entraide.testing import (
    add_answer,
    add_member,
    add_offer,
    add_organisation,
    add_request,
    browser,
    csrf_of,
    log_in,
)

FOLDER = Path(__file__).parent / "gardens"
ELSEWHERE = "https://ailleurs.example"


@pytest.fixture
def gardens(install, make_site, database_url):
    """A site with a garden of its own and one of another site, a coordinator and a parent."""
    install(FOLDER, "gardens")
    site = make_site(url=database_url, plugins=("gardens",))
    with runtime.activate(site):
        with database.writing() as session:
            coordinator, parent = add_member(session, 1), add_member(session, 2, "parent")
            helper = add_member(session, 3, "volunteer")
            association = add_organisation(session, 1, coordinator=coordinator)
            offer = add_offer(session, kind="garden", organisation_id=association.id)
            row = session.scalars(select(Listing).where(Listing.kind == "garden")).one()
            columns = {column.name: getattr(row, column.name) for column in Listing.__table__.c}
            other = {"uid": f"{ELSEWHERE}/o/1", "origin": ELSEWHERE, "title": "Jardin d’ailleurs"}
            store_listings(session, [columns | other])
            store_site_name(session, ELSEWHERE, "Site d’ailleurs")
            made = SimpleNamespace(offer=offer.id, parent=parent.id, helper=helper.id)
        made.association = association.id
        made.app = apps.create_app(site)
        yield made


def test_it_keeps_the_contract(monkeypatch):
    monkeypatch.setenv("ENTRAIDE_STRICT", "0")
    with candidate(str(FOLDER)) as plugin:
        report = check_plugin(plugin, with_tests=False)
    assert (report.findings, report.unseen, report.grade) == ([], [], "gold")


def test_everybody_reads_the_gardens_of_all_sites_and_members_may_thank(gardens):
    page = browser(gardens.app).get("/gardens/").text
    assert "Jardin d’ailleurs" in page
    assert "Site d’ailleurs" in page
    assert "<p>Clamecy</p>" in page
    assert f'href="/offers/{gardens.offer}"' in page
    assert "Adresse pour réserver" not in page
    assert "Dire merci" not in page
    member = log_in(browser(gardens.app), "parent2@example.org")
    page = member.get("/gardens/").text
    assert page.count("Dire merci") == 1
    answer = member.post(f"/gardens/{gardens.offer}/thank", data={"csrf_token": csrf_of(page)})
    assert answer.headers["Location"] == f"/organisations/{gardens.association}"
    assert "Vos remerciements sont notés." in member.get(answer.headers["Location"]).text
    with database.reading() as session:
        assert "gardens.thank" in session.scalars(select(AuditEntry.action)).all()


def test_who_looks_after_offers_finds_the_way(gardens):
    page = log_in(browser(gardens.app), "member1@example.org").get("/manage").text
    assert 'href="/gardens/"' in page


@pytest.mark.parametrize("is_ended", [False, True])
def test_who_asked_gets_a_mail_when_both_sides_agreed_and_the_answer_still_stands(
    gardens, is_ended
):
    with database.writing() as session:
        parent, helper = (session.get(Member, key) for key in (gardens.parent, gardens.helper))
        request = add_request(session, kind="garden", actor=parent)
        answer = add_answer(session, request=request, actor=helper)
        for side in (parent, helper):
            answers.agree(session, answer=answer, actor=side)
        if is_ended:
            answers.withdraw_answer(session, answer=answer, actor=helper)
        page = f"/requests/{request.id}"
    outbox.deliver_pending()
    assert any(mail.subject.endswith("Votre jardin") and page in mail.body for mail in sent()) is (
        not is_ended
    )


@pytest.mark.parametrize(("state", "is_told"), [("agreed", True), ("sent", False)])
def test_who_takes_part_in_a_garden_gets_a_mail(gardens, state, is_told):
    with database.writing() as session:
        moment = {name: clock.now() for name in ("answered_at", "created_at", "updated_at")}
        answer = OfferAnswer(
            offer_id=gardens.offer, member_id=gardens.parent, state=state, number=1, **moment
        )
        session.add(answer)
        session.flush()
        outbox.record(session, events.OfferAnswerChanged(gardens.offer, answer.id, state))
    outbox.deliver_pending()
    path = f"/offers/{gardens.offer}"
    assert any(path in mail.body and "jardin" in mail.body for mail in sent()) is is_told


def sent():
    with database.reading() as session:
        return session.scalars(select(OutboxMessage)).all()


def test_the_status_names_the_hook_api(gardens):
    assert [line.words for line in asks.health() if line.name == "gardens"] == [
        "runs with hook API 1.0"
    ]
