"""Looking after offers: who may judge, confirm, take down and export, and nobody else."""

import csv
import io
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema
from sqlalchemy import func, select

from entraide import Kind, database, fields, runtime
from entraide.directory.models import Offer
from entraide.directory.offers.private_details import details_for
from entraide.directory.offers.reviewing import decline_offer
from entraide.directory.offers.service import find_offer, publish_offer
from entraide.errors import Refused
from entraide.i18n import speaking
from entraide.members.accounts import find_member
from entraide.outbox.models import OutboxEvent, OutboxMessage
from entraide.testing import BASE_URL, csrf_of, in_days
from entraide.web.csv_files import DELIMITER, neutralise, write_csv

WHO = ("parent", "coordinator", "stranger", "administrator")


def propose(town):
    return UUID(town.post("parent").json["id"].rpartition("/")[2])


def send(client, path, **data):
    token = csrf_of(client.get("/account").text)
    return client.post(path, data={"csrf_token": token, **data})


def stored(offer_id):
    with database.reading() as session:
        return find_offer(session, offer_id=offer_id)


def test_a_proposal_is_published_by_a_coordinator(town):
    offer = propose(town)
    client = town.browse("coordinator")
    page = client.get("/manage").text
    assert "Aide aux devoirs exemple" in page
    assert f'action="/offers/{offer}/publish"' in page
    assert town.browse().get("/api/v1/offers").json["items"] == []
    answer = send(client, f"/offers/{offer}/publish")
    assert (answer.status_code, answer.location) == (303, "/manage")
    assert stored(offer).publication == "public"
    assert len(town.browse().get("/api/v1/offers").json["items"]) == 1
    assert send(client, f"/offers/{offer}/decline").status_code == 409


def test_a_proposal_is_declined(town):
    offer = propose(town)
    client = town.browse("coordinator")
    assert send(client, f"/offers/{offer}/decline").status_code == 303
    assert stored(offer).publication == "withdrawn"
    assert send(client, f"/offers/{offer}/publish").status_code == 409
    assert send(client, f"/offers/{offer}/confirm").status_code == 409


@pytest.mark.parametrize(
    ("action", "path", "words"),
    [
        ("publish", "/offers/{offer}", "est en ligne"),
        ("decline", "/organisations/{organisation}", "ne publie pas"),
    ],
)
def test_the_author_hears_what_became_of_a_proposal(town, action, path, words):
    offer = propose(town)
    send(town.browse("coordinator"), f"/offers/{offer}/{action}")
    link = path.format(offer=offer, organisation=stored(offer).organisation_id)
    with database.reading() as session:
        mails = session.scalars(select(OutboxMessage)).all()
    assert [mail.address for mail in mails] == ["parent1@example.org"]
    assert f"{BASE_URL}{link}\n" in mails[0].body
    assert words in mails[0].body
    assert "Aide aux devoirs exemple" not in f"{mails[0].subject} {mails[0].body}"


def test_nobody_is_told_what_they_did_themselves(town):
    town.post("coordinator")
    with database.reading() as session:
        assert session.scalars(select(OutboxMessage)).all() == []


def test_an_offer_is_confirmed_for_ninety_days(town):
    (offer,) = town.add_offers(1, verify_by=in_days(3))
    client = town.browse("coordinator")
    assert f'action="/offers/{offer}/confirm"' in client.get(f"/offers/{offer}").text
    assert send(client, f"/offers/{offer}/confirm").status_code == 303
    assert stored(offer).verify_by == in_days(90)


