"""Drafts as rows: whose they are, how long they live, and what makes room for what."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entraide import clock, runtime
from entraide.errors import NotFound, Refused
from entraide.ids import new_id
from entraide.members import drafts
from entraide.members.drafts import Owner
from entraide.testing import add_member


@pytest.fixture
def member_id(session):
    return add_member(session, 1).id


@pytest.fixture(params=["member", "visit"])
def owner(request, member_id):
    """Give an owner of each sort."""
    return Owner(member_id=member_id) if request.param == "member" else Owner(visit_id=new_id())


def begin(session, owner, **answers):
    return drafts.begin(session, owner=owner, answers=answers, has_text=lambda kept: "text" in kept)


def advance(**step):
    runtime.current().clock.advance(timedelta(**step))


def test_a_draft_is_found_by_its_owner_and_by_nobody_else(session, owner, member_id):
    row = begin(session, owner, text="a")
    assert drafts.find(session, owner=owner, draft_id=row.id, lock=True).answers == {"text": "a"}
    other = add_member(session, 2).id
    strangers = (None, Owner(visit_id=new_id()), Owner(member_id=other), Owner(visit_id=member_id))
    for stranger in strangers:
        with pytest.raises(NotFound):
            drafts.find(session, owner=stranger, draft_id=row.id)
        with pytest.raises(NotFound):
            drafts.throw_away(session, owner=stranger, draft_id=row.id)
        assert drafts.list_open(session, owner=stranger) == []
    assert drafts.count_open(session, owner=owner) == 1


def test_a_draft_lives_as_long_as_its_owners_are_kept_and_each_change_begins_anew(session, owner):
    row = begin(session, owner, text="a")
    assert row.expires_at - clock.now() == owner.term
    advance(days=owner.term.days - 1)
    drafts.keep(row, {"text": "b"})
    session.flush()
    advance(days=owner.term.days, seconds=-1)
    assert drafts.find(session, owner=owner, draft_id=row.id).answers == {"text": "b"}
    advance(seconds=1)
    with pytest.raises(NotFound):
        drafts.find(session, owner=owner, draft_id=row.id)
    assert drafts.list_open(session, owner=owner) == []
    assert drafts.count_open(session, owner=owner) == 0


def test_what_was_changed_last_comes_first(session, owner):
    rows = []
    for _ in range(3):
        rows.append(begin(session, owner))
        advance(minutes=1)
    drafts.keep(rows[0], {"text": "changed"})
    session.flush()
    shown = [row.id for row in drafts.list_open(session, owner=owner)]
    assert shown == [rows[0].id, rows[2].id, rows[1].id]


def test_what_was_sent_is_found_and_no_longer_open(session, owner):
    row = begin(session, owner, text="a", secret="b")
    drafts.mark_sent(row, {"offer": "1"})
    session.flush()
    found = drafts.find(session, owner=owner, draft_id=row.id)
    assert (found.answers, found.sent_at) == ({"offer": "1"}, clock.now())
    assert drafts.list_open(session, owner=owner) == []
    assert drafts.count_open(session, owner=owner) == 0


def test_the_oldest_without_text_makes_room(session, owner):
    rows = []
    for number in range(drafts.MOST):
        rows.append(begin(session, owner, **({"text": "a"} if number % 2 else {"side": "offer"})))
        advance(minutes=1)
    begin(session, owner, text="one more")
    left = {row.id for row in drafts.list_open(session, owner=owner)}
    assert {row.id for row in rows} - left == {rows[0].id}
    assert len(left) == drafts.MOST


def test_no_text_goes_unasked(session, owner):
    rows = [begin(session, owner, text=str(number)) for number in range(drafts.MOST)]
    with pytest.raises(Refused, match=f"{drafts.MOST} textes"):
        begin(session, owner)
    assert drafts.count_open(session, owner=owner) == drafts.MOST
    drafts.throw_away(session, owner=owner, draft_id=rows[3].id)
    session.flush()
    assert begin(session, owner, text="now there is room").answers
    drafts.mark_sent(rows[4], {})
    session.flush()
    assert begin(session, owner, text="and again").answers


def test_each_owner_has_room_of_their_own(session, member_id):
    for owner in (Owner(member_id=member_id), Owner(visit_id=new_id()), Owner(visit_id=new_id())):
        for _ in range(drafts.MOST):
            begin(session, owner, text="a")
        assert drafts.count_open(session, owner=owner) == drafts.MOST


def test_a_login_brings_what_the_visit_began_with_a_longer_term(session, member_id):
    visit, mine = Owner(visit_id=new_id()), Owner(member_id=member_id)
    row = begin(session, visit, text="a")
    begin(session, Owner(visit_id=new_id()), text="of another visit")
    given = drafts.adopt(session, visit_id=visit.visit_id, member_id=member_id)
    session.refresh(row)
    assert given == 1
    assert (row.member_id, row.visit_id) == (member_id, None)
    assert row.expires_at == clock.now() + drafts.KEPT
    assert [one.id for one in drafts.list_open(session, owner=mine)] == [row.id]
    assert drafts.list_open(session, owner=visit) == []
    assert drafts.adopt(session, visit_id=visit.visit_id, member_id=member_id) == 0


def test_what_was_changed_after_the_link_was_asked_for_stays(session, member_id):
    visit = Owner(visit_id=new_id())
    early, changed = (begin(session, visit, text=text) for text in ("early", "changed"))
    asked = clock.now()
    advance(seconds=1)
    drafts.keep(changed, {"text": "by whoever sits here now"})
    late = begin(session, visit, text="late")
    given = drafts.adopt(session, visit_id=visit.visit_id, member_id=member_id, changed_until=asked)
    session.expire_all()
    assert given == 1
    owners = [row.member_id for row in (early, changed, late)]
    assert owners == [member_id, None, None]


@pytest.mark.parametrize(("held", "brought"), [(0, 10), (10, 10), (15, 5), (20, 0), (25, 0)])
def test_an_account_that_holds_many_gets_what_was_changed_last(session, member_id, held, brought):
    mine, visit = Owner(member_id=member_id), Owner(visit_id=new_id())
    for start in range(0, held, drafts.MOST):
        # As logins have brought them before: from visits with at most ten each.
        other = Owner(visit_id=new_id())
        for row in [begin(session, other, text="a") for _ in range(min(10, held - start))]:
            row.member_id, row.visit_id = member_id, None
        session.flush()
    rows = []
    for _ in range(drafts.MOST):
        rows.append(begin(session, visit, text="new"))
        advance(minutes=1)
    given = drafts.adopt(session, visit_id=visit.visit_id, member_id=member_id)
    session.expire_all()
    assert given == brought
    assert drafts.count_open(session, owner=mine) == held + brought
    assert [row.member_id is not None for row in rows] == [
        place >= drafts.MOST - brought for place in range(drafts.MOST)
    ]


def test_what_is_over_is_not_brought(session, member_id):
    visit = Owner(visit_id=new_id())
    begin(session, visit, text="a")
    advance(days=drafts.VISIT.days)
    assert drafts.adopt(session, visit_id=visit.visit_id, member_id=member_id) == 0


def test_a_visit_that_is_forgotten_takes_its_own_with_it_and_nothing_else(session, member_id):
    visit, other, mine = (
        Owner(visit_id=new_id()),
        Owner(visit_id=new_id()),
        Owner(member_id=member_id),
    )
    for owner in (visit, other, mine):
        begin(session, owner, text="a")
    begin(session, visit, text="b")
    drafts.forget_visit(session, visit_id=visit.visit_id)
    session.expire_all()
    left = [drafts.count_open(session, owner=owner) for owner in (visit, other, mine)]
    assert left == [0, 1, 1]
