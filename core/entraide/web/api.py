"""The REST door: flask-smorest with the strict decoder and the project's own errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from flask import Flask, Request
from flask.json.provider import DefaultJSONProvider
from flask_smorest import Blueprint
from marshmallow import Schema
from webargs.flaskparser import FlaskParser

from entraide import asks, runtime, text
from entraide.errors import CONTAINED, BadInput
from entraide.plugins.errors import handed_over
from entraide.plugins.loading import BUILT_IN_NAMES, set_aside
from entraide.web import scopes
from entraide.web.openapi import DescribedApi
from entraide.web.scopes import PREFIX

View = TypeVar("View", bound=Callable[..., Any])

DEEPEST = 8
"""Nesting of a body: no resource of ours needs more."""


class WrongContentType(BadInput):
    """The body is not sent as `application/json`, or in another charset than UTF-8."""

    name, status, title = "wrong-content-type", 415, "Send JSON"


class StrictParser(FlaskParser):
    """Reads JSON bodies through the one strict decoder; unknown fields are refused."""

    DEFAULT_VALIDATION_STATUS = 422

    def load_json(self, req: Request, schema: Any) -> Any:  # noqa: ARG002 - webargs' signature
        """Return the decoded body; BadText when it is not strict JSON."""
        charset = req.mimetype_params.get("charset", "utf-8").lower()
        if req.mimetype != "application/json" or charset not in ("utf-8", "utf8"):
            raise WrongContentType("Send JSON in UTF-8 with Content-Type: application/json.")
        return text.decode(req.get_data(), max_depth=DEEPEST)

    def handle_error(self, error: Any, *_arguments: Any, **_options: Any) -> Any:
        """Turn marshmallow's messages into the project's error."""
        messages = error.normalized_messages()
        fields = messages.get("json") or messages.get("query") or messages
        raise BadInput("Some fields need another look.", fields)


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """A smorest blueprint that parses strictly."""

    ARGUMENTS_PARSER = StrictParser()

    if TYPE_CHECKING:
        # flask-smorest has no types; views keep theirs when its decorators say so.
        def route(self, rule: str, **options: Any) -> Callable[[View], View]:
            """Mount a view."""
            ...

        def arguments(self, schema: type[Schema], **options: Any) -> Callable[[View], View]:
            """Give a view what a schema loaded."""
            ...

        def response(
            self, status_code: int, schema: type[Schema] | None = None, **options: Any
        ) -> Callable[[View], View]:
            """Answer with what a schema dumps."""
            ...

        def doc(self, **options: Any) -> Callable[[View], View]:
            """Add to the description."""
            ...


class QuickJson(DefaultJSONProvider):
    """JSON as Flask writes it, several times faster, and with letters as they are."""

    def dumps(self, obj: Any, **_options: Any) -> str:
        """Write a value; members are sorted, so that equal answers have equal bytes."""
        plain: Any = type(self).default
        return orjson.dumps(obj, default=plain, option=orjson.OPT_SORT_KEYS).decode()


def install_api(app: Flask, site: runtime.Runtime) -> None:
    """Mount every plugin's resources and publish the OpenAPI 3.1 description."""
    app.json = QuickJson(app)
    app.after_request(scopes.say_how)
    app.config |= {
        "API_TITLE": "Entraide",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": PREFIX,
        "OPENAPI_JSON_PATH": "openapi.json",
    }
    api = DescribedApi(app, scopes.scopes_in_words())
    for plugin in list(site.registry.modules):
        try:
            with handed_over(plugin, "register_api"):
                _mount_resources(app, api, plugin)
        except CONTAINED as error:
            set_aside(site.registry, plugin, error)


def _mount_resources(app: Flask, api: DescribedApi, plugin: str) -> None:
    own = "" if plugin in BUILT_IN_NAMES else f"/{plugin}"
    for resource in asks.resources_of(plugin):
        blueprint = resource.blueprint
        prefix = f"{PREFIX}{own}{blueprint.url_prefix or ''}"
        before = set(app.view_functions)
        api.register_blueprint(blueprint, url_prefix=prefix)
        added = {name: app.view_functions[name] for name in set(app.view_functions) - before}
        # Of a plugin that is refused no resource answers.
        app.view_functions |= dict.fromkeys(added, scopes.rest)
        app.view_functions |= {
            name: scopes.guarded(plugin, name, view) for name, view in sorted(added.items())
        }
