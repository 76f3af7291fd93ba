"""The pages of requests, with their real templates: who opens and presses what."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import event, func, select

from entraide import database, runtime
from entraide.help_requests import service
from entraide.help_requests.models import Answer, HelpRequest, Step
from entraide.help_requests.rules import coordinated
from entraide.ids import new_id
from entraide.testing import (
    add_answer,
    add_member,
    add_organisation,
    add_request,
    browser,
    csrf_of,
    log_in,
)

from .conftest import ACTORS, HELPERS

CANARIES = ("canari-objet", "canari-étage", "canari-rue", "canari-remarque")
EVERYONE = ("anonymous", *ACTORS)


@pytest.fixture
def visit(app, people):
    """Give a function that returns a browser in which somebody is logged in."""

    def open_browser(name):
        return browser(app) if name == "anonymous" else log_in(browser(app), people[name].email)

    return open_browser


def send(client, path, **data):
    """Send a form as its page would: with the token of the visitor's own forms."""
    page = client.get("/requests/mine", follow_redirects=True)
    return client.post(path, data={"csrf_token": csrf_of(page.text), **data})


def state_of(asked):
    with database.reading() as session:
        return session.get_one(HelpRequest, asked.id).state


def pages_of(asked):
    return ("/requests/mine", "/requests", f"/requests/{asked.id}")


GET_MATRIX = {
    "anonymous": (303, 303, 303),
    "author": (200, 404, 200),
    "parent": (200, 404, 404),
    "volunteer": (200, 200, 200),
    "coordinator": (200, 200, 200),
    "moderator": (200, 200, 200),
    "administrator": (200, 200, 200),
}


@pytest.mark.parametrize("name", EVERYONE)
def test_who_opens_which_page(visit, asked, name):
    client = visit(name)
    answers = [client.get(path) for path in pages_of(asked)]
    assert tuple(answer.status_code for answer in answers) == GET_MATRIX[name]
    for answer, path in zip(answers, pages_of(asked), strict=True):
        if answer.status_code == 303:
            assert answer.headers["Location"] == f"/login?next={quote(path, safe='')}"
        shows = answer.status_code == 200 and (name == "author") == (path == "/requests/mine")
        if answer.status_code == 404:
            assert "anari" not in answer.text
            absent = client.get(f"/requests/{new_id()}")
            assert absent.status_code == 404
        elif shows or path.endswith(str(asked.id)):
            assert ("Demande canari" in answer.text) == (answer.status_code == 200)


def test_a_forbidden_page_is_the_absent_page_byte_for_byte(visit, asked):
    client = visit("parent")
    client.get("/requests/mine")
    forbidden, absent = (client.get(f"/requests/{one}") for one in (asked.id, new_id()))
    assert forbidden.status_code == absent.status_code == 404
    # The tokens of forms are masked anew on each page: their lengths are compared, not their signs.
    first, second = (
        re.sub(
            'name="csrf_token" value="([0-9a-f]+)',
            lambda token: f"token of {len(token[1])}",
            answer.text.replace(answer.request.path.rpartition("/")[2], ""),
        )
        for answer in (forbidden, absent)
    )
    assert "token of 128" in first
    assert first == second


POSTS = {
    "answer": ("answer", {"message": "Bonjour"}, {"volunteer"} | set(HELPERS)),
    "close": ("close", {"reason": "closed"}, {"author", "moderator", "administrator"}),
    "done": ("close", {"reason": "done"}, set()),
    "reopen": ("reopen", {"verify_by": "2026-12-20"}, set()),
    "agree": ("answers/{answer}/agree", {}, {"author", "helper"}),
    "decline": ("answers/{answer}/decline", {}, {"author"}),
    "withdraw": ("answers/{answer}/withdraw", {}, {"helper"}),
}


@pytest.fixture
def helper(people, asked):
    """Give a volunteer who answered; everybody else is as before."""
    with database.writing() as session:
        people["helper"] = add_member(session, 50, "volunteer")
        request = session.get_one(HelpRequest, asked.id)
        return add_answer(session, request=request, actor=people["helper"])


@pytest.mark.parametrize("button", POSTS)
def test_who_presses_which_button(visit, people, asked, helper, button):
    path, data, may = POSTS[button]
    address = f"/requests/{asked.id}/{path.format(answer=helper.id)}"
    for name in (*EVERYONE, "helper"):
        client = visit(name)
        assert client.post(address, data=data).status_code == 403, "no token"
        if name in may:
            continue
        before = counts()
        answer = send(client, address, **data)
        assert answer.status_code in ({401} if name == "anonymous" else {404, 409}), name
        assert counts() == before
    for name in sorted(may):
        with database.writing() as session:
            reset(session, asked, helper)
        assert send(visit(name), address, **data).status_code == 303, name


def counts():
    with database.reading() as session:
        return [session.scalar(select(func.count()).select_from(table)) for table in (Step, Answer)]


def reset(session, asked, helper):
    request = session.get_one(HelpRequest, asked.id)
    for one in request.answers:
        if one.id != helper.id:
            session.delete(one)
    request.state = "answered"
    answer = session.get_one(Answer, helper.id)
    answer.state, answer.asker_agreed_at, answer.helper_agreed_at = "sent", None, None


