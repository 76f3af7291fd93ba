"""The filled database of an earlier release: it migrates with every row, and its site goes on."""

import html
import re
from datetime import timedelta

import filled_site
import pytest
from sqlalchemy import inspect, text

from entraide import JobRun, clock, outbox, runtime
from entraide.app import check_start, check_tables, create_app, migrate
from entraide.directory import jobs
from entraide.operations.rehearsing import rehearse
from entraide.operations.words import describe
from entraide.testing import browser, log_in
from entraide_federation.protocol import heads, profile
from entraide_federation.publishing import publisher

CHANGED: dict[tuple[str, str], str] = {}
"""What migrations after the dump take away or write anew: (table, column or "*") → why.

A column that has another name now needs no line: its content stands under a new one.
"""

LINK = re.compile(r'href="(/[^"#]*)')
LEFT_OUT = ("/static/", "/theme/", "/leave", "/find?")
"""Files, the way out (it forgets the browser), and every way to ask for offers."""
MEMBERS = ("parent1", "parent2", "volunteer1", "coordinator1", "administrator1")


@pytest.fixture
def filled(tmp_path, database_url, templates, monkeypatch):
    """The site of the dump, not yet migrated, active in the test."""
    monkeypatch.setenv("ENTRAIDE_STRICT", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(templates.folder))
    filled_site.load(database_url)
    site = filled_site.open_site(filled_site.prepare(tmp_path / "filled"), database_url)
    with runtime.activate(site):
        yield site
    site.database.close()


def run():
    return JobRun(clock.now() + timedelta(days=1), lambda: False)


@pytest.fixture
def app(filled):
    migrate(filled)
    jobs.follow_listing(run())
    jobs.follower().close()
    return create_app(filled)


def without_changed(contents):
    return {
        table: {name: rows for name, rows in columns.items() if (table, name) not in CHANGED}
        for table, columns in contents.items()
        if (table, "*") not in CHANGED
    }


def test_the_dump_is_of_known_revisions_and_fills_every_table(filled):
    contents = filled_site.contents(filled.database)
    assert all(len(next(iter(columns.values()))) for columns in contents.values())
    migrate(filled)
    assert contents.keys() <= set(inspect(filled.database.engine).get_table_names())


def test_its_upgrade_is_rehearsed_with_every_plugin_and_nothing_stays(filled):
    before = filled_site.contents(filled.database)
    result = rehearse(filled)
    assert result.would_pass, list(describe(result))
    assert [step.name for step in result.steps] == ["entraide", "federation"]
    assert filled_site.contents(filled.database) == before
    migrate(filled)
    check_tables(filled)


def lost(columns, now):
    """Return the columns of a table whose content stands neither under their name nor a new one."""
    fresh = [rows for name, rows in now.items() if name not in columns]
    return [
        name
        for name, rows in columns.items()
        if rows not in ([now[name]] if name in now else fresh)
    ]


def test_every_row_is_as_it_was(filled):
    before = without_changed(filled_site.contents(filled.database))
    migrate(filled)
    check_tables(filled)
    check_start(filled)
    after = filled_site.contents(filled.database)
    assert {table: lost(columns, after[table]) for table, columns in before.items()} == {
        table: [] for table in before
    }


def test_the_foreign_keys_hold(filled):
    migrate(filled)
    if filled.database.is_sqlite:
        with filled.database.engine.connect() as connection:
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []


def crawl(visitor):
    """Open the home and whatever is linked from page to page; return path → status."""
    seen, waiting = {}, ["/"]
    while waiting:
        path = waiting.pop()
        if path in seen or path.startswith(LEFT_OUT):
            continue
        answer = visitor.get(path)
        seen[path] = answer.status_code
        if answer.mimetype == "text/html":
            waiting += map(html.unescape, LINK.findall(answer.text))
    return seen


def test_every_linked_page_opens_for_everyone(app):
    for name in (None, *MEMBERS):
        visitor = browser(app)
        if name:
            log_in(visitor, f"{name}@example.org")
        pages = crawl(visitor)
        broken = {path: status for path, status in pages.items() if status >= 400}
        assert (name, broken) == (name, {})
        assert len(pages) >= 15
        assert any(path.startswith("/offers/") for path in pages)


def test_what_was_encrypted_is_read(app):
    parent = log_in(browser(app), "parent1@example.org")
    mine = parent.get("/requests/mine").text
    (matched,) = re.findall(r'href="(/requests/[^"]*)">aide en maths<', mine)
    page = parent.get(matched).text
    assert "Je peux le mercredi." in page
    assert "volunteer1@example.org" in page


def test_the_lists_show_what_was_listed(app):
    items = browser(app).get("/api/v1/offers").json["items"]
    titles = {item["title"] for item in items}
    assert {"Exemple : sortie ouverte", "Exemple : aide aux devoirs"} <= titles
    assert "Exemple : aide aux devoirs passée" not in titles
    assert any(title.startswith("Offre d’ailleurs") for title in titles)


def published(app):
    lines = browser(app).get("/federation/v1/snapshot").data.splitlines()
    *objects, head = [profile.decode(line) for line in lines[1:]]
    return objects, head


def test_publishing_goes_on_with_the_same_keys(app, filled):
    objects, head = published(app)
    outbox.deliver_pending()
    publisher.publish(run())
    later, new_head = published(app)
    assert (new_head["epoch"], new_head["seq"] > head["seq"]) == (head["epoch"], True)
    assert {row["id"] for row in objects} <= {row["id"] for row in later}
    for rows, signed in ((objects, head), (later, new_head)):
        assert heads.root(map(profile.element_of, rows)) == signed["root"]
