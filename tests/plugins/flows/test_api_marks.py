"""Each route of a plugin's API says which token may call it; one that does not is refused."""

from __future__ import annotations

import pytest

from entraide import app as apps
from entraide import runtime
from entraide.testing import browser

BODY = """
from entraide import ApiBlueprint, ApiResource, Scope, hookimpl, scope
from flask.views import MethodView
blueprint = ApiBlueprint("lamps_api", __name__)
@hookimpl
def register_labels():
    yield Scope("lamps:read", "read lamps")
@hookimpl
def register_api():
    yield ApiResource(blueprint)
"""
UNMARKED = """
@blueprint.route("/lit")
@blueprint.response(200)
def lit():
    return {}
"""
HALF = """
@blueprint.route("/lit")
class Lamps(MethodView):
    @scope("lamps:read")
    @blueprint.response(200)
    def get(self):
        return {}
    @blueprint.response(204)
    def post(self):
        return None
"""
MISSPELT = UNMARKED.replace("@blueprint.response", '@scope("lamps:raed")\n@blueprint.response')


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (UNMARKED, 'Add @scope("lamps:read") under the route'),
        (HALF, 'Add @scope("lamps:read") under the route'),
        (MISSPELT, "Did you mean lamps:read?"),
    ],
)
def test_a_resource_without_a_fitting_mark_sets_the_plugin_aside(make_site, route, words):
    site = make_site(plugins=("lamps",), files={"plugins/lamps.py": BODY + route})
    with runtime.activate(site):
        app = apps.create_app(site)
        assert words in site.registry.quarantined["lamps"]
        answer = browser(app).get("/api/v1/lamps/lit")
        assert answer.status_code == 503
        assert browser(app).get("/api/v1/kinds").status_code == 200


def test_each_method_of_a_class_has_its_scope(make_site):
    marked = HALF.replace(
        "    @blueprint.response(204)", "    @scope(None)\n    @blueprint.response(204)"
    )
    site = make_site(plugins=("lamps",), files={"plugins/lamps.py": BODY + marked})
    with runtime.activate(site):
        client = browser(apps.create_app(site))
        assert site.registry.quarantined == {}
        assert client.get("/api/v1/lamps/lit").status_code == 401
        assert client.head("/api/v1/lamps/lit").status_code == 401
        assert client.post("/api/v1/lamps/lit").status_code == 204