def test_the_whole_story_of_a_request(visit, people, asked):
    author, volunteer = visit("author"), visit("volunteer")
    path = f"/requests/{asked.id}"
    page = volunteer.get(path).text
    assert "canari-objet" in page
    assert not any(word in page for word in CANARIES[1:])
    assert people["author"].display_name not in page
    assert "Un parent" in page or "A parent" in page
    assert "Clamecy" in page

    assert send(volunteer, f"{path}/answer", message="").status_code == 422
    assert send(volunteer, f"{path}/answer", message="Bonjour canari-mot").status_code == 303
    page = author.get(path).text
    assert people["volunteer"].display_name in page
    assert "canari-mot" in page
    assert people["volunteer"].email not in page
    assert all(word in page for word in CANARIES)

    with database.reading() as session:
        answer = session.scalars(select(Answer)).one()
    assert send(author, f"{path}/answers/{answer.id}/agree").status_code == 303
    assert people["volunteer"].email not in author.get(path).text
    assert people["author"].email not in volunteer.get(path).text
    assert send(volunteer, f"{path}/answers/{answer.id}/agree").status_code == 303
    assert people["volunteer"].email in author.get(path).text
    page = volunteer.get(path).text
    assert people["author"].email in page
    assert people["author"].display_name in page
    assert [word in page for word in CANARIES] == [True, True, True, False]
    assert visit("moderator").get(path).status_code == 404
    assert "canari" in volunteer.get("/requests/mine").text

    assert send(author, f"{path}/close", reason="done").status_code == 303
    assert state_of(asked) == "done"
    assert send(author, f"{path}/close", reason="done").status_code == 409
    assert author.get(path).status_code == volunteer.get(path).status_code == 200


def test_a_helper_who_was_not_chosen_reads_thanks_and_nothing_of_the_family(
    visit, people, asked, helper
):
    with database.writing() as session:
        service.decline_answer(
            session, answer=session.get_one(Answer, helper.id), actor=people["author"]
        )
    page = visit("helper").get(f"/requests/{asked.id}")
    assert page.status_code == 200
    assert "canari-objet" not in page.text
    assert "Un exemple." not in page.text


def test_a_closed_request_opens_again_on_a_day_to_come(visit, asked):
    author = visit("author")
    path = f"/requests/{asked.id}"
    assert send(author, f"{path}/close", reason="nothing").status_code == 422
    assert send(author, f"{path}/close", reason="closed").status_code == 303
    assert "/reopen" in author.get(path).text
    for wrong in ("", "someday", "2026-11-21"):
        assert send(author, f"{path}/reopen", verify_by=wrong).status_code == 422
        assert state_of(asked) == "closed"
    assert send(author, f"{path}/reopen", verify_by="2026-11-22").status_code == 303
    assert state_of(asked) == "open"


def test_a_coordinator_answers_for_their_association(visit, people, asked):
    client = visit("coordinator")
    path = f"/requests/{asked.id}"
    with database.reading() as session:
        value = str(coordinated(session, people["coordinator"])[0].id)
    page = client.get(path).text
    assert "Association Exemple 1" in page
    assert value in page
    assert 'name="organisation"' not in visit("volunteer").get(path).text
    assert send(client, f"{path}/answer", message="Nous", organisation=value).status_code == 303
    assert "Association Exemple 1" in visit("author").get(path).text


def test_the_list_filters_by_links_and_goes_on(visit, people):
    with database.writing() as session:
        authors = [add_member(session, 100 + number, "parent") for number in range(3)]
        for number in range(21):
            add_request(
                session,
                number,
                kind="loan" if number else "care",
                actor=authors[number // 9],
                territory=["58079" if number else "75118"],
            )
            runtime.current().clock.advance(timedelta(minutes=1))
    client = visit("volunteer")
    first = client.get("/requests").text
    after = first.partition("after=")[2].partition('"')[0]
    assert "Demande exemple 20" in first
    assert "Demande exemple 0<" not in first
    second = client.get(f"/requests?after={after}").text
    assert "Demande exemple 0<" in second
    assert "after=" not in second
    for query in ("kind=care", "place=75118", "kind=care&place=75118"):
        page = client.get(f"/requests?{query}").text
        assert "Demande exemple 0<" in page
        assert "Demande exemple 20" not in page
    assert client.get("/requests?after=nonsense&kind=nothing&place=999999").status_code == 200


QUERIES = {"/requests": 6, "/requests/mine": 8}


@pytest.mark.parametrize("path", QUERIES)
@pytest.mark.parametrize("count", [1, 3])
def test_a_list_takes_as_many_queries_with_1_as_with_3(visit, people, path, count):
    with database.writing() as session:
        organisation = add_organisation(session, 5, people["parent"])
        for number in range(count):
            author = people["author" if path == "/requests" else "parent"]
            request = add_request(session, number, kind="loan", actor=author)
            other = add_request(session, 50 + number, kind="loan", actor=people["author"])
            add_answer(session, request=request, actor=people["coordinator"])
            add_answer(
                session, request=other, actor=people["parent"], organisation_id=organisation.id
            )
    client = visit("parent")
    statements = []
    engine = runtime.current().database.engine

    def note(_connection, _cursor, statement, *_others):
        if statement.startswith("SELECT") and "FROM" in statement:
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    assert client.get(path).status_code == 200
    event.remove(engine, "before_cursor_execute", note)
    assert len(statements) == QUERIES[path], "\n\n".join(statements)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_speaks_the_language_of_the_visitor(visit, asked, language):
    client = visit("author")
    client.get(f"/language/{language}")
    for path in ("/requests/mine", f"/requests/{asked.id}", "/account"):
        assert f'<html lang="{language}"' in client.get(path).text
