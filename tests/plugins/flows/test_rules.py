"""What is particular to a plugin: outings lie ahead, sponsorships go through an association."""

from dataclasses import replace
from datetime import timedelta

import pytest

from entraide import clock, database, hooks, policy, runtime
from entraide.errors import BadInput
from entraide.help_requests.models import HelpRequest
from entraide.kinds import RemoteOffer
from entraide.testing import add_member, add_offer, add_organisation

PLUGINS = ("sponsorship", "tutoring", "outings")


@pytest.fixture
def site(make_site, database_url):
    with runtime.activate(make_site(url=database_url, plugins=PLUGINS)) as opened:
        yield opened


def schedule_in(**delay):
    return {"starts": clock.rfc3339(clock.now() + timedelta(**delay)), "timezone": "Europe/Paris"}


WEEKLY = {"rrule": "FREQ=WEEKLY;BYDAY=SA"}


@pytest.mark.parametrize(
    ("delay", "more", "is_accepted"), [(1, {}, True), (-1, {}, False), (-1, WEEKLY, True)]
)
def test_an_outing_lies_ahead(site, delay, more, is_accepted):
    schedule = schedule_in(days=delay) | more
    with database.writing() as session:
        organisation = add_organisation(session)
        options = {"kind": "outing", "organisation_id": organisation.id, "schedule": schedule}
        if is_accepted:
            assert add_offer(session, **options).publication == "public"
        else:
            with pytest.raises(BadInput) as refused:
                add_offer(session, **options)
            assert "schedule" in refused.value.errors


@pytest.mark.parametrize("has_organisation", [True, False])
def test_a_sponsorship_goes_through_an_association(site, has_organisation):
    with database.writing() as session:
        member, organisation = add_member(session, 1, "volunteer"), add_organisation(session)
        options = {"kind": "sponsorship", "actor": member}
        if has_organisation:
            assert add_offer(session, **options, organisation_id=organisation.id)
        else:
            with pytest.raises(BadInput) as refused:
                add_offer(session, **options)
            assert "organisation" in refused.value.errors


@pytest.mark.parametrize(
    ("kind", "is_coordinator", "expected"),
    [
        ("sponsorship", True, True),
        ("sponsorship", False, False),
        ("tutoring", False, True),
    ],
)
def test_only_coordinators_answer_a_request_for_a_sponsor(site, kind, is_coordinator, expected):
    with database.writing() as session:
        author, helper = add_member(session, 1, "parent"), add_member(session, 2, "volunteer")
        add_organisation(session, coordinator=helper if is_coordinator else None)
        request = HelpRequest(member_id=author.id, kind=kind, state="open", answers=[])
        opinions = hooks.ask("may", member=helper, action="help_requests.answer", subject=request)
        assert all(said.value for said in opinions) is expected
        assert policy.allowed(helper, "help_requests.answer", request) is expected


OUTING = RemoteOffer(
    uid="https://peer.example/federation/o/1",
    origin="https://peer.example",
    kind="outing",
    title="Sortie",
    summary="",
    payload={},
)


@pytest.mark.parametrize(
    ("kind", "delay", "more", "is_refused"),
    [
        ("outing", 1, {}, False),
        ("outing", -1, {}, True),
        ("outing", -1, WEEKLY, False),
        ("tutoring", -1, {}, False),
    ],
)
def test_a_past_outing_of_another_site_stays_hidden(site, kind, delay, more, is_refused):
    offer = replace(OUTING, kind=kind, schedule=schedule_in(days=delay) | more)
    opinions = hooks.ask("accept_remote_offer", offer=offer, peer="https://hub.example")
    assert (False in [said.value for said in opinions]) is is_refused


@pytest.mark.parametrize(
    ("moment", "zone", "is_ahead"),
    [
        ("2026-11-22T09:30", "Europe/Paris", False),
        ("2026-11-22T10:30", "Europe/Paris", True),
        ("2026-11-22T12:30", "Indian/Reunion", False),
        ("2026-11-22T13:30", "Indian/Reunion", True),
        ("2026-11-22T05:30", "America/Martinique", True),
        ("2026-11-22T10:30", "Mars/Base", True),
    ],
)
def test_a_local_time_counts_in_its_own_zone(site, moment, zone, is_ahead):
    offer = replace(OUTING, schedule={"starts": moment, "timezone": zone})
    opinions = hooks.ask("accept_remote_offer", offer=offer, peer="https://hub.example")
    assert (False not in [said.value for said in opinions]) is is_ahead