ACTIONS = {
    "publish": {"coordinator", "administrator"},
    "decline": {"coordinator", "administrator"},
    "withdraw": {"parent", "coordinator", "administrator"},
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("who", WHO)
def test_who_may_do_what_with_a_proposal(village, action, who):
    offer = propose(village)
    answer = send(village.browse(who), f"/offers/{offer}/{action}")
    assert answer.status_code == (303 if who in ACTIONS[action] else 404)
    assert (stored(offer).publication == "pending") == (who not in ACTIONS[action])


OUTING = {
    "kind": "outing",
    "payload": {"ages": ["6-10"], "cost_euros": 7, "meeting_point": "Sous l'horloge CANARI"},
    "schedule": {"starts": "2026-12-05T14:00", "timezone": "Europe/Paris"},
}


@pytest.mark.parametrize("who", [None, *WHO])
def test_who_reads_what_only_the_parties_may(village, who):
    offer = UUID(village.post("parent", **OUTING).json["id"].rpartition("/")[2])
    client = village.browse(who) if who else village.browse()
    may_read = who in ("parent", "coordinator", "administrator")
    waiting = client.get(f"/offers/{offer}").text
    price = '<dd dir="auto">7\u00a0€</dd>'
    assert ("CANARI" in waiting, price in waiting) == (may_read, may_read)
    send(village.browse("coordinator"), f"/offers/{offer}/publish")
    page = client.get(f"/offers/{offer}")
    assert page.status_code == 200
    assert ("CANARI" in page.text) == may_read


class MealSchema(Schema):
    street = fields.members(fields.String(), label="Rue")
    notes = fields.parties(fields.String(), label="Notes")
    code = fields.staff(fields.String(), label="Code")


@pytest.mark.parametrize(
    ("who", "labels"),
    [
        ("stranger", ["Rue"]),
        ("parent", ["Rue", "Notes", "Code"]),
        ("administrator", ["Qui l’a écrite", "Rue", "Notes", "Code"]),
    ],
)
def test_a_field_is_read_by_its_readers_and_the_team_learns_who_wrote_it(village, who, labels):
    runtime.current().kinds["meal"] = Kind("meal", "Repas", MealSchema)
    details = {"street": "rue Exemple", "notes": "CANARI", "code": "CANARI", "gone": "x"}
    with database.reading() as session:
        reader, author = (
            find_member(session, email=village.emails[one]) for one in (who, "parent")
        )
        offer = Offer(kind="meal", payload={}, details=details, member_id=author.id)
        with speaking("fr"):
            assert [label for label, _words in details_for(session, reader, offer)] == labels
        assert details_for(session, None, offer) == []


@pytest.mark.parametrize("who", WHO)
def test_who_sees_a_proposal(village, who):
    offer = propose(village)
    client = village.browse(who)
    may_judge = who in ("coordinator", "administrator")
    may_see = may_judge or who == "parent"  # its author
    assert ("publish" in client.get("/manage").text) == may_judge
    assert client.get(f"/offers/{offer}").status_code == (200 if may_see else 404)
    assert ("Aide aux devoirs exemple" in client.get("/manage").text) == may_see


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/manage"),
        ("get", "/manage/offers.csv?kind=tutoring"),
        ("post", "/offers/{offer}/publish"),
        ("post", "/offers/{offer}/decline"),
        ("post", "/offers/{offer}/confirm"),
        ("post", "/offers/{offer}/withdraw"),
    ],
)
def test_visitors_manage_nothing(village, method, path):
    offer = propose(village)
    answer = getattr(village.browse(), method)(path.format(offer=offer))
    assert answer.status_code in (303, 403)
    assert "Aide aux devoirs" not in answer.text
    assert stored(offer).publication == "pending"


def test_without_a_token_of_the_form_nothing_changes(village):
    offer = propose(village)
    assert village.browse("coordinator").post(f"/offers/{offer}/publish").status_code == 403
    assert stored(offer).publication == "pending"


@pytest.mark.parametrize("count", [1, 3])
def test_managing_takes_as_many_queries_for_one_as_for_three(town, count, count_queries):
    town.add_offers(count)
    for _number in range(count):
        propose(town)
    client = town.browse("coordinator")
    assert count_queries(lambda: client.get("/manage")) == 8


def test_the_table_holds_the_offers_of_the_own_association(town):
    town.add_offers(1, title="=HYPERLINK(1)")
    town.add_offers(1, title="Une autre", organisation_id=town.other)
    answer = town.browse("coordinator").get("/manage/offers.csv?kind=tutoring")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert 'filename="offers-tutoring.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=DELIMITER))
    assert len(rows) == 2
    assert rows[1][1] == "'=HYPERLINK(1)"
    assert "Clamecy" in rows[1]
    both = town.browse("administrator").get("/manage/offers.csv?kind=tutoring")
    assert "Une autre" in both.text


