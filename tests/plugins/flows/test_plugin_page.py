"""A plugin with a table of its own, rules and pages, made from public names alone (`toys/`)."""

from __future__ import annotations

import ast
import json
import sys
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select

import entraide
from entraide import app as apps
from entraide import database, pages, policy, runtime
from entraide.database import migrations
from entraide.plugins import loading
from entraide.privacy.export import export_member
from entraide.testing import add_member, add_offer, add_organisation, browser, csrf_of, log_in

FOLDER = Path(__file__).parent / "toys"
PUBLIC = {"entraide": entraide.__all__, "entraide.pages": pages.__all__}
MORE = {"name": "Camion de bois", "least_age": "3"}


@pytest.fixture
def toys(toys_installed, make_site, database_url):
    """A site with a parent who owns a toy, another parent, a volunteer and a moderator."""
    site = make_site(url=database_url, plugins=("toys", "tutoring"))
    with runtime.activate(site):
        with database.writing() as session:
            people = {
                role: add_member(session, number, role.rstrip("2")).id
                for number, role in enumerate(("parent", "parent2", "volunteer", "moderator"))
            }
            toy = _toy()(owner_id=people["parent"], name="Puzzle", least_age=4)
            session.add(toy)
            session.flush()
        yield SimpleNamespace(site=site, app=apps.create_app(site), people=people, toy=toy.id)


def _toy():
    return import_module("entraide_toys.models").Toy


def _as(toys, number, role):
    return log_in(browser(toys.app), f"{role}{number}@example.org")


def _stored():
    with database.reading() as session:
        return [(toy.name, toy.least_age) for toy in session.scalars(select(_toy()))]


PEOPLE = {"parent": (0, "parent"), "parent2": (1, "parent"), "volunteer": (2, "volunteer")}
PEOPLE["moderator"] = (3, "moderator")


def test_it_imports_public_names_only():
    strangers = []
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                strangers += [name.name for name in node.names if "entraide" in name.name]
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("entraide"):
                known = PUBLIC.get(node.module, ())
                is_own = node.module.startswith("entraide_toys")
                names = [name.name for name in node.names if name.name not in known]
                strangers += [f"{node.module}.{name}" for name in names if not is_own]
    assert strangers == []


def test_it_loads_and_its_tables_are_those_of_its_migration(toys):
    assert toys.site.registry.quarantined == {}
    apps.check_tables(toys.site)
    with toys.site.database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": "alembic_version_toys",
                "include_object": lambda _object, name, kind, _reflected, _to: (
                    kind != "table" or name.startswith("toys_")
                ),
            },
        )
        assert compare_metadata(context, database.metadata) == []


def test_the_table_goes_and_comes_back(toys):
    own = next(one for one in apps.distributions(toys.site) if one.name == "toys")
    migrations.downgrade(toys.site.database, own)
    with toys.site.database.engine.connect() as connection:
        assert "toys_toy" not in inspect(connection).get_table_names()
    migrations.upgrade(toys.site.database, own)
    assert _stored() == []


@pytest.mark.parametrize("path", ["", "new", "{toy}/remove"])
def test_visitors_are_asked_to_log_in(toys, path):
    path = f"/toys/{path.format(toy=toys.toy)}"
    answer = browser(toys.app).get(path)
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        f"/login?{urlencode({'next': path})}",
    )


@pytest.mark.parametrize(
    ("person", "sees", "adds", "removes"),
    [
        ("parent", 200, 200, 200),
        ("parent2", 200, 200, 404),
        ("volunteer", 200, 404, 404),
        ("moderator", 200, 404, 200),
    ],
)
def test_each_rule_opens_its_pages_to_those_whom_it_names(toys, person, sees, adds, removes):
    client = _as(toys, *PEOPLE[person])
    index = client.get("/toys/")
    assert index.status_code == sees
    assert "Puzzle" in index.text
    assert ("/toys/new" in index.text) is (adds == 200)
    assert (f"/toys/{toys.toy}/remove" in index.text) is (removes == 200)
    assert client.get("/toys/new").status_code == adds
    token = csrf_of(index.text)
    asked = client.get(f"/toys/{toys.toy}/remove")
    assert asked.status_code == removes
    assert _stored() == [("Puzzle", 4)], "asking removes nothing"
    sent = client.post(f"/toys/{toys.toy}/remove", data={"csrf_token": token})
    assert sent.status_code == (303 if removes == 200 else 404)
    assert _stored() == ([] if removes == 200 else [("Puzzle", 4)])
    more = client.post("/toys/new", data={"csrf_token": token, **MORE})
    assert more.status_code == (303 if adds == 200 else 404)
    assert (("Camion de bois", 3) in _stored()) is (adds == 200)


