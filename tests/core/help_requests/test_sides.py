"""The request side of the posting steps, and what the feature registers."""

from datetime import timedelta

import pytest

from entraide import clock, database, hooks, runtime
from entraide.app import jobs_of
from entraide.directory.offers.schemas import OfferInput
from entraide.errors import BadInput
from entraide.help_requests.models import HelpRequest
from entraide.help_requests.sides import SIDES
from entraide.kinds import JobRun
from entraide.testing import in_days


def draft(**changes):
    values = {
        "kind": "loan",
        "title": "Une échelle",
        "summary": "Pour un jour.",
        "seats": 3,
        "territory": ["58079"],
        "schedule": None,
        "verify_by": in_days(9),
        "payload": {"item": "Échelle", "street": "rue Exemple"},
        "organisation_id": None,
    } | changes
    return OfferInput(**values)


def test_a_complete_draft_becomes_a_request(people):
    side = SIDES["request"]
    assert (side.name, side.action) == ("request", "help_requests.ask")
    with database.writing() as session:
        path = side.submit(session, people["author"], draft())
        request = session.query(HelpRequest).one()
        assert path == f"/requests/{request.id}"
        assert request.payload == {"item": "Échelle"}
        assert request.details == {"street": "rue Exemple"}
        assert request.state == "open"


def test_a_draft_that_cannot_be_is_refused(people):
    with database.writing() as session, pytest.raises(BadInput):
        SIDES["request"].submit(session, people["author"], draft(verify_by=in_days(-1)))


EVENT = {
    "starts": "2026-12-06T14:00:00Z",
    "ends": "2026-12-06T16:00:00Z",
    "timezone": "Europe/Paris",
}


@pytest.mark.parametrize(
    ("days", "weekly", "kept"),
    [(0, False, 0), (-1, False, -1), (8, False, 0), (8, True, 8), (300, False, 0)],
)
def test_no_answer_is_awaited_after_the_event(people, days, weekly, kept):
    # Days are counted from the event.
    event = in_days(20)
    starts = f"{event}T12:00:00Z"
    schedule = EVENT | {"starts": starts, "ends": starts}
    if weekly:
        schedule["rrule"] = "FREQ=WEEKLY"
    with database.writing() as session:
        given = draft(verify_by=event + timedelta(days=days), schedule=schedule)
        SIDES["request"].submit(session, people["author"], given)
        request = session.query(HelpRequest).one()
        assert request.verify_by == event + timedelta(days=kept)


def test_an_event_that_has_passed_is_refused(people):
    with database.writing() as session, pytest.raises(BadInput):
        SIDES["request"].submit(
            session,
            people["author"],
            draft(
                schedule=EVENT | {"starts": "2020-01-05T12:00:00Z", "ends": "2020-01-05T14:00:00Z"}
            ),
        )


@pytest.mark.parametrize(
    ("name", "urls"),
    [
        ("author", ["/requests/mine"]),
        ("parent", ["/requests/mine"]),
        ("volunteer", ["/requests", "/requests/mine"]),
        ("coordinator", ["/requests", "/requests/mine"]),
    ],
)
def test_the_menu_leads_to_what_one_may_open(people, name, urls):
    links = [
        said.value.url
        for said in hooks.ask_plugin("help_requests", "navigation_links", member=people[name])
    ]
    assert [url for url in links if url.startswith("/requests")] == urls


def test_visitors_have_no_requests_in_their_menu(site):
    links = [
        said.value.url
        for said in hooks.ask_plugin("help_requests", "navigation_links", member=None)
    ]
    assert not [url for url in links if url.startswith("/requests")]


def test_the_worker_ends_what_is_over(people, asked):
    site = runtime.current()
    job = next(one for one in jobs_of(site) if one.name == "help_requests.expire")
    site.clock.advance(in_days(31) - clock.today())
    job.function(JobRun(clock.now(), lambda: False))
    with database.reading() as session:
        assert session.get_one(HelpRequest, asked.id).state == "expired"