def test_the_table_says_which_offers_ended(town):
    (lasting,) = town.add_offers(1, verify_by=in_days(9))
    (ending,) = town.add_offers(1, verify_by=in_days(0))
    (taken,) = town.add_offers(1, verify_by=in_days(9))
    send(town.browse("coordinator"), f"/offers/{taken}/withdraw")
    town.site.clock.advance(timedelta(days=1))
    answer = town.browse("coordinator").get("/manage/offers.csv?kind=tutoring")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=DELIMITER))[1:]
    states = {UUID(row[0].rpartition("/")[2]): row[8] for row in rows}
    assert states == {lasting: "Publique", ending: "Son dernier jour est passé", taken: "Retirée"}


@pytest.mark.parametrize(
    ("who", "kind", "status"),
    [("parent", "tutoring", 404), ("coordinator", "gardening", 422), ("coordinator", "", 422)],
)
def test_a_table_that_nobody_gets(village, who, kind, status):
    village.add_offers(1)
    assert village.browse(who).get(f"/manage/offers.csv?kind={kind}").status_code == status


CALCULATING = tuple("=+-@\t\r\n|%\uff1d\uff0b\uff0d\uff20")
CELL_SIGNS = st.sampled_from(";,\t|\r\n\"' =+-@%a1") | st.characters(exclude_categories=["Cs"])


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.lists(st.text(CELL_SIGNS, max_size=20), min_size=1), min_size=1, max_size=3))
def test_no_cell_starts_a_formula_whatever_the_program_splits_at(rows):
    written = write_csv(["title"], rows)
    _heading, *read = csv.reader(io.StringIO(written, newline=""), delimiter=DELIMITER)
    assert [len(row) for row in read] == [len(row) for row in rows]
    for delimiter in ";,\t|":
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            text = io.StringIO(written, newline="")
            for line in csv.reader(text, delimiter=delimiter, quoting=quoting):
                assert not any(cell.lstrip(" ").startswith(CALCULATING) for cell in line), line
                # A program without quotes may take them off after it has split.
                bare = [cell.strip(' "') for cell in line] if quoting == csv.QUOTE_NONE else []
                assert not any(cell.startswith(CALCULATING) for cell in bare), line


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("x;=1+1;y", "x;'=1+1;y"),
        ("1,2,-3", "1,2,'-3"),
        ("a\t@sum", "a\t'@sum"),
        ('x; "=1', "x;' \"=1"),
        ("Goûter\n=1+1", "Goûter\n'=1+1"),
        ("\t=1", "'\t'=1"),
        ("\n", "'\n'"),
        ("a,", "a,'"),
        ("a\r\nb", "a\nb"),
        ("a\r\n", "a\n'"),
        ("a, ", "a, "),
        ("de 9 h à 11 h ; 5 € - gratuit", "de 9 h à 11 h ; 5 € - gratuit"),
        ("a-b@c.fr", "a-b@c.fr"),
    ],
)
def test_a_formula_is_stopped_after_each_sign_that_splits_cells(cell, written):
    assert neutralise(cell) == written


def test_only_a_waiting_offer_can_be_declined(town):
    (offer,) = town.add_offers(1)
    with database.writing() as session:
        actor = find_member(session, email=town.emails["coordinator"])
        with pytest.raises(Refused):
            decline_offer(session, offer=session.get(Offer, offer), actor=actor)


def test_an_offer_is_taken_down_only_after_asking(town):
    (offer,) = town.add_offers(1, verify_by=in_days(9))
    client = town.browse("coordinator")
    asking = client.get(f"/offers/{offer}/withdraw")
    assert "Retirer cette offre" in asking.text
    assert client.get(f"/offers/{offer}").status_code == 200
    data = {"csrf_token": csrf_of(asking.text)}
    said = client.post(f"/offers/{offer}/withdraw", data=data, follow_redirects=True)
    assert "L’offre est retirée" in said.text
    assert client.get(f"/offers/{offer}/withdraw").status_code == 409
    assert town.browse("parent").get(f"/offers/{offer}/withdraw").status_code == 404


