"""Who reads what of an answer: no address before both said yes, nothing for who is gone."""

import json
import re
from dataclasses import replace
from zipfile import ZipFile

import pytest
from marshmallow import Schema
from sqlalchemy import event

from entraide import Answers, database, fields, parties
from entraide.answers import service
from entraide.answers.mails import offerers
from entraide.answers.models import OfferAnswer
from entraide.app import create_app
from entraide.directory.models import Offer, OrganisationMember
from entraide.errors import Forbidden
from entraide.members.models import Member
from entraide.members.suspending import revoke_role, suspend
from entraide.privacy.export import export_member
from entraide.testing import browser, csrf_of, log_in


class PartySchema(Schema):
    places = parties(fields.Integer(), label="Combien")
    to_know = parties(fields.List(fields.Integer()), label="À savoir")


@pytest.fixture
def enter(site, people):
    app = create_app(site)
    return lambda who: log_in(browser(app), people[who].email)


@pytest.fixture
def change(site):
    def declare(name, answers):
        site.kinds[name] = replace(site.kinds[name], answers=answers)

    return declare


def act(function, actor, answer_id):
    with database.writing() as session:
        answer = service.find_answer(session, answer_id=answer_id)
        function(session, answer=answer, actor=actor)


def email_in(client, path, email):
    page = client.get(path)
    assert page.status_code == 200
    return email in page.text


def test_who_took_a_seat_keeps_a_hidden_address_when_the_kind_asks_for_a_yes_later(
    offer_of, give, people, enter, change
):
    offer = offer_of("gift", seats=2, schedule=None)
    give("parent0", offer)
    change("gift", Answers("agreement"))
    assert not email_in(enter("author"), f"/answers/offers/{offer}/people", people["parent0"].email)
    assert not email_in(enter("parent0"), "/answers", people["author"].email)


def test_a_yes_of_before_does_not_open_an_address_after_a_seat_is_taken_anew(
    offer_of, give, people, enter, change, later
):
    offer = offer_of("talk", schedule=None)
    answer, _state = give("parent0", offer)
    act(service.agree, people["author"], answer)
    act(service.withdraw, people["parent0"], answer)
    change("talk", Answers("automatic"))
    assert give("parent0", offer) == (answer, "agreed")
    assert not email_in(enter("author"), f"/answers/offers/{offer}/people", people["parent0"].email)
    assert not email_in(enter("parent0"), "/answers", people["author"].email)


@pytest.mark.parametrize("is_kind_gone", [False, True])
def test_both_who_said_yes_keep_each_others_address(
    site, offer_of, give, people, enter, is_kind_gone
):
    offer = offer_of("talk", schedule=None)
    answer, _state = give("parent0", offer)
    act(service.agree, people["author"], answer)
    if is_kind_gone:
        del site.kinds["talk"]
    assert email_in(enter("author"), f"/answers/offers/{offer}/people", people["parent0"].email)
    assert email_in(enter("parent0"), "/answers", people["author"].email)


def test_a_yes_without_a_free_seat_counts_once_the_seat_is_taken(
    offer_of, give, people, enter, change
):
    change("talk", Answers("agreement", waiting_list=True))
    offer = offer_of("talk", seats=1, schedule=None)
    first, second = (give(who, offer)[0] for who in ("parent0", "parent1"))
    act(service.agree, people["author"], first)
    act(service.agree, people["author"], second)
    act(service.withdraw, people["parent0"], first)
    ways = (
        ("author", f"/answers/offers/{offer}/people", people["parent1"].email),
        ("parent1", "/answers", people["author"].email),
    )
    assert not [who for who, path, email in ways if email_in(enter(who), path, email)]
    with database.writing() as session:
        answer = service.find_answer(session, answer_id=second)
        service.accept_seat(session, answer=answer, actor_id=people["parent1"].id)
    assert [who for who, path, email in ways if email_in(enter(who), path, email)] == [
        "author",
        "parent1",
    ]


def test_a_stopped_account_is_no_contact_any_more(offer_of, give, people, enter, association):
    offer = offer_of("talk", schedule=None, organisation_id=association)
    answer, _state = give("parent0", offer)
    act(service.agree, people["coordinator"], answer)
    family = enter("parent0")
    assert email_in(family, "/answers", people["coordinator"].email)
    with database.writing() as session:
        suspend(session, member=session.get_one(Member, people["coordinator"].id), actor=None)
    assert not email_in(family, "/answers", people["coordinator"].email)


@pytest.mark.parametrize("is_written_by_coordinator", [False, True])
def test_who_coordinates_no_more_decides_nothing_even_of_what_they_wrote(
    offer_of, give, people, enter, association, is_written_by_coordinator
):
    offer_id = offer_of("talk", schedule=None, organisation_id=association)
    if is_written_by_coordinator:
        with database.writing() as session:
            session.get_one(Offer, offer_id).member_id = people["coordinator"].id
    answer, _state = give("parent0", offer_id, message="canari-mot")
    way = f"/answers/offers/{offer_id}/people"
    assert "canari-mot" in enter("coordinator").get(way).text
    assert enter("moderator").get(way).status_code == 404
    with database.writing() as session:
        member = session.get_one(Member, people["coordinator"].id)
        revoke_role(session, member=member, role="coordinator", actor=None)
    assert enter("coordinator").get(way).status_code == 404
    with pytest.raises(Forbidden):
        act(service.agree, people["coordinator"], answer)
    # Nobody is left: the team, which is told, decides.
    act(service.agree, people["moderator"], answer)
    with database.reading() as session:
        told = offerers(session, session.get_one(Offer, offer_id))
    assert [member.id for member in told] == [people["moderator"].id]


