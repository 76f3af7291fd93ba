"""Switching plugins on and off: what is chosen stands over instance.toml, without a restart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, select
from structlog.testing import capture_logs

from entraide import app as apps
from entraide import clock, database, runtime
from entraide.audit import AuditEntry
from entraide.directory import pausing
from entraide.directory.listing.models import Listing
from entraide.directory.listing.own_rows import list_offer
from entraide.directory.models import Organisation, Publication
from entraide.errors import Busy, Refused, StorageFull
from entraide.help_requests import pausing as request_pausing
from entraide.help_requests.models import RequestState
from entraide.jobs import Worker
from entraide.live import LiveSite, open_anew
from entraide.outbox.models import OutboxMessage
from entraide.plugins.choices import (
    Chosen,
    PausedKind,
    PluginChoice,
    check_choice,
    choose,
    is_paused,
)
from entraide.testing import add_member, add_offer, add_organisation, add_request, browser, log_in

OFF, ON = False, True
TOYS = Path(__file__).parents[2] / "plugins" / "flows" / "toys"
LESSON = {"level": "primary", "place": "family_home"}


def switch(site, name, *, to):
    with runtime.activate(site), database.writing() as session:
        choose(session, name=name, is_enabled=to, actor=None)


@pytest.fixture
def live(make_site, database_url):
    """A site with tutoring that is served and works, its choices followed when asked."""
    site = make_site(url=database_url, plugins=("tutoring", "outings"))
    apps.check_tables(site)
    apps.remember_classification(site)
    with runtime.activate(site), database.writing() as session:
        helper, parent = add_member(session, 1), add_member(session, 2, "parent")
        organisation = add_organisation(session, coordinator=helper)
        add_offer(
            session, kind="tutoring", actor=helper, organisation_id=organisation.id, payload=LESSON
        )
        add_request(session, kind="tutoring", actor=parent, payload=LESSON)
        add_member(session, 3, "administrator")
    opening = LiveSite(site, serves=True, works=False)
    yield opening
    opening.site.database.close()


def listed(site):
    with runtime.activate(site), database.reading() as session:
        return session.scalars(select(Listing.kind).where(Listing.type == "offer")).all()


@pytest.mark.parametrize(
    ("choices", "enabled"),
    [
        ({}, ("b", "a")),
        ({"b": OFF}, ("a",)),
        ({"d": ON, "c": ON}, ("b", "a", "c", "d")),
        ({"b": ON, "a": OFF, "c": ON}, ("b", "c")),
        ({"c": OFF}, ("b", "a")),
    ],
)
def test_what_is_chosen_stands_over_what_is_written(choices, enabled):
    assert Chosen(("b", "a"), choices).enabled == enabled


def test_a_kind_goes_and_comes_back_without_a_restart(live):
    before = live.site
    assert live.follow() is False
    assert listed(before) == ["tutoring"]
    switch(before, "tutoring", to=OFF)
    assert live.follow() is True
    assert live.site.clock is before.clock
    assert "tutoring" in before.kinds
    assert "tutoring" not in live.site.kinds
    assert listed(live.site) == []
    with runtime.activate(live.site):
        assert is_paused("tutoring")
    switch(live.site, "tutoring", to=ON)
    assert live.follow() is True
    assert listed(live.site) == ["tutoring"]
    with runtime.activate(live.site):
        assert not is_paused("tutoring")


def test_what_is_off_stays_off_when_the_site_is_opened_again(live):
    switch(live.site, "tutoring", to=OFF)
    again = apps.create_site(live.site.settings)
    assert again.settings.plugins == ("outings",)
    again.database.close()


def test_a_plugin_gets_its_tables_when_it_is_switched_on(live, install):
    install(TOYS, "toys")
    switch(live.site, "toys", to=ON)
    assert live.follow() is True
    assert "toys" in live.site.registry.modules
    assert {"toys_toy", "toys_loan"} <= set(inspect(live.site.database.engine).get_table_names())
    client = log_in(browser(live.app), "parent2@example.org")
    assert client.get("/toys/").status_code == 200


def test_what_was_not_shown_before_is_not_shown_afterwards(live):
    add_what_is_over(live.site)
    for choice in (OFF, ON):
        switch(live.site, "tutoring", to=choice)
        assert live.follow() is True
    assert listed(live.site) == ["tutoring"]


def add_what_is_over(site):
    """Add an offer and a request, of people of their own, that nobody sees any more."""
    with runtime.activate(site), database.writing() as session:
        helper, parent = add_member(session, 4), add_member(session, 5, "parent")
        organisation = session.scalars(select(Organisation)).first()
        options = {"kind": "tutoring", "organisation_id": organisation.id, "payload": LESSON}
        offer = add_offer(session, actor=helper, **options)
        request = add_request(session, kind="tutoring", actor=parent, payload=LESSON)
        offer.member_id = helper.id
        offer.publication, request.state = Publication.WITHDRAWN, RequestState.CLOSED
        list_offer(session, offer)


@pytest.mark.parametrize("to", [OFF, ON])
def test_a_choice_of_what_is_a_part_of_the_core_by_now_counts_no_more(live, to):
    with runtime.activate(live.site), database.writing() as session:
        session.add(PluginChoice(name="members", is_enabled=to, decided_at=clock.now()))
    again = apps.create_site(live.site.settings)
    assert again.settings.plugins == ("tutoring", "outings")
    assert "members" in again.registry.modules
    again.database.close()
    assert live.follow() is False


def test_authors_read_it_on_their_page_and_by_mail_after_thirty_days_once(live):
    add_what_is_over(live.site)
    switch(live.site, "tutoring", to=OFF)
    live.follow()
    site = live.site
    author = log_in(browser(apps.create_app(site)), "parent2@example.org")
    assert "En pause" in author.get("/requests/mine").get_data(as_text=True)
    with runtime.activate(site):
        for days, mails in ((0, 0), (29, 0), (2, 2), (1, 2)):
            site.clock.advance(timedelta(days=days))
            pausing.tell_authors()
            request_pausing.tell_authors()
            with database.reading() as session:
                keys = [
                    key for key in session.scalars(select(OutboxMessage.key)) if "paused" in key
                ]
                assert len(keys) == mails
        with database.reading() as session:
            paused = session.scalars(select(PausedKind)).one()
        assert paused.offers_ended_at
        assert paused.requests_ended_at


def test_a_plugin_that_rests_pauses_nothing(live, monkeypatch):
    monkeypatch.delenv("ENTRAIDE_STRICT")
    site = live.site
    site.registry.quarantined["tutoring"] = "It failed."
    del site.registry.modules["tutoring"], site.kinds["tutoring"]
    with runtime.activate(site), database.writing() as session:
        pausing.settle_pauses(session)
        assert not is_paused("tutoring")
    assert listed(site) == ["tutoring"]


@pytest.mark.parametrize(
    ("name", "to", "words"),
    [("tutorin", ON, "tutorin"), ("members", OFF, "members"), ("members", ON, "members")],
)
def test_what_cannot_be_switched_says_why(live, name, to, words):
    with runtime.activate(live.site), pytest.raises(Refused, match=words):
        check_choice(name, is_enabled=to)


def test_what_needs_another_goes_first_and_comes_last(live, distribution):
    distribution("charter", 'requires = ["tutoring"]\n', "")
    switch(live.site, "charter", to=ON)
    assert live.follow()
    with runtime.activate(live.site), pytest.raises(Refused, match="charter"):
        check_choice("tutoring", is_enabled=OFF)
    for name in ("charter", "tutoring"):
        switch(live.site, name, to=OFF)
        assert live.follow()
    with runtime.activate(live.site), pytest.raises(Refused, match="tutoring"):
        check_choice("charter", is_enabled=ON)


def test_each_choice_stands_in_the_journal(live):
    switch(live.site, "tutoring", to=OFF)
    with runtime.activate(live.site), database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.subject == "tutoring")).one()
    assert entry.action == "plugins.disable"


def test_a_site_that_cannot_be_opened_anew_goes_on_as_it_is(live):
    site = live.site
    (site.settings.secret_file).rename(site.settings.state / "elsewhere")
    switch(site, "tutoring", to=OFF)
    with pytest.raises(Exception, match="secret"):
        live.follow()
    assert live.site is site
    assert live.follow() is False


def test_processes_that_follow_at_the_same_moment_do_the_work_once(live):
    # As a server and a worker do, whose database is not SQLite.
    for to in (OFF, ON, OFF):
        switch(live.site, "tutoring", to=to)
        chosen = Chosen(live.site.settings.plugins, {"tutoring": to})
        with ThreadPoolExecutor(4) as pool:
            openings = list(pool.map(open_anew, [live.site] * 4, [chosen] * 4))
        for opening in openings:
            opening.database.close()
        assert listed(live.site) == (["tutoring"] if to else [])


def test_jobs_that_could_not_start_are_started_at_the_next_look(live, monkeypatch):
    # Else the thread that follows would end, and nobody would do the jobs any more.
    with runtime.activate(live.site):
        at_work = LiveSite(live.site, serves=False, works=True)
    starts = []

    def start(worker):
        starts.append(worker)
        if len(starts) == 2:
            raise OSError("no room")
        if len(starts) == 3:
            at_work._stop.set()

    monkeypatch.setattr(Worker, "start", start)
    monkeypatch.setattr("entraide.live.LOOK_SECONDS", 0.01)
    at_work._start_worker()
    switch(live.site, "tutoring", to=OFF)
    with capture_logs() as logs:
        at_work._watch()
    assert [worker.site is at_work.site for worker in starts] == [False, True, True]
    assert [line["event"] for line in logs].count("jobs-not-started") == 1
    at_work.site.database.close()


@pytest.mark.parametrize("passing", [Busy("saved"), StorageFull("full")])
def test_what_passes_is_tried_again_and_told_once(live, monkeypatch, passing):
    site, attempts = live.site, []

    def fail(*_arguments):
        attempts.append(1)
        raise passing

    switch(site, "tutoring", to=OFF)
    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(apps, "remember_classification", fail)
        for _look in range(3):
            live._follow_at_once()
    assert len(attempts) == 3
    assert [line["event"] for line in logs].count("plugins-not-changed") == 1
    assert live.follow() is True
    assert listed(live.site) == []
