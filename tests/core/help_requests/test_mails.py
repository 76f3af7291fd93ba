"""Mails about requests: neutral, in the reader's language, without a word of what happened."""

import pytest
from sqlalchemy import select

from entraide import database
from entraide.help_requests import mails, service
from entraide.help_requests.models import HelpRequest
from entraide.outbox.models import OutboxMessage
from entraide.testing import BASE_URL, add_answer

TELLING = ("answer", "demande", "request", "help", "aide", "parent", "volunteer", "canari", "loan")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_mail_says_only_where_to_look(people, asked, language):
    with database.writing() as session:
        author = session.merge(people["author"])
        author.language = language
        session.flush()
        request = session.get_one(HelpRequest, asked.id)
        add_answer(session, request=request, actor=people["volunteer"], message="canari-mot")
        mail = session.scalars(select(OutboxMessage)).one()
        link = f"{BASE_URL}/requests/{asked.id}"
        assert mail.address == author.email
        assert link in mail.body
        words = f"{mail.subject} {mail.body}".replace(link, "").lower()
        assert not [word for word in TELLING if word in words]
        assert people["volunteer"].display_name.lower() not in words
        assert author.display_name.lower() not in words


def test_both_languages_have_words():
    assert str(mails.ANSWERED)
    assert "%(link)s" in mails.BODY.source


def test_each_step_sends_one_mail_per_person(people, asked):
    with database.writing() as session:
        request = session.get_one(HelpRequest, asked.id)
        for _time in range(2):
            answer = add_answer(session, request=request, actor=people["volunteer"])
            service.withdraw_answer(session, answer=answer, actor=people["volunteer"])
        keys = session.scalars(select(OutboxMessage.key)).all()
        assert len(set(keys)) == len(keys) == 4
