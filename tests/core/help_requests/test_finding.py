"""Who sees a request, in which state, and what of it."""

from datetime import timedelta

import pytest

from entraide import database, runtime
from entraide.app import create_app
from entraide.errors import BadInput, Forbidden, IllegalTransition, NotFound
from entraide.help_requests import service
from entraide.help_requests.finding import kinds_and_communes, own_answers, own_requests
from entraide.help_requests.models import HelpRequest
from entraide.hook_registry import Implementation
from entraide.ids import new_id
from entraide.testing import (
    add_answer,
    add_member,
    add_organisation,
    add_request,
    browser,
    in_days,
    log_in,
)

from .conftest import ACTORS, HELPERS


def sees(actor, request_id):
    with database.reading() as session:
        try:
            service.find_request(session, actor=actor, request_id=request_id)
        except NotFound:
            return False
        return True


def listed(actor, **wanted):
    with database.reading() as session:
        page = service.visible_requests(session, actor=actor, **wanted)
        return [request.title for request in page.items]


def close(people, asked):
    with database.writing() as session:
        request = session.get_one(HelpRequest, asked.id)
        service.close_request(session, request=request, actor=people["author"], reason="closed")


def match(people, asked):
    with database.writing() as session:
        request = session.get_one(HelpRequest, asked.id)
        other = add_answer(session, request=request, actor=people["moderator"])
        answer = add_answer(session, request=request, actor=people["volunteer"])
        for name in ("author", "volunteer"):
            service.agree(session, answer=answer, actor=people[name])
        return other.id


def pass_the_last_day(people, asked):
    runtime.current().clock.advance(timedelta(days=31))


def lose_the_kind(people, asked):
    del runtime.current().kinds["loan"]


@pytest.mark.parametrize(
    ("change", "who"),
    [
        (None, {"author", *HELPERS}),
        (close, {"author"}),
        (match, {"author", "volunteer", "moderator"}),
        (pass_the_last_day, {"author"}),
        (lose_the_kind, {"author"}),
    ],
)
def test_who_sees_a_request(people, asked, change, who):
    if change:
        change(people, asked)
    assert {name for name in ACTORS if sees(people[name], asked.id)} == who
    assert not sees(None, asked.id)
    assert not sees(people["author"], new_id())
    in_lists = {name for name in HELPERS if listed(people[name])}
    assert in_lists == (set(HELPERS) if change is None else set())


@pytest.mark.parametrize("kind", ["loan", "care"])
def test_only_those_whom_the_staff_chose_see_any_request(people, kind):
    with database.writing() as session:
        add_request(session, kind=kind, actor=people["author"])
    for name in HELPERS:
        assert listed(people[name]) == ["Demande exemple 1"]
    for name in ("author", "parent"):
        with pytest.raises(Forbidden):
            listed(people[name])


def test_the_coordinator_of_a_hidden_organisation_is_no_helper(people, asked):
    with database.writing() as session:
        member = add_member(session, 9)
        add_organisation(session, 9, member, publication="draft")
    assert not sees(member, asked.id)


def test_lists_filter_by_kind_and_commune_and_leave_out_ones_own(people):
    with database.writing() as session:
        for number, (kind, place) in enumerate(
            [("loan", "58079"), ("care", "58079"), ("loan", "75118")], 1
        ):
            add_request(
                session, number, kind=kind, actor=people["author"], territory=[place, "58194"]
            )
            runtime.current().clock.advance(timedelta(minutes=1))
        add_request(session, 4, kind="loan", actor=people["volunteer"])
    titles = {number: f"Demande exemple {number}" for number in range(1, 5)}
    helper = people["volunteer"]
    assert listed(helper) == [titles[3], titles[2], titles[1]]
    assert listed(helper, kinds=["loan"]) == [titles[3], titles[1]]
    assert listed(helper, territory="58079") == [titles[2], titles[1]]
    assert listed(helper, kinds=["loan"], territory="75118") == [titles[3]]
    assert listed(helper, territory="%") == []
    with database.reading() as session:
        assert kinds_and_communes(session, actor=helper)[1] == {"58079", "58194", "75118"}


def test_pages_follow_each_other_without_gap_or_repeat(people):
    with database.writing() as session:
        for number in range(5):
            add_request(session, number, kind="loan", actor=people["author"])
            runtime.current().clock.advance(timedelta(minutes=1))
    found, after = [], None
    with database.reading() as session:
        for _page in range(3):
            page = service.visible_requests(
                session, actor=people["volunteer"], after=after, limit=2
            )
            found += [request.title for request in page.items]
            after = page.after
        own = own_requests(session, actor=people["author"], limit=2)
    assert found == [f"Demande exemple {number}" for number in (4, 3, 2, 1, 0)]
    assert after is None
    assert [request.title for request in own.items] == found[:2]


