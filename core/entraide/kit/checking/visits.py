"""Visits to every page of a plugin: as a visitor, as a member."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from entraide import database, runtime
from entraide.app import create_app
from entraide.kit.candidate import Candidate
from entraide.kit.checking.failures import Failures
from entraide.kit.checking.rows import MadeUp
from entraide.members import service
from entraide.runtime import Runtime

OK = 200


def routes(app: Flask, plugin: str) -> list[Rule]:
    """Return the routes of a plugin, its pages and its API."""
    below = (f"/{plugin}/", f"/api/v1/{plugin}/")
    return [rule for rule in app.url_map.iter_rules() if f"{rule.rule}/".startswith(below)]


def paths(app: Flask, rule: Rule, made: MadeUp | None = None) -> list[str]:
    """Return addresses of a route: with each made-up row in it, else with values that are nothing."""
    keys = list(made.keys.values()) if made else []
    choices = keys if keys and rule.arguments else [None]
    adapter = app.url_map.bind("site.example", url_scheme="https")
    built = []
    for key in choices:
        values = {name: _value(rule, name, key) for name in rule.arguments}
        built.append(adapter.build(rule.endpoint, values))
    return built


def _value(rule: Rule, name: str, key: object) -> object:
    kind = type(rule._converters[name]).__name__  # noqa: SLF001 - nothing public tells it
    if kind == "UUIDConverter":
        return key if isinstance(key, UUID) else uuid4()
    if kind in ("IntegerConverter", "FloatConverter"):
        return key if isinstance(key, int) else 1
    return key if isinstance(key, str) else "nothing"


def visitor(app: Flask, person: str = "") -> FlaskClient:
    """Return a browser; of the person with that name when one is given."""
    client = app.test_client()
    if person:
        site: Runtime = app.extensions["entraide"]
        with runtime.activate(site), database.writing() as session:
            token = service.make_link(session, email=f"{person}@example.org")
        base = site.settings.site.base_url
        page = client.get(f"/login/{token}", base_url=base).text
        form = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        client.post(f"/login/{token}", base_url=base, data={"csrf_token": form})
    return client


def texts(
    site: Runtime, plugin: Candidate, made: MadeUp, person: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield address and text of each page of a plugin that opens for a person."""
    app = create_app(site)
    # What fails is told by the check of strangers.
    Failures(app)
    client = visitor(app, person)
    for rule in routes(app, plugin.name):
        if "GET" in (rule.methods or ()):
            for path in paths(app, rule, made):
                answer = client.get(path, base_url=site.settings.site.base_url)
                if answer.status_code == OK:
                    yield path, answer.text