def test_a_form_writes_one_row_and_says_so_once(toys):
    client = _as(toys, *PEOPLE["parent2"])
    token = csrf_of(client.get("/toys/new").text)
    answer = client.post("/toys/new", data={"csrf_token": token, **MORE})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/toys/")
    page = client.get("/toys/").text
    assert "Your toy is in the list." in page
    assert "Camion de bois" in page
    assert "Your toy is in the list." not in client.get("/toys/").text
    assert _stored() == [("Puzzle", 4), ("Camion de bois", 3)]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"least_age": "3"}, "Remplissez ce champ"),
        (MORE | {"least_age": "99"}, "de 0 à 17"),
        (MORE | {"name": "a\u202eb"}, "sens de lecture"),
    ],
)
def test_a_form_that_is_not_valid_comes_back_with_what_was_typed(toys, sent, words):
    client = _as(toys, *PEOPLE["parent"])
    token = csrf_of(client.get("/toys/new").text)
    answer = client.post("/toys/new", data={"csrf_token": token, **sent})
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{sent["least_age"]}"' in answer.text
    assert _stored() == [("Puzzle", 4)]


def test_a_form_of_a_stranger_changes_nothing(toys):
    client = _as(toys, *PEOPLE["parent"])
    for path in ("/toys/new", f"/toys/{toys.toy}/remove"):
        assert client.post(path, data=MORE).status_code in (400, 403)
    assert _stored() == [("Puzzle", 4)]


def test_who_asks_is_nobody_before_they_log_in(toys):
    with toys.app.test_request_context(base_url=toys.site.settings.site.base_url):
        assert pages.current_member() is None
        with pytest.raises(entraide.errors.LoginRequired):
            pages.require_member()
        for path, place in (("/toys/?a=b", "/toys/?a=b"), ("//else.example", "/"), ("x", "/")):
            assert pages.done(path).headers["Location"] == place


def test_what_is_gone_is_not_found(toys):
    client = _as(toys, *PEOPLE["moderator"])
    assert client.get(f"/toys/{uuid4()}/remove").status_code == 404


def test_the_page_that_asks_says_what_it_is_about(toys):
    page = _as(toys, *PEOPLE["parent"]).get(f"/toys/{toys.toy}/remove").text
    for words in ("Remove this toy?", "Puzzle", "Nobody finds it in the list any more."):
        assert words in page


def test_the_owner_finds_the_toy_in_their_export(toys, tmp_path):
    with database.reading() as session:
        archive = export_member(session, toys.people["parent"], tmp_path / "export.zip")
    assert "Puzzle" in json.dumps(_tables_of(archive), ensure_ascii=False)


def _tables_of(archive):
    import zipfile

    with zipfile.ZipFile(archive) as opened:
        return [opened.read(name).decode("utf-8", "replace") for name in opened.namelist()]


CARELESS = """
from entraide import Kind, Rule, fields, hookimpl, public
from marshmallow import Schema
class Game(Schema):
    title = public(fields.String(), label="Title")
"""
TRUE = """
@hookimpl
def register_kinds():
    yield Kind("game", "Game", Game)
@hookimpl
def may(member, action, subject):
    return True
"""
FAILS = TRUE.replace("return True", "1 / 0")
FOREIGN = """
@hookimpl
def register_rules():
    yield Rule("{action}", "anyone")
"""
ACTIONS = ("manage", "withdraw", "publish", "transition", "review", "moderate", "read_details")


@pytest.mark.parametrize(
    "action", ["directory.manage", "game.play", "careless2.play", "members.account"]
)
def test_a_rule_about_things_of_others_sets_the_plugin_aside(make_site, monkeypatch, action):
    monkeypatch.setenv("ENTRAIDE_STRICT", "0")
    body = CARELESS + FOREIGN.format(action=action)
    site = make_site(plugins=("careless",), files={"plugins/careless.py": body})
    with runtime.activate(site):
        assert f"the rule for '{action}'" in site.registry.quarantined["careless"]
        assert not policy.allowed(None, action)


