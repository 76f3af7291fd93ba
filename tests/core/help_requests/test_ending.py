"""Contacts end: what a helper reads afterwards, who ends them, and true words for each end."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, event, select, text

from entraide import clock, database, runtime
from entraide.audit import AuditEntry
from entraide.database import migrations
from entraide.directory.models import OrganisationMember
from entraide.errors import Forbidden, IllegalTransition, NotFound, Refused
from entraide.help_requests import ending, service
from entraide.help_requests.finding import kinds_and_communes
from entraide.help_requests.models import Answer, HelpRequest
from entraide.members import suspending
from entraide.members.models import Member
from entraide.outbox.models import OutboxMessage
from entraide.testing import (
    add_answer,
    add_member,
    add_organisation,
    add_request,
    browser,
    csrf_of,
    in_days,
    log_in,
)

SECRETS = ("canari-rue", "canari-étage", "parent1@example.org", "Parent Exemple 1")


@pytest.fixture
def visit(app, people):
    return lambda name: log_in(browser(app), people[name].email)


@pytest.fixture
def matched(people, asked, answered):
    """Give the request once the author and the volunteer both said yes."""
    for name in ("author", "volunteer"):
        with database.writing() as session:
            answer = session.get_one(Answer, answered.id)
            service.agree(session, answer=answer, actor=people[name])
    return asked


def act(work, request_id):
    with database.writing() as session:
        work(session, session.get_one(HelpRequest, request_id))


def state_of(request_id):
    with database.reading() as session:
        request = session.get_one(HelpRequest, request_id)
        return request.state, sorted(one.state for one in request.answers)


def page(client, request_id):
    return client.get(f"/requests/{request_id}").text


def send(client, path, **data):
    token = csrf_of(client.get("/requests/mine").text)
    return client.post(path, data={"csrf_token": token, **data})


def told():
    with database.reading() as session:
        return [mail.address for mail in session.scalars(select(OutboxMessage))]


# What a helper reads after the end ----------------------------------------------------------------

ENDS = {
    "done": lambda people: (
        lambda session, request: service.close_request(
            session, request=request, actor=people["author"], reason="done"
        )
    ),
    "closed": lambda people: (
        lambda session, request: service.close_request(
            session, request=request, actor=people["author"], reason="closed"
        )
    ),
    "ended": lambda people: (
        lambda session, request: ending.end_contact(
            session, request=request, actor=people["author"]
        )
    ),
    "by staff": lambda people: (
        lambda session, request: ending.end_contact(
            session, request=request, actor=people["moderator"]
        )
    ),
    "reopened": lambda people: (
        lambda session, request: service.reopen_request(
            session, request=request, actor=people["author"], verify_by=in_days(9)
        )
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_what_a_helper_reads_after_the_end(visit, people, matched, end):
    helper, author = visit("volunteer"), visit("author")
    before = page(helper, matched.id)
    assert all(word in before for word in SECRETS)
    assert "7 jours" in before, "the page says how long"
    act(ENDS[end](people), matched.id)
    after = page(helper, matched.id)
    assert all(word in after for word in SECRETS) == (end == "done")
    assert any(word in after for word in SECRETS) == (end == "done")
    own = page(author, matched.id)
    assert ("volunteer4@example.org" in own) == (end == "done")
    runtime.current().clock.advance(timedelta(days=6, hours=23))
    assert (SECRETS[0] in page(visit("volunteer"), matched.id)) == (end == "done")
    runtime.current().clock.advance(timedelta(hours=2))
    late = page(visit("volunteer"), matched.id)
    assert not any(word in late for word in SECRETS)
    assert "volunteer4@example.org" not in page(visit("author"), matched.id)


@pytest.mark.parametrize("end", ["ended", "by staff"])
@pytest.mark.parametrize("then", ["", "reopened"])
def test_whom_a_contact_was_ended_with_leaves_no_trace_of_reading(
    visit, people, matched, end, then
):
    """Their page tells the end only: "somebody opened your request" would frighten for nothing."""
    act(ENDS[end](people), matched.id)
    if then:
        act(ENDS[then](people), matched.id)
    runtime.current().clock.advance(timedelta(days=2))
    shown = page(visit("volunteer"), matched.id)
    assert matched.title not in shown
    assert matched.summary not in shown
    with database.reading() as session:
        rows = session.scalars(
            select(AuditEntry).where(AuditEntry.action.like("help_requests.read%"))
        )
        assert [row for row in rows if row.happened_at == clock.now()] == []


def test_the_parent_ends_a_contact_without_showing_the_request_to_anybody(visit, people, matched):
    author = visit("author")
    path = f"/requests/{matched.id}/end-contact"
    assert f'href="{path}"' in page(author, matched.id)
    asking = author.get(path)
    assert "Mettre fin à ce contact" in asking.text
    assert state_of(matched.id) == ("matched", ["agreed"])
    data = {"csrf_token": csrf_of(asking.text)}
    said = author.post(path, data=data, follow_redirects=True)
    assert "Le contact a pris fin" in said.text
    assert state_of(matched.id) == ("closed", ["ended"])
    assert told()[-1] == people["volunteer"].email
    for name in ("moderator", "coordinator", "administrator"):
        assert visit(name).get(f"/requests/{matched.id}").status_code == 404
    assert "Ce contact a pris fin" in page(visit("volunteer"), matched.id)
    assert author.get(path).status_code == 409
    assert send(author, path).status_code == 409


def test_whom_a_contact_was_ended_with_does_not_come_back(visit, people, matched):
    act(ENDS["ended"](people), matched.id)
    act(ENDS["reopened"](people), matched.id)
    assert state_of(matched.id) == ("open", ["ended"])
    helper = visit("volunteer")
    assert "Demande canari" not in helper.get("/requests").text
    reopened, own = page(helper, matched.id), helper.get("/requests/mine").text
    hidden = (*SECRETS, "canari-objet", "Un exemple.", "Clamecy", "Demande canari", "Dernier jour")
    for shown in (reopened, own):
        assert "Une demande" in shown
        assert not any(word in shown for word in hidden), "nor that it looks for somebody again"
    assert send(helper, f"/requests/{matched.id}/answer", message="Encore moi").status_code == 409
    assert "Demande canari" in visit("moderator").get("/requests").text


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("author", 303),
        ("moderator", 303),
        ("administrator", 303),
        ("volunteer", 404),
        ("coordinator", 404),
        ("parent", 404),
    ],
)
def test_who_ends_a_contact(visit, matched, who, status):
    client = visit(who)
    path = f"/requests/{matched.id}/end-contact"
    assert client.get(path).status_code == (200 if status == 303 else 404)
    assert send(client, path).status_code == status
    assert state_of(matched.id)[0] == ("closed" if status == 303 else "matched")


def test_only_a_contact_under_way_ends(people, asked):
    with database.writing() as session:
        request = session.get_one(HelpRequest, asked.id)
        with pytest.raises(IllegalTransition):
            ending.end_contact(session, request=request, actor=people["author"])
        with pytest.raises(Forbidden):
            ending.end_contact(session, request=request, actor=people["volunteer"])


# That a contact exists ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status", "sees"),
    [
        ("author", 404, False),
        ("volunteer", 404, False),
        ("parent", 404, False),
        ("coordinator", 200, False),
        ("moderator", 200, True),
        ("administrator", 200, True),
    ],
)
def test_who_sees_that_a_contact_is_under_way(visit, matched, who, status, sees):
    answer = visit(who).get("/requests/contacts")
    assert answer.status_code == status
    shown = answer.text.partition("<main")[2]
    assert ("Volunteer Exemple 4" in shown) == sees
    assert "anari" not in shown
    assert "Parent Exemple 1" not in shown


def test_a_coordinator_sees_the_contacts_of_their_association(visit, people, asked):
    with database.writing() as session:
        other = add_member(session, 70)
        ours = add_organisation(session, 70, people["coordinator"])
        add_organisation(session, 71, other)
        request = session.get_one(HelpRequest, asked.id)
        answer = add_answer(
            session, request=request, actor=people["coordinator"], organisation_id=ours.id
        )
        service.agree(session, answer=answer, actor=people["author"])
        service.agree(session, answer=answer, actor=people["coordinator"])
        second = add_member(session, 72)
        session.add(
            OrganisationMember(organisation_id=ours.id, member_id=second.id, role="coordinator")
        )
        people |= {"second": second, "other": other}
    assert "Association Exemple 70" in visit("second").get("/requests/contacts").text
    assert "Association Exemple 70" not in visit("other").get("/requests/contacts").text


@pytest.mark.parametrize("count", [1, 3])
def test_contacts_take_as_many_queries_for_one_as_for_three(visit, people, count):
    with database.writing() as session:
        for number in range(count):
            request = add_request(session, number, kind="loan", actor=people["author"])
            answer = add_answer(session, request=request, actor=people["volunteer"])
            service.agree(session, answer=answer, actor=people["author"])
            service.agree(session, answer=answer, actor=people["volunteer"])
    client = visit("moderator")
    statements = []
    engine = runtime.current().database.engine

    def note(_connection, _cursor, statement, *_others):
        if statement.startswith("SELECT") and "FROM" in statement:
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    answer = client.get("/requests/contacts")
    event.remove(engine, "before_cursor_execute", note)
    assert answer.text.count("Volunteer Exemple 4") == count
    assert len(statements) == 6, "\n\n".join(statements)


# True words ------------------------------------------------------------------------------------

UNCHOSEN = {
    "closed": ("a été fermée, et personne n’a été choisi", "Fermée avec votre demande"),
    "expired": ("Le dernier jour est passé, et personne", "Le dernier jour est passé"),
    "declined": ("le parent a dit non", "Vous avez dit non"),
    "other_chosen": ("une autre personne a été choisie", "Vous avez choisi une autre personne"),
}


def leave_unchosen(people, asked, answered, how):
    if how == "expired":
        runtime.current().clock.advance(timedelta(days=31))
        assert service.expire_requests() == 1
        return
    with database.writing() as session:
        request = session.get_one(HelpRequest, asked.id)
        answer = session.get_one(Answer, answered.id)
        if how == "closed":
            service.close_request(session, request=request, actor=people["author"], reason="closed")
        elif how == "declined":
            service.decline_answer(session, answer=answer, actor=people["author"])
        else:
            other = add_answer(session, request=request, actor=people["moderator"])
            service.agree(session, answer=other, actor=people["author"])
            service.agree(session, answer=other, actor=people["moderator"])


@pytest.mark.parametrize("how", UNCHOSEN)
def test_whoever_was_not_chosen_reads_why(visit, people, asked, answered, how):
    leave_unchosen(people, asked, answered, how)
    assert how in state_of(asked.id)[1]
    for_helper, for_asker = UNCHOSEN[how]
    helper = visit("volunteer")
    for shown in (page(helper, asked.id), helper.get("/requests/mine").text):
        assert for_helper in shown
        others = [words for name, (words, _asker) in UNCHOSEN.items() if name != how]
        assert not any(words in shown for words in others)
    assert for_asker in page(visit("author"), asked.id)
    assert people["volunteer"].email in told()


def test_a_last_day_that_has_passed_is_said_before_the_job_has_run(visit, asked, answered):
    runtime.current().clock.advance(timedelta(days=31))
    helper = page(visit("volunteer"), asked.id)
    assert UNCHOSEN["expired"][0] in helper
    assert "/withdraw" not in helper
    author = page(visit("author"), asked.id)
    assert "/agree" not in author
    assert "Personne n’a été trouvé à temps" in author


# One rule for seeing and answering ---------------------------------------------------------------


def test_helpers_see_what_they_may_answer_and_nothing_else(make_site, database_url):
    opened = make_site(url=database_url, plugins=("sponsorship", "tutoring"))
    with runtime.activate(opened):
        with database.writing() as session:
            author = add_member(session, 1, "parent")
            people = {
                "volunteer": add_member(session, 2, "volunteer"),
                "coordinator": add_member(session, 3),
                "moderator": add_member(session, 4, "moderator"),
            }
            add_organisation(session, coordinator=people["coordinator"])
            ids = {}
            for number in range(30):
                kind = "sponsorship" if number else "tutoring"
                place = "58194" if number else "58079"
                if number % 9 == 0:
                    author = add_member(session, 50 + number, "parent")
                runtime.current().clock.advance(timedelta(minutes=1))
                ids[kind] = add_request(
                    session, number, kind=kind, actor=author, territory=[place]
                ).id
        with database.reading() as session:
            for name, kinds in (
                ("volunteer", {"tutoring"}),
                ("coordinator", set(ids)),
                ("moderator", set(ids)),
            ):
                actor = people[name]
                found = service.visible_requests(session, actor=actor)
                assert {one.kind for one in found.items} <= kinds
                assert len(found.items) == (1 if name == "volunteer" else 20)
                seen, places = kinds_and_communes(session, actor=actor)
                assert seen <= kinds
                assert places == ({"58079"} if name == "volunteer" else {"58079", "58194"})
                for kind, request_id in ids.items():
                    if kind in kinds:
                        assert service.find_request(session, actor=actor, request_id=request_id)
                    else:
                        with pytest.raises(NotFound):
                            service.find_request(session, actor=actor, request_id=request_id)


# Roles and accounts that end ---------------------------------------------------------------------


def stop(people, name, **options):
    with database.writing() as session:
        member = session.get_one(Member, people[name].id)
        if role := options.get("role"):
            suspending.revoke_role(session, member=member, role=role, actor=None)
        else:
            suspending.suspend(session, member=member, actor=None)


@pytest.mark.parametrize("options", [{}, {"role": "volunteer"}])
def test_a_helper_who_is_stopped_loses_every_contact_at_once(visit, people, matched, options):
    with database.writing() as session:
        other = add_request(session, 2, kind="loan", actor=people["parent"])
        add_answer(session, request=other, actor=people["volunteer"])
    helper = visit("volunteer")
    stop(people, "volunteer", **options)
    assert state_of(matched.id) == ("closed", ["ended"])
    assert state_of(other.id) == ("open", ["withdrawn"])
    assert helper.get(f"/requests/{matched.id}").status_code == 303, "logged out"
    assert people["author"].email in told()
    assert visit("moderator").get(f"/requests/{matched.id}").status_code == 404, "shown to nobody"


def test_a_suspended_parent_is_looked_for_by_nobody(visit, people, matched):
    with database.writing() as session:
        waiting = add_request(session, 2, kind="loan", actor=people["author"])
        add_answer(session, request=waiting, actor=people["moderator"])
    stop(people, "author")
    assert state_of(matched.id) == ("closed", ["ended"])
    assert state_of(waiting.id) == ("closed", ["closed"])
    assert SECRETS[0] not in page(visit("volunteer"), matched.id)


def test_whoever_still_helps_by_another_role_keeps_their_contacts(people, matched):
    with database.writing() as session:
        add_organisation(session, 60, session.get_one(Member, people["volunteer"].id))
    stop(people, "volunteer", role="volunteer")
    assert state_of(matched.id) == ("matched", ["agreed"])
    stop(people, "volunteer", role="coordinator")
    assert state_of(matched.id) == ("closed", ["ended"])


# Gaps ------------------------------------------------------------------------------------------


def remove(people, name):
    """Delete an account as `sqlite3` does: without a look at what refers to it."""
    site = runtime.current()
    raw = site.database.writer.raw_connection()
    try:
        cursor = raw.cursor()
        if site.database.is_sqlite:
            # The pool is shared with readers, and nobody has told this connection what it is for.
            cursor.execute("PRAGMA query_only = OFF")
            cursor.execute("PRAGMA foreign_keys = OFF")
        else:
            cursor.execute("SET session_replication_role = replica")
        statement = str(
            delete(Member)
            .where(Member.email_index == people[name].email_index)
            .compile(dialect=site.database.writer.dialect, compile_kwargs={"literal_binds": True})
        )
        cursor.execute(statement)
        raw.commit()
        if site.database.is_sqlite:
            cursor.execute("PRAGMA foreign_keys = ON")
        else:
            cursor.execute("SET session_replication_role = origin")
        raw.commit()
    finally:
        raw.close()


@pytest.mark.parametrize("gone", ["volunteer", "author"])
@pytest.mark.parametrize("is_matched", [True, False])
def test_a_row_of_a_member_that_is_gone_takes_no_page_down(
    visit, people, asked, answered, gone, is_matched
):
    if is_matched:
        for name in ("author", "volunteer"):
            with database.writing() as session:
                answer = session.get_one(Answer, answered.id)
                service.agree(session, answer=answer, actor=people[name])
    readers = [visit(name) for name in ("author", "volunteer", "moderator") if name != gone]
    remove(people, gone)
    with database.reading() as session:
        assert session.get(Member, people[gone].id) is None
    for client in readers:
        for path in (f"/requests/{asked.id}", "/requests", "/requests/mine", "/requests/contacts"):
            assert client.get(path).status_code in (200, 404), path
    reader = readers[0]
    assert ("Un membre qui n’est plus là" in page(reader, asked.id)) == (
        gone == "volunteer" or is_matched
    )


@pytest.mark.parametrize("words", ["06 12 34 56 78", "jean@example.org", "12 rue des Lilas"])
def test_contact_details_in_an_answer_are_pointed_out_once(visit, people, asked, words):
    client = visit("volunteer")
    path = f"/requests/{asked.id}/answer"
    first = send(client, path, message=f"Je peux. {words}")
    assert first.status_code == 422
    assert "enlever" in first.text
    assert words in first.text, "what was typed is kept"
    assert state_of(asked.id)[1] == []
    seen = first.text.partition('name="contact_seen" value="')[2].partition('"')[0]
    other = send(client, path, message="Ou alors 07 00 00 00 00", contact_seen=seen)
    assert other.status_code == 422, "other words are pointed out too"
    assert send(client, path, message=f"Je peux. {words}", contact_seen=seen).status_code == 303
    assert state_of(asked.id)[1] == ["sent"]


def test_a_full_request_says_so(visit, people, asked):
    with database.writing() as session:
        request = session.get_one(HelpRequest, asked.id)
        for number in range(10):
            add_answer(
                session, request=request, actor=add_member(session, 300 + number, "volunteer")
            )
        with pytest.raises(Refused):
            add_answer(session, request=request, actor=people["volunteer"])
    shown = page(visit("volunteer"), asked.id)
    assert "Assez de personnes ont répondu" in shown
    assert 'name="message"' not in shown


@pytest.mark.parametrize("how", UNCHOSEN)
def test_old_answers_get_the_words_that_are_true(people, asked, answered, how):
    leave_unchosen(people, asked, answered, how)
    opened, core = runtime.current().database, migrations.distribution("entraide", "entraide")
    migrations.downgrade(opened, core, "0004")
    states = text("SELECT state FROM help_requests_answer WHERE state != 'agreed'")
    with opened.writer.connect() as connection:
        assert connection.scalars(states).all() == ["declined"]
    migrations.upgrade(opened, core)
    assert how in state_of(asked.id)[1]