def test_confirming_is_called_the_same_everywhere_and_says_until_when(town):
    (offer,) = town.add_offers(1, verify_by=in_days(9))
    client = town.browse("coordinator")
    for path in ("/manage", f"/offers/{offer}"):
        page = client.get(path).text
        assert "Confirmer cette offre" in page
        assert "Toujours valable" not in page
    send(client, f"/offers/{offer}/confirm")
    assert "est confirmée" in client.get("/manage").text


def test_a_step_is_taken_at_once_and_the_last_one_after_asking(town):
    starts = f"{in_days(5)}T14:00"
    (outing,) = town.add_offers(
        1,
        kind="outing",
        payload={"ages": ["6-10"], "cost_euros": 0},
        schedule={"starts": starts, "timezone": "Europe/Paris"},
    )
    client = town.browse("coordinator")
    assert send(client, f"/offers/{outing}/step", step="confirm").status_code == 303
    assert stored(outing).state == "confirmed"
    assert "est noté. Merci" in client.get(f"/offers/{outing}").text
    asking = client.get(f"/offers/{outing}/step?step=cancel").text
    assert "Annuler la sortie" in asking
    assert 'name="step" value="cancel"' in asking
    assert send(client, f"/offers/{outing}/step", step="cancel").status_code == 303
    assert (stored(outing).state, stored(outing).publication) == ("cancelled", "withdrawn")
    assert send(client, f"/offers/{outing}/step", step="cancel").status_code == 409


def test_a_proposal_is_declined_only_after_asking(town):
    offer = propose(town)
    asking = town.browse("coordinator").get(f"/offers/{offer}/decline")
    assert (asking.status_code, stored(offer).publication) == (200, "pending")
    assert "Aide aux devoirs exemple" in asking.text


@pytest.mark.parametrize("path", ["decline", "step", "step?step=nothing"])
def test_what_is_not_possible_is_not_asked(town, path):
    (offer,) = town.add_offers(1, verify_by=in_days(9))
    assert town.browse("coordinator").get(f"/offers/{offer}/{path}").status_code == 409
    assert town.browse().get(f"/offers/{offer}/{path}").status_code == 303


@pytest.mark.parametrize(("who", "is_shown"), [("parent", True), ("stranger", False)])
def test_a_member_finds_their_own_offers_to_look_after(village, who, is_shown):
    alone = village.post("parent", organisation=None, title="Offre exemple à moi")
    assert alone.json["publication"] == "pending"
    page = village.browse(who).get("/manage")
    assert page.status_code == 200
    # The stranger coordinates an association, so it waits for them above, to be judged.
    own = page.text.partition('aria-labelledby="mine"')[2]
    assert ("Offre exemple à moi" in own) is is_shown


def test_two_who_publish_one_proposal_at_once_publish_it_once(town):
    proposal = propose(town)
    meeting, outcomes = Barrier(2), []

    def publish():
        with runtime.activate(town.site), suppress(Refused), database.writing() as session:
            offer = find_offer(session, offer_id=proposal)
            if not town.site.database.is_sqlite:
                # On SQLite the second one cannot even read before the first has ended.
                meeting.wait(30)
            publish_offer(session, offer=offer, actor=None)
            outcomes.append("published")

    threads = [Thread(target=publish) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == ["published"]
    with database.reading() as session:
        told = select(func.count()).where(OutboxEvent.name == "OfferPublished")
        assert (session.get(Offer, proposal).revision, session.scalar(told)) == (2, 1)


@pytest.mark.parametrize(
    ("cell", "written"), [("=1+1", "'=1+1"), ("  =1+1", "'  =1+1"), ("1 = 1", "1 = 1"), ("", "")]
)
def test_blanks_before_a_formula_hide_nothing(cell, written):
    assert neutralise(cell) == written
