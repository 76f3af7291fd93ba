"""Asking first, and showing only what somebody can do now."""

import pytest

from entraide import database
from entraide.help_requests import service
from entraide.help_requests.models import Answer, HelpRequest
from entraide.testing import browser, csrf_of, log_in


@pytest.fixture
def visit(app, people):
    """Give a function that returns a browser in which somebody is logged in."""
    return lambda name: log_in(browser(app), people[name].email)


@pytest.fixture
def paths(asked, answered):
    """Give the addresses that ask first, by their last word."""
    request, answer = f"/requests/{asked.id}", f"/requests/{asked.id}/answers/{answered.id}"
    return {
        "close": f"{request}/close",
        "done": f"{request}/close?reason=done",
        "decline": f"{answer}/decline",
        "withdraw": f"{answer}/withdraw",
        "agree": f"{answer}/agree",
        "page": request,
    }


def state_of(asked, answered):
    with database.reading() as session:
        return (
            session.get_one(HelpRequest, asked.id).state,
            session.get_one(Answer, answered.id).state,
        )


def press(client, path):
    """Open a page that asks first and press its button; return the page after that."""
    form = client.get(path).text
    path = path.partition("?")[0]
    reason = "done" if 'value="done"' in form else "closed"
    data = {"csrf_token": csrf_of(form), "reason": reason}
    return client.post(path, data=data, follow_redirects=True)


ACTS = {
    "close": ("author", ("closed", "closed"), "La demande est fermée."),
    "decline": ("author", ("open", "declined"), "Vous avez dit non."),
    "withdraw": ("volunteer", ("open", "withdrawn"), "Votre réponse est retirée."),
}


@pytest.mark.parametrize("act", ACTS)
def test_it_asks_first_then_says_what_happened(visit, asked, answered, paths, act):
    who, after, words = ACTS[act]
    client = visit(who)
    assert f'href="{paths[act]}"' in client.get(paths["page"]).text
    asking = client.get(paths[act])
    assert asking.status_code == 200
    assert "Non, revenir" in asking.text
    assert state_of(asked, answered) == ("answered", "sent")
    page = press(client, paths[act])
    assert page.status_code == 200
    assert words in page.text
    assert state_of(asked, answered) == after
    assert client.get(paths[act]).status_code in (404, 409)


@pytest.mark.parametrize(
    ("act", "who"),
    [
        ("close", "volunteer"),
        ("close", "parent"),
        ("decline", "volunteer"),
        ("decline", "moderator"),
        ("withdraw", "author"),
        ("withdraw", "parent"),
    ],
)
def test_nobody_else_is_asked(visit, paths, act, who):
    assert visit(who).get(paths[act]).status_code in (404, 409)


def test_a_request_that_is_not_agreed_cannot_be_done(visit, paths):
    assert visit("author").get(paths["done"]).status_code == 409


def test_each_side_sees_its_button_when_it_is_its_turn(visit, asked, answered, paths):
    author, helper = visit("author"), visit("volunteer")
    turns = [("author", True, False), ("volunteer", False, True), ("nobody", False, False)]
    for whose, author_can, helper_can in turns:
        shown = [
            f'action="{paths["agree"]}"' in one.get(paths["page"]).text for one in (author, helper)
        ]
        assert shown == [author_can, helper_can]
        if whose != "nobody":
            client = author if whose == "author" else helper
            token = csrf_of(client.get(paths["page"]).text)
            said = client.post(paths["agree"], data={"csrf_token": token}, follow_redirects=True)
            assert ("Vous avez dit oui" if whose == "author" else "vous écrire") in said.text
    assert state_of(asked, answered) == ("matched", "agreed")
    assert "Merci" in press(author, paths["done"]).text
    assert state_of(asked, answered)[0] == "done"


def test_a_helper_who_agreed_takes_it_back_after_being_asked(visit, people, asked, answered, paths):
    for name in ("author", "volunteer"):
        with database.writing() as session:
            answer = session.get_one(Answer, answered.id)
            service.agree(session, answer=answer, actor=people[name])
    helper = visit("volunteer")
    assert "cherche de nouveau" in helper.get(paths["withdraw"]).text
    press(helper, paths["withdraw"])
    assert state_of(asked, answered) == ("open", "withdrawn")


def test_a_helper_who_was_not_chosen_is_offered_no_button(visit, people, asked, answered, paths):
    with database.writing() as session:
        answer = session.get_one(Answer, answered.id)
        service.decline_answer(session, answer=answer, actor=people["author"])
    page = visit("volunteer").get(paths["page"]).text
    assert "/withdraw" not in page
    assert "/agree" not in page