@pytest.mark.parametrize("kind", ["tutoring", "game"])
@pytest.mark.parametrize(("body", "is_seen"), [(TRUE, True), (FAILS, True)])
def test_a_careless_may_opens_no_offer_and_stops_no_page(
    make_site, monkeypatch, kind, body, is_seen
):
    monkeypatch.setenv("ENTRAIDE_STRICT", "0")
    files = {"plugins/careless.py": CARELESS + body}
    site = make_site(plugins=("tutoring", "careless"), files=files)
    with runtime.activate(site):
        with database.writing() as session:
            stranger = add_member(session, 1, "parent")
            organisation = add_organisation(session, coordinator=add_member(session, 2))
            payload = {"title": "Dames"} if kind == "game" else TUTORING
            offer = add_offer(session, kind=kind, organisation_id=organisation.id, payload=payload)
            allowed = [
                act for act in ACTIONS if policy.allowed(stranger, f"directory.{act}", offer)
            ]
            assert allowed == []
        client = log_in(browser(apps.create_app(site)), "parent1@example.org")
        for path in ("/account", "/requests/mine", f"/offers/{offer.id}"):
            assert (client.get(path).status_code == 200) is is_seen, path
        assert f"/offers/{offer.id}/withdraw" not in client.get(f"/offers/{offer.id}").text


TUTORING = {"levels": ["cp"], "subjects": ["french"], "place": "library"}
PAGE = """
from flask import Blueprint
from entraide import Rule, hookimpl, permission
blueprint = Blueprint("probe", __name__)
@blueprint.get("/")
@permission("probe.see")
def see():
    return "seen"
@hookimpl
def register_blueprints():
    yield blueprint
"""
BROKEN = """
@hookimpl
def register_rules():
    yield Rule("probe.see")
    yield Rule("probe.other", relation=lambda actor, subject: subject.nothing)
"""


def test_a_page_that_no_rule_opens_is_refused_with_the_remedy(make_site, monkeypatch):
    monkeypatch.setenv("ENTRAIDE_STRICT", "0")
    site = make_site(plugins=("probe",), files={"plugins/probe.py": PAGE})
    client = browser(apps.create_app(site))
    reason = site.registry.quarantined["probe"]
    assert (
        "no rule permits 'probe.see'. Yield Rule('probe.see', ...) from register_rules." in reason
    )
    assert client.get("/probe/").status_code == 503


def test_a_relation_that_fails_permits_nothing_and_stops_no_page(make_site, monkeypatch):
    monkeypatch.setenv("ENTRAIDE_STRICT", "0")
    site = make_site(plugins=("probe",), files={"plugins/probe.py": PAGE + BROKEN})
    with runtime.activate(site):
        with database.writing() as session:
            member = add_member(session, 1, "parent")
        client = log_in(browser(apps.create_app(site)), "parent1@example.org")
        assert client.get("/probe/").text == "seen"
        assert not policy.allowed(member, "probe.other", "cup")
    assert "nothing" in site.registry.counters["probe", "register_rules"].last_error


@pytest.mark.parametrize("name", ["members", "posting"])
def test_a_plugin_may_not_pass_for_a_part_of_the_core(make_site, name):
    with pytest.raises(entraide.errors.ConfigurationError, match=f"'{name}' is a part of the core"):
        make_site(plugins=(name,), files={f"plugins/{name}.py": PAGE})


def test_models_that_fail_on_import_leave_nothing_behind(make_site, monkeypatch, tmp_path):
    monkeypatch.setenv("ENTRAIDE_STRICT", "0")
    folder = tmp_path / "entraide_crates"
    folder.mkdir()
    (folder / "__init__.py").write_text("from entraide_crates import models\n1 / 0\n")
    (folder / "models.py").write_text(
        (FOLDER / "entraide_toys/models.py").read_text("utf-8").replace("toys_toy", "crates_toy")
    )
    monkeypatch.syspath_prepend(tmp_path)
    point = EntryPoint("crates", "entraide_crates", "entraide")
    monkeypatch.setattr(loading, "entry_points", lambda group: [point])
    before = set(database.metadata.tables)
    for _ in range(2):
        site = make_site(plugins=("crates",))
        assert "division by zero" in site.registry.quarantined["crates"]
        assert set(database.metadata.tables) == before
        assert not [name for name in sys.modules if name.startswith("entraide_crates")]
