"""Terms of keeping: what is stated is kept by the job, on both databases, with a moved clock."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import Column, Date, Integer, MetaData, Table, Text, Uuid, insert, select, text
from sqlalchemy.exc import DBAPIError

from entraide import app as apps
from entraide import clock, database, privacy, runtime
from entraide.answers.models import OfferAnswer
from entraide.answers.service import AnswerInput, answer_offer
from entraide.classification import Marking
from entraide.database.columns import UtcDateTime
from entraide.directory.models import Offer
from entraide.help_requests import service
from entraide.help_requests.models import Answer, HelpRequest
from entraide.ids import new_id
from entraide.kinds import JobRun
from entraide.privacy import terms
from entraide.testing import add_answer, add_member, add_offer, add_request, browser, log_in

STATED = {
    ("help_requests_request", "details"),
    ("help_requests_answer", "message"),
    ("answers_answer", "message"),
    ("answers_answer", "details"),
}
"""Every term that a table of the core declares."""
PAYLOAD = {"goals": "canari-but", "language": "canari-langue", "levels": ["6e"]}


@pytest.fixture
def site(make_site, database_url):
    with runtime.activate(make_site(url=database_url, plugins=("tutoring",))) as opened:
        yield opened


@pytest.fixture
def parent(site):
    """Give a member with three requests: open, closed, and matched; each was answered."""
    with database.writing() as session:
        parent, helper = add_member(session, 1, "parent"), add_member(session, 2, "volunteer")
        for number in range(3):
            request = add_request(session, number, kind="tutoring", actor=parent, payload=PAYLOAD)
            answer = add_answer(session, request=request, actor=helper, message="canari-mot")
            if number == 1:
                service.close_request(session, request=request, actor=parent, reason="closed")
            if number == 2:
                service.agree(session, answer=answer, actor=parent)
                service.agree(session, answer=answer, actor=helper)
        add_offer(session, kind="tutoring", actor=parent, payload=PAYLOAD)
        offer = add_offer(session, kind="tutoring", payload=PAYLOAD)
        given = AnswerInput(message="canari-mot", details={"to_know": "canari"})
        answer_offer(session, offer=offer, actor=helper, given=given)
        return parent


def run_jobs(site, *hours):
    """Run every job of the core now and so many hours later, as a worker does more often."""
    for pause in hours or (1, 24, 1):
        for job in apps.jobs_of(site):
            if job.is_local:
                continue
            try:
                job.function(JobRun(clock.now() + timedelta(seconds=job.time_limit), lambda: False))
            except terms.UncertainClock:
                assert job.name == "privacy.forget"
        site.clock.advance(timedelta(hours=pause))


def kept():
    with database.reading() as session:
        details = [one for one in session.scalars(select(HelpRequest.details)) if one]
        messages = [one for one in session.scalars(select(Answer.message)) if one]
        offers = [one for one in session.scalars(select(Offer.details)) if one]
        given = select(OfferAnswer.message, OfferAnswer.details)
        answers = [word for row in session.execute(given) for word in row if word]
        return len(details), len(messages), len(offers), len(answers)


def test_before_its_term_everything_is_kept(site, parent):
    run_jobs(site)
    site.clock.advance(timedelta(days=361))
    run_jobs(site)
    assert kept() == (3, 3, 2, 2)


@pytest.mark.parametrize("leap", [timedelta(days=400), timedelta(days=4 * 365)])
@pytest.mark.parametrize("ran_before", [True, False])
def test_after_its_term_nothing_stated_is_kept(site, parent, leap, ran_before, tmp_path):
    if ran_before:
        run_jobs(site, 1)
    site.clock.advance(leap)
    run_jobs(site)
    assert kept() == (0, 0, 2, 0)
    client = log_in(browser(apps.create_app(site)), parent.email)
    with database.reading() as session:
        paths = [f"/requests/{one}" for one in session.scalars(select(HelpRequest.id))]
        archive = privacy.export_member(session, parent.id, tmp_path / "export.zip")
    pages = [client.get(path) for path in paths]
    assert {page.status_code for page in pages} == {200}
    assert all("n’est plus gardé" in page.text for page in pages)
    with ZipFile(archive) as files:
        stated = json.loads(files.read("manifest.json"))["tables"]
        rows = json.loads(files.read("data/help_requests_request.json"))
    assert stated["help_requests_request"]["columns"]["details"]["retention"]
    assert [row["details"] for row in rows] == [None, None, None]


def test_an_export_states_the_terms_that_are_kept_and_no_other(site, parent, tmp_path):
    with database.reading() as session:
        archive = privacy.export_member(session, parent.id, tmp_path / "export.zip")
    with ZipFile(archive) as files:
        manifest = json.loads(files.read("manifest.json"))
        page = files.read("index.html").decode()
    stated = {
        (table, column)
        for table, about in manifest["tables"].items()
        for column, mark in about["columns"].items()
        if "retention" in mark
    }
    assert stated == {("help_requests_request", "details")}
    assert "retention" not in json.dumps(manifest["kinds"])
    assert manifest["kinds"]["tutoring"]["fields"]["goals"]["readers"] == {
        "offer": "participant",
        "request": "chosen",
    }
    assert "effacé 1 an après\u00a0: à confirmer au plus tard le" in page
    assert "durées de conservation" not in page


def test_a_clock_that_leaps_and_comes_back_empties_nothing(site, parent):
    run_jobs(site, 1)
    site.clock.advance(timedelta(days=4000))
    run_jobs(site, 1, 19)
    assert kept() == (3, 3, 2, 2)
    site.clock.advance(-timedelta(days=4000))
    run_jobs(site)
    assert kept() == (3, 3, 2, 2)


def test_the_job_says_that_the_clock_is_uncertain_and_from_when_it_goes_on(site, parent):
    run = JobRun(clock.now() + timedelta(days=9000), lambda: False)
    terms.forget_overdue(run)
    site.clock.advance(timedelta(days=700))
    with pytest.raises(terms.UncertainClock, match=r"emptied from 2028-10-23T\d\d:00:00Z on"):
        terms.forget_overdue(run)
    site.clock.advance(timedelta(days=1))
    terms.forget_overdue(run)
    assert kept() == (0, 0, 2, 0)


def test_a_site_where_nobody_ever_did_anything_is_certain_at_once(site):
    terms.forget_overdue(JobRun(clock.now() + timedelta(days=1), lambda: False))


def test_many_rows_are_emptied_batch_by_batch_until_told_to_stop(site, parent, monkeypatch):
    monkeypatch.setattr(terms, "BATCH", 1)
    terms.forget_overdue(JobRun(clock.now() + timedelta(days=1), lambda: False))
    for _ in range(300):
        site.clock.advance(timedelta(days=2))
        terms.forget_overdue(JobRun(clock.now() + timedelta(days=1), lambda: True))
    assert kept() == (3, 3, 2, 2)
    terms.forget_overdue(JobRun(clock.now(), lambda: False))
    assert kept() == (3, 3, 2, 2)
    terms.forget_overdue(JobRun(clock.now() + timedelta(days=1), lambda: False))
    assert kept() == (0, 0, 2, 0)


def test_every_declared_term_of_the_core_and_of_plugins_is_kept(make_site):
    make_site(plugins=("federation", "tutoring", "outings", "sponsorship"))
    tables = database.metadata.tables.values()
    assert terms.unkept(tables) == []
    found = {(one.table.name, one.column.name) for one in terms.terms_of()}
    assert found == STATED


def note(retention, *, is_nullable=True, since: Any = UtcDateTime):
    mark = Marking("personal", "staff", "technical", retention=retention)
    return Table(
        "box_note",
        MetaData(),
        Column("id", Uuid, primary_key=True),
        Column("words", Text, nullable=is_nullable, info={"mark": mark}),
        Column("ends_on", since),
        Column("plain", Integer),
    )


@pytest.mark.parametrize(
    ("table", "is_kept"),
    [
        (note("P2D after ends_on"), True),
        (note("P2M after ends_on", since=Date), True),
        (note("P2D after ends_on", is_nullable=False), False),
        (note("P2D"), False),
        (note("P2D after plain"), False),
        (note("P2D after nowhere"), False),
        (note("P999Y after ends_on"), True),
        (note("P1000Y after ends_on"), False),
        (note("P9999Y after ends_on"), False),
    ],
)
def test_a_term_that_nothing_could_keep_is_refused_with_its_remedy(table, is_kept):
    for plugin in ("box", ""):
        sentences = terms.unkept([table], plugin)
        assert len(sentences) == (not is_kept)
        for words in sentences:
            assert words.removeprefix("Plugin box: ").startswith("box_note.words declares the term")
            assert "or leave the term out" in words
    assert len(list(terms.terms_of([table]))) == is_kept


@pytest.mark.parametrize("retention", ["P9999D", "P9999M", "P999Y"])
@pytest.mark.parametrize("since", [UtcDateTime, Date])
def test_the_longest_term_still_has_a_limit(site, retention, since):
    (term,) = terms.terms_of([note(f"{retention} after ends_on", since=since)])
    limit = term.limit()
    assert limit < (clock.today() if since is Date else clock.now())


@pytest.mark.parametrize(("day", "is_empty"), [(-40, True), (-20, False)])
def test_a_day_counts_like_a_moment(site, monkeypatch, day, is_empty):
    table = note("P1M after ends_on", since=Date)
    with database.writing() as session:
        table.create(session.connection())
        row = {"id": new_id(), "words": "x", "ends_on": clock.today() + timedelta(days=day)}
        session.execute(insert(table).values(row))
    monkeypatch.setattr(database.metadata, "tables", {"box_note": table})
    terms.forget_overdue(JobRun(clock.now() + timedelta(days=1), lambda: False))
    with database.reading() as session:
        assert (session.scalar(select(table.c.words)) is None) == is_empty


def test_a_table_that_is_missing_keeps_no_other_term_waiting(site, parent):
    run = JobRun(clock.now() + timedelta(days=9000), lambda: False)
    with database.writing() as session:
        session.execute(text("ALTER TABLE help_requests_answer RENAME TO elsewhere"))
    for _ in range(300):
        with pytest.raises(DBAPIError):
            terms.forget_overdue(run)
        site.clock.advance(timedelta(days=2))
    with database.reading() as session:
        assert None in session.scalars(select(HelpRequest.details)).all()
