"""One site put together from its folder, as the server does."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint

import pytest
from flask import Blueprint

from entraide import app as apps
from entraide import jobs, runtime
from entraide.database import metadata
from entraide.errors import ConfigurationError, DatabaseError, PluginError
from entraide.jobs.queue import QUEUE
from entraide.kinds import Rule
from entraide.plugins import loading
from entraide.policy import POLICY, permission
from entraide.posting.sides import POST_SIDES
from entraide.testing import browser, log_in, open_site
from entraide.web import mounting


def test_an_application_is_made_from_its_folder(make_site):
    site = make_site()
    environment = {"ENTRAIDE_DATABASE_URL": site.database.url}
    app = apps.create_app(site.settings.folder, environment)
    assert browser(app).get("/health").text == "ok\n"
    app.extensions["entraide"].database.close()


def test_tables_of_another_release_stop_the_start(make_site, tmp_path):
    site = make_site()
    environment = {"ENTRAIDE_DATABASE_URL": f"sqlite:///{tmp_path / 'empty.sqlite'}"}
    with pytest.raises(DatabaseError, match="entraide migrate"):
        apps.create_app(site.settings.folder, environment)


ADDRESSES = {"email": "contact@site.example", "moderation": "worries@site.example"}


@pytest.mark.parametrize("given", [{}, ADDRESSES], ids=["none", "both"])
def test_the_foot_of_a_page_says_where_to_write(make_site, given):
    table = "".join(f'{name} = "{address}"\n' for name, address in given.items())
    site = make_site(files={"local.toml": f"[site]\n{table}"})
    page = browser(apps.create_app(site)).get("/").text
    for name, address in ADDRESSES.items():
        assert (f'href="mailto:{address}"' in page) is (name in given)


def test_the_classification_is_remembered(make_site):
    site = make_site()
    apps.remember_classification(site)
    with site.database.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM privacy_snapshot").scalar()
    assert found == 1


def test_versions_name_our_distributions():
    assert {"entraide", "entraide-tutoring"} <= set(apps.versions())


MIGRATION = '''
"""Cups."""
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "0001", None, None, None

def upgrade():
    op.create_table("bowls_cup", sa.Column("id", sa.Uuid(), primary_key=True))

def downgrade():
    op.drop_table("bowls_cup")
'''
MODELS = """
from uuid import UUID
from sqlalchemy.orm import Mapped
import entraide
class Cup(entraide.Model):
    __tablename__ = "bowls_cup"
    id: Mapped[UUID] = entraide.neutral(primary_key=True)
"""

RULES = '''"""Cups."""
from entraide import Rule, hookimpl
@hookimpl
def register_rules():
    yield Rule("bowls.fill", "anyone")
'''


@pytest.fixture
def bowls(tmp_path, monkeypatch):
    """A plugin with a table, a rule and a side of posting, installed for the test."""
    folder = tmp_path / "entraide_test_bowls"
    (folder / "migrations" / "versions").mkdir(parents=True)
    (folder / "migrations" / "versions" / "0001.py").write_text(MIGRATION)
    (folder / "__init__.py").write_text(RULES)
    (folder / "models.py").write_text(MODELS)
    (folder / "sides.py").write_text("SIDES = {'cup': 'a side'}\n")
    monkeypatch.syspath_prepend(tmp_path)
    point = EntryPoint("bowls", "entraide_test_bowls", "entraide")
    monkeypatch.setattr(loading, "entry_points", lambda group: [point])
    yield
    metadata.remove(metadata.tables["bowls_cup"])
    for name in [one for one in sys.modules if one.startswith("entraide_test_bowls")]:
        del sys.modules[name]


def test_a_plugin_brings_its_tables_rules_and_sides(bowls, tmp_path, templates, make_site):
    site = make_site(plugins=("bowls",))
    assert [one.name for one in apps.distributions(site)] == ["entraide", "bowls"]
    apps.check_tables(site)
    assert POLICY.get(site).default(None, "bowls.fill", None)
    assert POST_SIDES.get(site)["cup"] == "a side"
    with site.database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM bowls_cup").scalar() == 0


def test_the_queue_delivers_the_outbox(make_site):
    site = make_site()
    assert jobs.queue.TASKS["outbox.deliver"]
    QUEUE.get(site)._execute("outbox.deliver", "")


def test_a_page_that_asks_for_a_role_is_absent_for_others(make_site):
    site = make_site()
    app = apps.create_app(site)
    POLICY.get(site).add([Rule("tea.pour", "administrator")])
    pages = Blueprint("tea", __name__)

    @pages.get("/tea")
    @permission("tea.pour")
    def pour():
        return "poured"

    with runtime.activate(site):
        mounting.mount_blueprint(app, "members", pages)
    assert browser(app).get("/tea").status_code == 303
    assert log_in(browser(app), "parent3@example.org").get("/tea").status_code == 404


def test_an_async_view_is_refused_with_the_way_out():
    async def brew():
        return "never"

    with pytest.raises(PluginError, match="async function"):
        mounting.guarded("tea", "tea.brew", permission(None)(brew))


def test_a_folder_without_a_secret_does_not_start(make_site, tmp_path, templates):
    site = open_site(tmp_path, templates, name="no-secret")
    site.database.close()
    site.settings.secret_file.unlink()
    with pytest.raises(ConfigurationError, match="secret"):
        apps.create_site(site.settings)