def test_a_plugin_may_hide_a_request(people, asked):
    registry = runtime.current().registry

    def may(member, action, subject):
        return False if action == "help_requests.see" else None

    arguments = ("member", "action", "subject")
    registry.implementations["may"].append(Implementation("lending", may, arguments))
    assert listed(people["volunteer"]) == []
    assert not sees(people["volunteer"], asked.id)


def test_nobody_answers_their_own_request(people):
    with database.writing() as session:
        request = add_request(session, kind="loan", actor=people["volunteer"])
        with pytest.raises(Forbidden):
            add_answer(session, request=request, actor=people["volunteer"])


def test_a_declined_helper_still_reads_the_thanks(people, asked):
    other = match(people, asked)
    with database.reading() as session:
        assert [one.id for one in own_answers(session, actor=people["moderator"])] == [other]


def test_an_answer_is_found_by_its_two_sides_only(people, asked, answered):
    with database.writing() as session:
        other = add_request(session, 2, kind="loan", actor=people["parent"])
        request = session.get_one(HelpRequest, asked.id)
        for name in ("author", "volunteer"):
            service.find_answer(session, request=request, actor=people[name], answer_id=answered.id)
        for found, name, answer_id in (
            (request, "moderator", answered.id),
            (other, "parent", answered.id),
            (request, "author", new_id()),
        ):
            with pytest.raises(NotFound):
                service.find_answer(session, request=found, actor=people[name], answer_id=answer_id)


def test_one_answers_for_ones_own_association_only(people, asked):
    with database.writing() as session:
        request = session.get_one(HelpRequest, asked.id)
        other = add_organisation(session, 2)
        for name in ("coordinator", "volunteer"):
            with pytest.raises(BadInput):
                add_answer(session, request=request, actor=people[name], organisation_id=other.id)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "course"}, "kind"),
        ({"kind": "nothing"}, "kind"),
        ({"territory": ["00000"]}, "territory"),
        ({"verify_by": -1}, "verify_by"),
    ],
)
def test_what_a_request_cannot_be(people, values, field):
    if "verify_by" in values:
        values = {"verify_by": in_days(values["verify_by"])}
    with database.writing() as session, pytest.raises(BadInput) as refused:
        add_request(session, actor=people["author"], **({"kind": "loan"} | values))
    assert field in refused.value.errors


def test_requests_expire_the_day_after_their_last_one(people, asked, answered):
    clock = runtime.current().clock
    clock.advance(timedelta(days=30))
    assert service.expire_requests() == 0
    clock.advance(timedelta(days=1))
    assert (service.expire_requests(), service.expire_requests()) == (1, 0)
    with database.writing() as session:
        request = session.get_one(HelpRequest, asked.id)
        assert (request.state, request.answers[0].state) == ("expired", "expired")
        with pytest.raises(IllegalTransition):
            service.close_request(session, request=request, actor=people["author"], reason="closed")
        with pytest.raises(BadInput):
            service.reopen_request(
                session, request=request, actor=people["author"], verify_by=in_days(-1)
            )
        service.reopen_request(
            session, request=request, actor=people["author"], verify_by=in_days(0)
        )
    assert listed(people["volunteer"]) == ["Demande canari"]


def test_a_match_does_not_expire(people, asked):
    match(people, asked)
    runtime.current().clock.advance(timedelta(days=60))
    assert service.expire_requests() == 0


ANSWERERS = {
    "tutoring": "un bénévole ou une association vous répond",
    "sponsorship": "une association vous répond",
    "outing": "un bénévole ou une association vous répond",
}


def test_who_answers_is_said_as_the_rules_decide_it(make_site, database_url):
    """The next step names who may answer, and the filter offers nobody what is not theirs."""
    opened = make_site(url=database_url, plugins=("sponsorship", "tutoring", "outings"))
    with runtime.activate(opened):
        with database.writing() as session:
            author, volunteer = (
                add_member(session, 1, "parent"),
                add_member(session, 2, "volunteer"),
            )
            coordinator = add_member(session, 3)
            add_organisation(session, coordinator=coordinator)
            ids = {kind: add_request(session, kind=kind, actor=author).id for kind in ANSWERERS}
        app = create_app(opened)
        client = log_in(browser(app), author.email)
        for kind, words in ANSWERERS.items():
            for path in (f"/requests/{ids[kind]}", "/requests/mine"):
                assert f"Prochaine étape\xa0: {words}." in client.get(path).text
        for helper, is_offered in ((volunteer, False), (coordinator, True)):
            shown = log_in(browser(app), helper.email).get("/requests").text
            assert "kind=tutoring" in shown
            assert ("kind=sponsorship" in shown) is is_offered
