"""The page of plugins: for administrators only, asks first, and acts at once in this process."""

from __future__ import annotations

import re
from importlib.metadata import version

import pytest
from sqlalchemy import select

from entraide import app as apps
from entraide import database, runtime
from entraide.audit import AuditEntry
from entraide.hook_calls import running
from entraide.live import LiveSite
from entraide.plugins.grades import keep_check
from entraide.testing import add_member, browser, csrf_of, log_in

VERSION = version("entraide-tutoring")
SEEDS = """\
\"\"\"Seeds that neighbours share.\"\"\"
from marshmallow import Schema
from entraide import Kind, fields, hookimpl, parties, public

class SeedSchema(Schema):
    plant = public(fields.String(), label="Plant")
    child = parties(fields.String(), label="Child", category="child", purpose="the help itself")

@hookimpl
def register_kinds():
    yield Kind("seeds", "Seeds", SeedSchema, sides=("request",), federated=True)
"""


STRICT = """\
from marshmallow import Schema, fields
from entraide import hookimpl
class Table(Schema):
    limit = fields.Integer(required=True)
@hookimpl
def register_settings():
    return Table
"""


@pytest.fixture
def live(make_site, database_url, monkeypatch):
    """A served site with an administrator, a moderator, and two plugins of one file that are off."""
    monkeypatch.delenv("ENTRAIDE_STRICT")
    files = {"plugins/seeds.py": SEEDS, "plugins/broken.py": "1 / 0\n"}
    site = make_site(url=database_url, plugins=("tutoring",), files=files)
    apps.remember_classification(site)
    with runtime.activate(site), database.writing() as session:
        add_member(session, 1, "administrator")
        add_member(session, 2, "moderator")
    opening = LiveSite(site, serves=True, works=False)
    yield opening
    opening.site.database.close()


def as_member(live, address):
    return log_in(browser(live.app), address)


def text_of(answer):
    return answer.get_data(as_text=True)


@pytest.fixture
def administrator(live):
    return as_member(live, "administrator1@example.org")


@pytest.mark.parametrize("address", ["/admin/plugins", "/admin/plugins/tutoring/disable"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_else_opens_it(live, address, method):
    moderator = as_member(live, "moderator2@example.org")
    values = (
        {"data": {"csrf_token": csrf_of(moderator.get("/account/name").text)}}
        if method == "post"
        else {}
    )
    assert getattr(moderator, method)(address, **values).status_code in (404, 405)


def test_it_says_what_each_plugin_is_keeps_and_does(administrator):
    page = text_of(administrator.get("/admin/plugins"))
    assert "Aide aux devoirs" in page
    assert "enfants" in page
    assert page.index("plugin-tutoring") < page.index("plugin-broken") < page.index("plugin-seeds")


def test_it_says_the_grade_of_the_last_check_when_and_of_what(live, administrator):
    folder = live.site.settings.folder
    page = text_of(administrator.get("/admin/plugins"))
    assert "pas encore vérifié sur ce site (entraide plugin check seeds)" in page
    with runtime.activate(live.site):
        keep_check(live.site.settings.state, "seeds", "silver", folder / "plugins" / "seeds.py")
        keep_check(live.site.settings.state, "tutoring", "none", "entraide_tutoring")
    page = text_of(administrator.get("/admin/plugins"))
    assert "argent, vérifié le dimanche 22 novembre 2026." in page
    assert f"pas même le bronze, vérifié le dimanche 22 novembre 2026, version {VERSION}." in page
    assert "Elle a changé depuis" not in page
    (folder / "plugins" / "seeds.py").write_text(SEEDS + "\n")
    assert "Elle a changé depuis" in text_of(administrator.get("/admin/plugins"))


def test_it_counts_what_a_plugin_asks_the_database(live, administrator):
    assert "Questions à la base" not in text_of(administrator.get("/admin/plugins"))
    with runtime.activate(live.site), database.reading() as session, running("tutoring"):
        session.scalars(select(AuditEntry)).all()
        session.scalars(select(AuditEntry)).all()
    assert "Questions à la base de données\u00a0: 2, " in text_of(
        administrator.get("/admin/plugins")
    )


def test_it_asks_first_and_says_what_comes(administrator):
    page = text_of(administrator.get("/admin/plugins/seeds/enable"))
    for words in ("Seeds", "enfants", "Part vers d’autres sites", "Une extension est un programme"):
        assert words in page


def test_one_that_cannot_be_loaded_says_so_before(administrator):
    page = text_of(administrator.get("/admin/plugins/broken/enable"))
    assert "ne peut pas être chargée" in page
    assert "broken.py, line 1" in page


def press(live, person, path):
    token = csrf_of(person.get(path).text)
    # The next opening answers from here on; the person keeps the cookie.
    return person.post(path, data={"csrf_token": token})


def test_a_button_switches_on_and_off_in_this_process_at_once(live, administrator):
    assert press(live, administrator, "/admin/plugins/seeds/enable").status_code == 303
    assert "seeds" in live.site.kinds
    fresh = as_member(live, "administrator1@example.org")
    page = text_of(fresh.get("/admin/plugins"))
    assert re.search(r'href="/admin/plugins/seeds/disable"', page)
    assert "Décidé par une personne" in page
    assert press(live, fresh, "/admin/plugins/seeds/disable").status_code == 303
    assert "seeds" not in live.site.kinds
    with runtime.activate(live.site), database.reading() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.subject == "seeds"))
        entries = [(entry.action, entry.actor) for entry in rows]
    assert sorted(action for action, _ in entries) == ["plugins.disable", "plugins.enable"]
    assert all(len(actor) == 36 for _, actor in entries)


def test_a_plugin_that_fails_rests_and_the_page_says_why(live, administrator):
    press(live, administrator, "/admin/plugins/broken/enable")
    page = text_of(as_member(live, "administrator1@example.org").get("/admin/plugins"))
    assert "au repos" in page
    assert "ZeroDivisionError" in page


def test_one_without_its_settings_is_not_switched_on(live, administrator):
    (live.site.settings.folder / "plugins" / "strict.py").write_text(STRICT)
    answer = administrator.get("/admin/plugins/strict/enable")
    assert answer.status_code == 409
    assert "Ses réglages d’abord" in text_of(answer)
    token = csrf_of(administrator.get("/admin/plugins/seeds/enable").text)
    answer = administrator.post("/admin/plugins/strict/enable", data={"csrf_token": token})
    assert "limit" in text_of(answer)
    assert "strict" not in live.site.settings.plugins


@pytest.mark.parametrize("path", ["/admin/plugins/nobody/enable", "/admin/plugins/members/disable"])
def test_what_is_no_plugin_is_not_found(administrator, path):
    assert administrator.get(path).status_code == 404
