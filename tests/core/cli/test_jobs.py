"""`entraide jobs`: what runs when, and one of it now, never beside its worker."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from click.testing import CliRunner

from entraide import runtime
from entraide.app import create_site, read_settings, remember_classification
from entraide.cli import entraide
from entraide.cli.jobs import period_in_words
from entraide.clock import now
from entraide.jobs import leases, presence
from entraide.jobs.alone import running_alone
from entraide.jobs.worker import Schedule
from entraide.kinds import Job

TEA = '''"""Boils water."""
from entraide import *

def boil(run):
    assert not run.should_stop()
    print("boiled before", run.deadline.year)

def spill(run):
    raise KeyError("cup")

@hookimpl
def register_jobs():
    yield Job("tea.boil", boil, period=86_400)
    yield Job("tea.spill", spill, period=90)
    yield Job("tea.wash", boil, period=5, is_local=True)
'''


@pytest.fixture
def folder(make_site, database_url, monkeypatch):
    monkeypatch.setenv("ENTRAIDE_DATABASE_URL", database_url)
    site = make_site(url=database_url, plugins=("tea",), files={"plugins/tea.py": TEA})
    remember_classification(site)
    return site.settings.folder


def run(folder, *arguments):
    return CliRunner().invoke(entraide, ["--instance", str(folder), "jobs", *arguments])


def lines(folder):
    result = run(folder)
    assert result.exit_code == 0, result.exception
    return dict(line.split("  ", 1) for line in result.output.splitlines())


@pytest.fixture
def opened(folder):
    site = create_site(read_settings(folder))
    with runtime.activate(site):
        yield site
    site.database.close()


def test_the_list_says_how_often_when_last_and_when_next(folder):
    assert lines(folder)["tea.boil"] == "every day; has not run yet"
    assert lines(folder)["tea.wash"] == "every 5 s; on each machine with a worker"
    result = run(folder, "run", "tea.boil")
    assert "boiled before" in result.output
    assert "tea.boil ran in 0.0 s." in result.output
    assert lines(folder)["tea.boil"].startswith("every day; last run 20")
    assert lines(folder)["tea.boil"].endswith(" UTC, no worker runs")
    assert run(folder, "run", "tea.wash").exit_code == 0


def test_a_worker_that_runs_is_told_of_it(folder, opened):
    presence_file = presence.enter(opened.settings.state, "near")
    assert leases.take("tea.boil", "near", timedelta(days=2))
    assert run(folder, "run", "tea.boil").exit_code == 0
    tomorrow = (now() + timedelta(days=1)).strftime("%Y-%m-%d")
    assert f"next {tomorrow}" in lines(folder)["tea.boil"]
    presence.leave(presence_file)


def test_what_fails_says_what_and_where(folder):
    result = run(folder, "run", "tea.spill")
    assert result.exit_code == 1
    place = f"({folder / 'plugins/tea.py'}, line 9)"
    assert f"tea.spill failed: KeyError: 'cup' {place}" in result.output
    assert lines(folder)["tea.spill"].endswith("failed: KeyError: 'cup'")


@pytest.mark.parametrize(
    ("name", "words"),
    [("tea.boill", "Did you mean tea.boil?"), ("xyz", "There are: ")],
)
def test_a_name_that_nobody_knows(folder, name, words):
    assert words in str(run(folder, "run", name).exception)


def test_one_that_runs_or_is_another_machines_is_left_alone(folder, opened):
    with running_alone(opened.settings.state, "tea.boil"):
        assert "runs right now" in str(run(folder, "run", "tea.boil").exception)
    assert leases.take("tea.boil", "far", timedelta(hours=1))
    assert "another machine has tea.boil" in str(run(folder, "run", "tea.boil").exception)


def test_a_worker_waits_for_a_run_from_outside(opened):
    ran = threading.Event()
    schedule = Schedule(Job("tea.boil", lambda _run: ran.set(), period=0), "near")

    def work():
        with runtime.activate(opened):
            schedule.run_if_due(threading.Event())

    thread = threading.Thread(target=work)
    with running_alone(opened.settings.state, "tea.boil"):
        thread.start()
        assert not ran.wait(0.2)
    thread.join(10)
    assert ran.is_set()


def test_a_state_that_cannot_be_written_stops_no_work(tmp_path):
    (tmp_path / "jobs").write_text("no folder")
    with running_alone(tmp_path, "tea.boil"), running_alone(tmp_path, "tea.boil", waits=False):
        pass


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1.5, "1.5 s"), (60, "minute"), (90, "90 s"), (7200, "2 hours"), (86_400, "day")],
)
def test_periods_in_words(seconds, words):
    assert period_in_words(seconds) == words
