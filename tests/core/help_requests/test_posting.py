"""The request side of the posting steps, and what the feature registers."""

import pytest

from entraide import clock, database, hooks, runtime
from entraide.app import jobs_of
from entraide.errors import BadInput
from entraide.help_requests.models import HelpRequest
from entraide.help_requests.posting import SIDES
from entraide.kinds import JobRun
from entraide.testing import in_days


def draft(**changes):
    return {
        "kind": "loan", "title": "Une échelle", "summary": "Pour un jour.", "places": 3,
        "territory": ["58079"], "schedule": None, "verify_by": in_days(9),
        "payload": {"item": "Échelle", "street": "rue Exemple"}, "organisation_id": None,
    } | changes  # fmt: skip


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


@pytest.mark.parametrize(
    ("name", "urls"),
    [
        ("author", ["/requests/mine"]), ("parent", ["/requests/mine"]),
        ("volunteer", ["/requests", "/requests/mine"]),
        ("coordinator", ["/requests", "/requests/mine"]),
    ],
)  # fmt: skip
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
