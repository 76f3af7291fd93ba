"""A plugin's row that points at each thing of the core, and what becomes of it when that is gone."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

import pytest
from sqlalchemy import delete, select

from entraide import Answer, HelpRequest, Member, Offer, Organisation, database, pages, runtime
from entraide import app as apps
from entraide.testing import (
    add_answer,
    add_member,
    add_offer,
    add_organisation,
    add_request,
    browser,
    log_in,
)

PAYLOAD = {"levels": ["cp"], "subjects": ["french"], "place": "library"}
VALUES = {"kind": "tutoring", "payload": PAYLOAD}


@pytest.fixture
def lent(toys_installed, make_site, database_url):
    """A loan that points at an offer, a request, an answer, an association and a member."""
    site = make_site(url=database_url, plugins=("toys", "tutoring"))
    models = import_module("entraide_toys.models")
    with runtime.activate(site):
        with database.writing() as session:
            owner, asker, helper = (
                add_member(session, number, role)
                for number, role in enumerate(("moderator", "parent", "volunteer"))
            )
            organisation = add_organisation(session, coordinator=add_member(session, 3))
            other = add_organisation(session, 2, coordinator=add_member(session, 4))
            offer = add_offer(session, organisation_id=organisation.id, **VALUES)
            asked = add_request(session, actor=asker, **VALUES)
            answer = add_answer(session, request=asked, actor=helper)
            borrower = add_member(session, 5)
            toy = models.Toy(owner_id=owner.id, name="Puzzle", least_age=4)
            session.add(toy)
            session.flush()
            targets = {
                "offer": (Offer, offer.id),
                "request": (HelpRequest, asked.id),
                "answer": (Answer, answer.id),
                "organisation": (Organisation, other.id),
                "borrower": (Member, borrower.id),
                "toy": (models.Toy, toy.id),
            }
            session.add(models.Loan(**{f"{name}_id": key for name, (_, key) in targets.items()}))
        yield SimpleNamespace(
            app=apps.create_app(site), loan=models.Loan, targets=targets, offer_id=offer.id
        )


@pytest.mark.parametrize(
    ("gone", "remains"),
    [
        ("offer", True),
        ("request", False),
        ("answer", False),
        ("organisation", True),
        ("borrower", False),
        ("toy", False),
    ],
)
def test_its_row_follows_what_its_foreign_key_says(lent, gone, remains):
    model, identifier = lent.targets[gone]
    with database.writing() as session:
        session.execute(delete(model).where(model.id == identifier))
    with database.reading() as session:
        loans = session.scalars(select(lent.loan)).all()
        assert [getattr(loan, f"{gone}_id") for loan in loans] == [None] * remains


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("offer", pages.offer_url),
        ("request", pages.request_url),
        ("organisation", pages.organisation_url),
    ],
)
def test_its_row_knows_the_page_of_each(lent, name, address):
    client = log_in(browser(lent.app), "volunteer2@example.org")
    assert client.get(address(lent.targets[name][1])).status_code == 200
