"""Who reads which fields: one question for offers and requests, by whoever asks."""

import pytest
from sqlalchemy import select

from entraide import database
from entraide.directory.models import Offer
from entraide.directory.payloads.readers import readable, relations_to
from entraide.directory.payloads.values import public_fields
from entraide.members.models import Member
from entraide.readers import Reader
from entraide.testing import add_request

PUBLIC = {"levels": ["6e"], "subjects": ["mathematics"], "place": "library"}
OWN = {"language": "Lingala", "goals": "Lire à voix haute"}
"""What tutoring asks for members, and for the two sides alone."""


def people_of(town):
    with database.reading() as session:
        members = {member.email: member for member in session.scalars(select(Member))}
        for member in members.values():
            assert isinstance(member.roles, frozenset), "read now, to act after the transaction"
        session.expunge_all()
    return {name: members[email] for name, email in town.emails.items()} | {"": None}


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("", set()),
        ("stranger", {"language"}),
        ("parent", {"language", "goals"}),
        ("administrator", {"language", "goals"}),
    ],
)
def test_an_offer_is_read_by_what_one_is_to_it(village, who, names):
    people = people_of(village)
    author = people["parent"].id
    offer = Offer(kind="tutoring", payload=PUBLIC, details=OWN, member_id=author)
    with database.writing():
        assert readable(people[who], offer).keys() == {*PUBLIC} | names


def test_what_was_private_is_not_opened_by_a_later_mark(village):
    offer = Offer(kind="tutoring", payload={}, details={"place": "home"})
    assert "place" in public_fields(village.site.kinds["tutoring"])
    assert readable(None, offer) == {}


def test_of_a_kind_that_is_gone_nobody_reads_anything(village):
    assert readable(None, Offer(kind="gone", payload=PUBLIC, details=None)) == {}


def test_a_request_has_its_own_circles(village):
    author = people_of(village)["parent"]
    with database.writing() as session:
        request = add_request(session, kind="tutoring", actor=author, payload=PUBLIC | OWN)
        assert relations_to(request, author) == {Reader.AUTHOR}
        assert readable(author, request).keys() == {*PUBLIC, *OWN}


def test_nobody_reads_what_no_feature_has_declared():
    with pytest.raises(TypeError, match="who reads"):
        relations_to(object(), None)
