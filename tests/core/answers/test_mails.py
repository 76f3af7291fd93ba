"""Mails about answers: neutral, in the reader's language, to the other side alone."""

import pytest

from entraide import database
from entraide.answers import service
from entraide.answers.mails import offerers
from entraide.directory.models import Offer
from entraide.members.models import Member

TELLING = ("canari", "balade", "écoute", "parent", "walk", "talk", "offre", "outing", "association")


@pytest.fixture
def mails(mailbox):
    """Give a function that returns (address, subject, body) of each mail since the last call."""
    seen = []

    def fresh():
        new = [mail for mail in mailbox() if mail.key not in seen]
        seen.extend(mail.key for mail in new)
        return new

    return fresh


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_other_side_is_told_and_nothing_is_said(offer_of, give, people, mails, language):
    with database.writing() as session:
        for who in ("author", "parent0"):
            session.get_one(Member, people[who].id).language = language
    answer, _state = give("parent0", offer_of("talk", schedule=None), message="canari-mot")
    (mail,) = mails()
    assert mail.address == people["author"].email
    with database.writing() as session:
        given = service.find_answer(session, answer_id=answer)
        service.agree(session, answer=given, actor=people["author"])
    (other,) = mails()
    assert other.address == people["parent0"].email
    for told in (mail, other):
        words = f"{told.subject} {told.body}".lower()
        assert not [word for word in TELLING if word in words.replace("/answers/offers/", "")]
        assert not [one for one in people.values() if one.display_name.lower() in words]


def test_one_mail_for_each_step_and_person(offer_of, give, people, mails):
    offer = offer_of(seats=1)
    first, _state = give("parent0", offer)
    give("parent1", offer)
    mails()
    with database.writing() as session:
        given = service.find_answer(session, answer_id=first)
        service.withdraw(session, answer=given, actor=people["parent0"])
    told = sorted(mail.address for mail in mails())
    assert told == sorted([people["author"].email, people["parent1"].email])


@pytest.mark.parametrize("who", ["author", "coordinator", "moderator"])
def test_who_is_told_of_an_answer(offer_of, people, association, who):
    values = {} if who == "author" else {"organisation_id": None}
    if who == "coordinator":
        values = {"organisation_id": association}
    offer_id = offer_of("talk", schedule=None, **values)
    with database.reading() as session:
        told = offerers(session, session.get_one(Offer, offer_id))
        assert [member.id for member in told] == [people[who].id]


def test_a_stopped_account_is_told_nothing(offer_of, people, site):
    offer_id = offer_of("talk", schedule=None)
    with database.writing() as session:
        session.get_one(Member, people["author"].id).suspended_at = site.clock.now()
    with database.reading() as session:
        told = offerers(session, session.get_one(Offer, offer_id))
        assert [member.id for member in told] == [people["moderator"].id]
