"""The OpenAPI 3.1 description: names of its components, the shape of errors, who may call."""

from __future__ import annotations

import json
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Response
from flask_smorest import Api
from marshmallow import INCLUDE, Schema, fields

from entraide.web.problems import PROBLEM

CORE = "entraide"
ONE_FILE = "entraide_instance_plugins"


class ProblemSchema(Schema):
    """An error as RFC 9457 has it; `errors` maps a field to its messages.

    Further members may stand beside these, such as `reason` or `retry_after`.
    """

    class Meta:
        """Unlike in what comes in, more members are allowed."""

        unknown = INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    errors = fields.Dict(keys=fields.String())


class DescribedApi(Api):  # type: ignore[misc]
    """A smorest API whose description names components by plugin and whose errors are ours."""

    ERROR_SCHEMA: type[Schema] | dict[str, str] = ProblemSchema

    def __init__(self, app: Any, scopes: str) -> None:
        plugin = MarshmallowPlugin(schema_name_resolver=component_name)
        super().__init__(app, spec_kwargs={"marshmallow_plugin": plugin})
        scheme = {"type": "http", "scheme": "bearer", "description": scopes}
        self.spec.components.security_scheme("token", scheme)

    def _register_responses(self) -> None:
        """Describe the one shape of errors once: smorest makes it anew for each of 60 statuses."""
        name = component_name(ProblemSchema)
        self.spec.components.schema(name, schema=ProblemSchema)
        self.ERROR_SCHEMA = {"$ref": f"#/components/schemas/{name}"}
        super()._register_responses()

    def _register_error_handlers(self) -> None:
        """Leave errors to `web/problems.py`: smorest's handler drops `Allow` on 405."""

    def _openapi_json(self) -> Response:
        # Labels are translated when they are shown, and JSON knows no such strings.
        described = self.spec.to_dict()
        for answer in described["components"]["responses"].values():
            if body := answer.get("content", {}).pop("application/json", None):
                # smorest knows one content type for all; errors have their own (RFC 9457).
                answer["content"][PROBLEM] = body
        words = json.dumps(described, default=str, ensure_ascii=False)
        return Response(words, mimetype="application/json")


def component_name(schema: Any) -> str:
    """Return `<plugin>_<Schema>` for a schema, its instance or its name."""
    resolved: Any = resolve_schema_cls(schema)
    schema_class: type[Schema] = resolved[0] if isinstance(resolved, list) else resolved
    name = schema_class.__name__
    return f"{plugin_of(schema_class.__module__)}_{name.removesuffix('Schema') or name}"


def plugin_of(module: str) -> str:
    """Return the name of the plugin or feature to which a module belongs."""
    first, _, rest = module.partition(".")
    if first == ONE_FILE:
        return module.rpartition(".")[2]
    return rest.partition(".")[0] if first == CORE and rest else first.removeprefix(f"{CORE}_")
