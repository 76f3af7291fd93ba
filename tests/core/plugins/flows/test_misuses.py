"""Mistakes of plugins: the site starts, and file, line, cause and remedy are said of each."""

from __future__ import annotations

import pytest

from entraide import app as apps
from entraide import runtime
from entraide.database import metadata
from entraide.plugins import loading
from entraide.testing import browser

from .handed_over import MISUSES as HANDED_OVER
from .one_file import HEAD, HERE, pages
from .one_file import MISUSES as ONE_FILE
from .packages import GOOD
from .packages import MISUSES as PACKAGES
from .packages import MODELS as TABLE

FILES = [*ONE_FILE, *HANDED_OVER]


def check_it_stands(site):
    """The site answers, and everything of the plugin rests."""
    client = browser(apps.create_app(site))
    assert client.get("/").status_code == 200
    apps.jobs_of(site)
    with runtime.activate(site):
        loading.collect(site.registry, "register_commands")
    # What is asked after the pages were mounted finds no page of a plugin that has none.
    assert client.get("/probe/").status_code in (404, 503)
    assert "probe" not in site.registry.modules
    assert not site.kinds


@pytest.mark.parametrize(
    ("source", "cause", "remedy"), [m[1:] for m in FILES], ids=[m[0] for m in FILES]
)
def test_a_file_with_a_mistake_rests_for_a_reason(lenient, make_site, source, cause, remedy):
    text = HEAD + source
    site = make_site(plugins=("probe",), files={"plugins/probe.py": text})
    check_it_stands(site)
    reason = site.registry.quarantined["probe"]
    assert cause in reason
    assert remedy in reason
    assert "plugins/probe.py" in reason
    lines = [number for number, line in enumerate(text.split("\n"), 1) if HERE in line]
    assert [f", line {number}" in reason for number in lines] == [True] * len(lines)


@pytest.mark.parametrize(
    ("files", "place", "cause", "remedy"), [m[1:] for m in PACKAGES], ids=[m[0] for m in PACKAGES]
)
def test_a_package_with_a_mistake_rests_for_a_reason(
    lenient, make_site, distribution, files, place, cause, remedy
):
    before = set(metadata.tables)
    distribution("odd", **files)
    site = make_site(plugins=("odd",))
    reason = site.registry.quarantined["odd"]
    for words in (place, cause, remedy):
        assert words in reason
    assert set(metadata.tables) == before
    client = browser(apps.create_app(site))
    assert [client.get(path).status_code for path in ("/", "/odd/")] == [200, 503]
    assert "odd" not in site.registry.modules


def test_needs_in_a_circle_are_called_one(lenient, make_site, distribution):
    for name, other in (("one", "two"), ("two", "three"), ("three", "one")):
        distribution(name, f'requires = ["{other}"]\n')
    distribution("four", 'requires = ["one"]\n')
    site = make_site(plugins=("four", "one", "two", "three"))
    assert "a circle: one needs two needs three needs one" in site.registry.quarantined["one"]
    assert "it needs one, which is not running here" in site.registry.quarantined["four"]
    assert browser(apps.create_app(site)).get("/").status_code == 200


def test_two_plugins_with_one_blueprint_or_one_table(lenient, make_site, distribution):
    page = pages("", name="shared")
    site = make_site(
        plugins=("first", "second"),
        files={f"plugins/{name}.py": HEAD + page for name in ("first", "second")},
    )
    assert browser(apps.create_app(site)).get("/").status_code == 200
    [(name, reason)] = site.registry.quarantined.items()
    assert name == "second"
    assert "plugins/second.py, line " in reason
    assert "The name 'shared' is already registered" in reason
    distribution("one", models=TABLE.format(**GOOD | {"table": "one_two_cup"}))
    distribution("one_two", models=TABLE.format(**GOOD | {"table": "one_two_cup"}))
    site = make_site(plugins=("one", "one_two"))
    assert browser(apps.create_app(site)).get("/").status_code == 200
    [(name, reason)] = site.registry.quarantined.items()
    assert (name, "models.py, line 5" in reason) == ("one_two", True)
    assert "already defined" in reason