def test_the_team_decides_when_everyone_who_coordinates_is_stopped(
    offer_of, give, people, association
):
    offer_id = offer_of("talk", schedule=None, organisation_id=association)
    answer, _state = give("parent0", offer_id)
    with database.writing() as session:
        suspend(session, member=session.get_one(Member, people["coordinator"].id), actor=None)
        assert session.query(OrganisationMember).count() == 1
    act(service.agree, people["moderator"], answer)


def test_nobody_answers_what_they_wrote_for_an_organisation(offer_of, give, people, association):
    offer_id = offer_of("talk", schedule=None, organisation_id=association)
    with database.writing() as session:
        session.get_one(Offer, offer_id).member_id = people["parent0"].id
    with pytest.raises(Forbidden):
        give("parent0", offer_id)


def test_what_a_field_does_not_hold_any_more_is_left_out(offer_of, give, enter, change):
    offer = offer_of(seats=4)
    give("parent0", offer, seats=3, to_know="canari-allergie")
    change("walk", Answers("automatic", PartySchema, counts="person"))
    page = enter("author").get(f"/answers/offers/{offer}/people")
    assert page.status_code == 200
    assert "canari-allergie" not in page.text
    assert "Combien" in page.text


@pytest.mark.parametrize("place", ["mine", "people"])
def test_a_page_takes_as_many_queries_with_6_answers_as_with_2(
    site, offer_of, give, people, enter, place
):
    counted = []
    for number in (2, 6):
        seats = offer_of("talk", seats=20, schedule=None)
        for index in range(number):
            full = offer_of(seats=1)
            give("parent7", full)
            give("parent0", full)
            answer, _state = give(f"parent{index}", seats)
            act(service.agree, people["author"], answer)
        who, path = (
            ("parent0", "/answers")
            if place == "mine"
            else ("author", f"/answers/offers/{seats}/people")
        )
        client, seen = enter(who), []

        def note(_connection, _cursor, statement, *_rest, seen=seen):
            seen.append(statement)

        event.listen(site.database.engine, "before_cursor_execute", note)
        try:
            assert client.get(path).status_code == 200
        finally:
            event.remove(site.database.engine, "before_cursor_execute", note)
        counted.append(len(seen))
    assert counted[0] == counted[1]


def test_an_export_holds_ones_own_answers_and_nothing_of_others(offer_of, give, people, tmp_path):
    offer = offer_of("talk", seats=4, schedule=None)
    answer, _state = give("parent0", offer, message="canari-premier")
    give("parent1", offer, message="canari-second")
    act(service.agree, people["author"], answer)
    for who, own in (("parent0", ["canari-premier"]), ("author", [])):
        with database.reading() as session:
            path = export_member(session, people[who].id, tmp_path / f"{who}.zip")
        with ZipFile(path) as archive:
            words = "".join(archive.read(name).decode() for name in archive.namelist())
            tables = [name for name in archive.namelist() if name.startswith("data/answers")]
            rows = {name: json.loads(archive.read(name)) for name in tables}
        assert sorted(set(re.findall(r"canari-\w+", words))) == own
        others = [one for name, one in people.items() if name != who]
        assert not [one.email for one in others if one.email in words]
        assert rows


def test_no_page_of_answers_is_kept_and_links_need_their_form(
    site, offer_of, give, people, enter, mailbox
):
    offer = offer_of(seats=1)
    first, _state = give("parent0", offer)
    second, _state = give("parent1", offer)
    act(service.withdraw, people["parent0"], first)
    link = next(
        match[0] for mail in mailbox() if (match := re.search(r"/answers/seat/\S+", mail.body))
    )
    stranger = browser(create_app(site))
    for client, path in (
        (stranger, link),
        (enter("parent1"), "/answers"),
        (enter("parent1"), f"/answers/offers/{offer}"),
        (enter("author"), f"/answers/offers/{offer}/people"),
    ):
        assert "no-store" in client.get(path).headers["Cache-Control"]
    # A scanner of mails follows links, and fetches their heads.
    assert stranger.head(link).status_code == 200
    assert stranger.post(link, data={"answer": "yes"}).status_code in (400, 403)
    with database.reading() as session:
        assert session.get_one(OfferAnswer, second).state == "offered"


@pytest.mark.parametrize("step", ["agree", "decline", "withdraw", "accept"])
@pytest.mark.parametrize("who", ["parent1", "moderator", "coordinator"])
def test_answers_of_others_are_not_there(offer_of, give, enter, step, who):
    answer, _state = give("parent0", offer_of("talk", schedule=None))
    client = enter(who)
    token = csrf_of(client.get("/post").text)
    for name in (answer, "00000000-0000-0000-0000-000000000000"):
        reply = client.post(f"/answers/{name}/{step}", data={"csrf_token": token})
        assert reply.status_code == 404
