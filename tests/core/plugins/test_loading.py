"""Plugins are found, checked and ordered; one that cannot be loaded is set aside with the reason."""

from __future__ import annotations

import sys

import pytest

from entraide import app as apps
from entraide import runtime
from entraide.cli.plugins import describe
from entraide.errors import ConfigurationError, PluginError
from entraide.labels import LABELS
from entraide.plugins import files, loading
from entraide.plugins import metadata as plugin_metadata
from entraide.testing import browser

from .conftest import HEAD, KIND


@pytest.fixture
def open_with(lenient, make_site):
    def open_site(body, name="probe", **options):
        return make_site(plugins=(name,), files={f"plugins/{name}.py": HEAD + body}, **options)

    return open_site


def test_a_plugin_that_rests_takes_no_label_of_the_core_along(open_with):
    # The core's own room of this name is no plugin, and notes actions all the same.
    site = open_with("1 / 0\n", name="privacy")
    apps.create_app(site)
    assert "privacy" in site.registry.quarantined
    assert "privacy.export" in LABELS.get(site).actions


@pytest.mark.parametrize("name", ["jobs", "privacy", "help"])
def test_a_package_called_like_tables_of_the_core_is_set_aside(
    lenient, make_site, distribution, name
):
    distribution(name)
    site = make_site(plugins=(name,))
    assert f"the core has a table {name}_" in site.registry.quarantined[name]


def test_one_file_is_loaded_without_a_change_of_sys_path(open_with):
    before = list(sys.path)
    site = open_with(KIND)
    assert sys.path == before
    assert "probe" not in sys.modules
    name = site.registry.modules["probe"].__name__
    assert name.startswith("entraide_instance_plugins.")
    assert name.endswith(".probe")


def test_a_file_that_is_no_utf8_is_told_with_its_place(lenient, make_site, tmp_path):
    folder = tmp_path / "site-exemple" / "plugins"
    folder.mkdir(parents=True)
    (folder / "probe.py").write_bytes('"""Prêt."""\n'.encode("latin-1"))
    site = make_site(plugins=("probe",))
    assert "plugins/probe.py, line 1: SyntaxError: (unicode" in site.registry.quarantined["probe"]


def test_a_single_file_brings_no_tables(lenient, make_site):
    from entraide.database import metadata

    before = set(metadata.tables)
    table = MODELS.format(**GOOD | {"table": "probe_cup"})
    for body in (table, table + "1 / 0\n"):
        site = make_site(plugins=("probe",), files={"plugins/probe.py": body})
        reason = site.registry.quarantined["probe"]
        assert "the table probe_cup cannot come with a single file" in reason or "line 10" in reason
        assert set(metadata.tables) == before


def test_an_optional_hook_of_an_absent_plugin_is_no_mistake(open_with):
    site = open_with("@hookimpl(optionalhook=True)\ndef tea_served(cup):\n    pass\n")
    assert site.registry.quarantined == {}


@pytest.mark.parametrize("body", ["@hookimpl\ndef navigaton_links(member):\n    pass\n", "1 / 0\n"])
def test_strict_sets_aside_what_the_check_refuses(make_site, body):
    site = make_site(plugins=("probe",), files={"plugins/probe.py": HEAD + body})
    assert "probe" in site.registry.quarantined


def test_strict_raises_what_a_plugin_raises(make_site):
    with pytest.raises(RuntimeError, match="cold"):
        make_site(
            plugins=("probe",),
            files={
                "plugins/probe.py": HEAD
                + "@hookimpl\ndef register_kinds():\n    raise RuntimeError('cold')\n"
            },
        )


def test_missing_plugin_says_how_to_go_on(lenient, make_site):
    site = make_site(plugins=("absent",))
    reason = site.registry.quarantined["absent"]
    assert "no plugins/absent.py in the site's folder" in reason
    assert "Its data is kept." in reason


def test_a_slip_in_a_plugins_name_is_pointed_out(lenient, make_site):
    site = make_site(plugins=("tutorign",))
    assert "Did you mean tutoring?" in site.registry.quarantined["tutorign"]


def test_a_name_that_a_distribution_has_is_not_taken_by_a_file(lenient, make_site, capsys):
    site = make_site(plugins=("tutoring",), files={"plugins/tutoring.py": HEAD + KIND})
    assert site.registry.modules["tutoring"].__name__ == "entraide_tutoring"
    told = capsys.readouterr().out
    assert told.count("plugin-file-not-read") == 1
    assert "tutoring.py is not read: an installed plugin is called tutoring too" in told
    assert "Give the file another name." in told
    with runtime.activate(site):
        assert [line for line in describe() if "tutoring.py is not read" in line]


def test_two_plugins_may_not_declare_the_same_kind(lenient, make_site):
    site = make_site(
        plugins=("first", "second"),
        files={"plugins/first.py": HEAD + KIND, "plugins/second.py": HEAD + KIND},
    )
    assert site.kinds["tea"].plugin == "first"
    assert "'tea' is declared by first already" in site.registry.quarantined["second"]


def test_wrong_settings_of_a_plugin_stop_the_site(open_with):
    body = """
from marshmallow import Schema
class Settings(Schema):
    leaf = String(required=True)
@hookimpl
def register_settings():
    return Settings
"""
    with pytest.raises(ConfigurationError, match="leaf"):
        open_with(body, toml="[plugins.probe]\nleef = 3\n")


def test_pages_of_a_quarantined_plugin_rest_in_plain_words(open_with):
    client = browser(apps.create_app(open_with("1 / 0\n")))
    for path in ("/probe/", "/probe/anything/below"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert "ZeroDivision" not in answer.text
        assert "données" in answer.text or "Your data is kept" in answer.text
    assert client.get("/").status_code == 200


UNMARKED = """
from flask import Blueprint
pages = Blueprint("probe", __name__)
@pages.get("/open")
@permission(None)
def opened():
    return "opened"
@pages.get("/unmarked")
def unmarked():
    return "unmarked"
@hookimpl
def register_blueprints():
    yield pages
"""
APP_WIDE = UNMARKED.replace('@pages.get("/unmarked")', "@pages.before_app_request")


@pytest.mark.parametrize(
    ("body", "words"),
    [(UNMARKED, "the route probe.unmarked says nothing"), (APP_WIDE, "before_request_funcs")],
)
def test_blueprint_that_is_refused_serves_nothing(open_with, body, words):
    site = open_with(body)
    client = browser(apps.create_app(site))
    assert words in site.registry.quarantined["probe"]
    for path in ("/probe/open", "/probe/unmarked", "/probe/else"):
        assert client.get(path).status_code == 503
    assert client.get("/help-numbers").status_code == 200


WELL_KNOWN = """
from flask import Blueprint
class Fixed(Blueprint):
    well_known = True
pages = Fixed("fixed", __name__)
@pages.get("/.well-known/tea")
@permission(None)
def tea():
    return "tea"
@pages.get("/fixed/<cup>")
@permission(None)
def cups(cup):
    return cup
@hookimpl
def register_blueprints():
    yield pages
"""


@pytest.mark.parametrize(
    ("toml", "refused"),
    [
        (None, "/.well-known/tea"),
        ("well_known = []\n", "/.well-known/tea"),
        ('well_known = ["/.well-known/tea"]\n', "/fixed/<cup>"),
        ('well_known = ["/.well-known/tea", "/fixed"]\n', "/fixed/<cup>"),
        ('well_known = ["/.well-known/tea", "/fixed/"]\n', ""),
    ],
)
def test_pages_elsewhere_are_those_that_plugin_toml_lists(
    lenient, make_site, distribution, toml, refused
):
    distribution("odd", toml, WELL_KNOWN)
    site = make_site(plugins=("odd",))
    client = browser(apps.create_app(site))
    found = [client.get(path).status_code for path in ("/.well-known/tea", "/fixed/cup")]
    assert found == ([503, 503] if refused else [200, 200])
    if refused:
        assert f"the page {refused} lies outside /odd/" in site.registry.quarantined["odd"]
        assert client.get("/help-numbers").status_code == 200


def test_one_file_has_no_pages_elsewhere(open_with):
    site = open_with(WELL_KNOWN)
    assert browser(apps.create_app(site)).get("/.well-known/tea").status_code == 503
    assert "lies outside /probe/" in site.registry.quarantined["probe"]


@pytest.mark.parametrize("name", ["login", "api", "find", "static"])
def test_plugin_whose_name_the_site_uses_for_its_pages(open_with, name):
    site = open_with(KIND, name=name)
    client = browser(apps.create_app(site))
    assert "Choose another name." in site.registry.quarantined[name]
    assert client.get("/login").status_code == 200


def test_plugin_named_like_a_table_of_the_settings_is_refused_with_its_remedy(open_with):
    with pytest.raises(ConfigurationError, match='"offers" is a name of the core'):
        open_with(KIND, name="offers")


def test_plugin_set_aside_after_its_pages_were_mounted_serves_nothing(open_with):
    body = UNMARKED.replace('@pages.get("/unmarked")\n', "")
    site = open_with(body)
    client = browser(apps.create_app(site))
    assert client.get("/probe/open").text == "opened"
    loading.set_aside(site.registry, "probe", PluginError("later"))
    assert client.get("/probe/open").status_code == 503


def test_files_whose_names_are_no_plugin_names_are_left_alone(tmp_path):
    for name in ("equipment.py", "Équipe.py", "_hidden.py", "9x.py", "a" * 32 + ".py", "notes.txt"):
        (tmp_path / name).write_text("")
    assert list(files.one_file_plugins(tmp_path)) == [("equipment", tmp_path / "equipment.py")]
    assert list(files.one_file_plugins(tmp_path / "absent")) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'"""Lends cups.\n\nMore."""\n', "Lends cups."),
        (b"x = 1\n", ""),
        (b"def broken(:\n", ""),
        (b"\xff\xfe", ""),
        (b"\x00", ""),
    ],
)
def test_summary_is_read_without_running_the_file(tmp_path, content, words):
    path = tmp_path / "probe.py"
    path.write_bytes(content)
    assert files.summary(path) == words


# Order and compatibility of distributions ---------------------------------------------------


@pytest.mark.parametrize(
    ("enabled", "needs", "order"),
    [
        (["b", "a"], {}, ["b", "a"]),
        (["b", "a"], {"b": ["a"]}, ["a", "b"]),
        (["c", "b", "a"], {"c": ["b"], "b": ["a"]}, ["a", "b", "c"]),
        (["d", "c", "a"], {"d": ["a"]}, ["c", "a", "d"]),
        (["b", "a"], {"b": ["absent"]}, ["b", "a"]),
        (["b", "a", "c"], {"a": ["b"], "b": ["a"]}, ["c", "b", "a"]),
        (["a", "a"], {"a": ["a"]}, ["a"]),
    ],
)
def test_order(enabled, needs, order):
    assert plugin_metadata.in_order(enabled, needs) == order


@pytest.mark.parametrize(
    ("wanted", "is_accepted"),
    [
        (">=1.0,<2", True),
        (">=1", True),
        ("==1.0", True),
        ("<=1.0.0", True),
        (">1.0", False),
        (">=1.1,<2", False),
        (">=2", False),
        ("<1", False),
        ("1.0", False),
        ("", False),
        (">=1.0,,", False),
        ("~=1.0", False),
    ],
)
def test_accepts(wanted, is_accepted):
    assert plugin_metadata.accepts(wanted, "1.0") is is_accepted


def test_distributions_load_after_what_they_require(lenient, make_site, distribution):
    distribution("late", 'api = ">=1.0,<2"\nrequires = ["early"]\n')
    distribution("early")
    site = make_site(plugins=("late", "early"))
    assert list(site.registry.modules)[-2:] == ["early", "late"]


@pytest.mark.parametrize(
    "body",
    [
        KIND.replace('public(String(), label="Leaf")', "String()"),
        "@hookimpl\ndef register_blueprints():\n    raise RuntimeError('cold')\n",
        "@hookimpl\ndef register_api():\n    raise RuntimeError('cold')\n",
        "@hookimpl\ndef register_jobs():\n    raise RuntimeError('cold')\n",
    ],
)
def test_what_a_plugin_needs_may_fail_later(lenient, make_site, distribution, body):
    distribution("base", body=body)
    distribution("upper", 'requires = ["base"]\n', KIND)
    distribution("top", 'requires = ["upper"]\n')
    distribution("other", body=KIND.replace('"tea"', '"other"'))
    site = make_site(plugins=("base", "upper", "top", "other"))
    client = browser(apps.create_app(site))
    apps.jobs_of(site)
    assert set(site.registry.quarantined) == {"base", "upper", "top"}
    assert "it needs base, which is not running here" in site.registry.quarantined["upper"]
    assert "other" in site.kinds
    assert client.get("/help-numbers").status_code == 200
    assert [said for said in (site.registry.modules) if said in ("upper", "top")] == []


def test_entry_point_of_a_package_that_is_gone(lenient, make_site, distribution, tmp_path):
    distribution("gone")
    (tmp_path / "entraide_test_gone" / "__init__.py").unlink()
    (tmp_path / "entraide_test_gone").rmdir()
    assert "gone" in make_site(plugins=("gone",)).registry.quarantined


MODELS = """
from uuid import UUID
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
import entraide
class Cup({base}):
    __tablename__ = "{table}"
    id: Mapped[UUID] = entraide.neutral(primary_key=True)
    colour: Mapped[str] = {column}
    {more}
"""
LOOSE = "__import__('sqlalchemy').Table('cups_saucer', entraide.database.metadata)"
GOOD = {
    "base": "entraide.Model",
    "table": "cups_cup",
    "column": "entraide.neutral()",
    "more": "",
}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"column": "mapped_column()"}, "cups_cup.colour is not classified"),
        ({"table": "mugs_cup"}, "the table mugs_cup must be called cups_mugs_cup"),
        ({"more": "saucer = relationship('Saucr')"}, "Saucr"),
        ({"more": "1 / 0"}, "division by zero"),
        ({"more": f"{LOOSE}; 1 / 0"}, "division by zero"),
        ({"base": "type('Own', (DeclarativeBase,), {})"}, "Cup is made from another base"),
    ],
)
def test_plugin_with_broken_tables_leaves_nothing_behind(
    lenient, make_site, distribution, values, words
):
    from entraide.database import metadata

    before = set(metadata.tables)
    distribution("cups", body=KIND, models=MODELS.format(**(GOOD | values)))
    for _ in range(2):
        site = make_site(plugins=("cups",))
        assert words in site.registry.quarantined["cups"]
        assert set(metadata.tables) == before
        assert browser(apps.create_app(site)).get("/help-numbers").status_code == 200


def test_plugin_with_good_tables(lenient, make_site, distribution):
    from entraide.database import metadata

    distribution("cups", body=KIND, models=MODELS.format(**GOOD))
    site = make_site(plugins=("cups",))
    assert site.registry.quarantined == {}
    metadata.remove(metadata.tables["cups_cup"])


@pytest.mark.parametrize(("name", "is_warned"), [("probe", False), ("quite_another", True)])
def test_settings_of_a_plugin_that_is_off_do_no_harm(lenient, make_site, capsys, name, is_warned):
    site = make_site(files={"plugins/probe.py": HEAD + KIND})
    settings = site.settings.folder / "instance.toml"
    settings.write_text(f"{settings.read_text()}[plugins.{name}]\nleaf = 3\n")
    capsys.readouterr()
    assert apps.read_settings(site.settings.folder).plugins == ()
    warning = capsys.readouterr().out
    assert ("settings-of-no-plugin" in warning) is is_warned
    assert (f"[plugins.{name}]" in warning) is is_warned


WRITING = """
from flask import Blueprint
from entraide import audit, database
pages = Blueprint("probe", __name__)
@pages.route("/write", methods=["GET", "POST"])
@permission(None)
def write():
    with database.writing() as session:
        session.execute(__import__("sqlalchemy").text("UPDATE members_member SET language = 'en'"))
    return "written"
@hookimpl
def register_blueprints():
    yield pages
"""


def test_a_page_that_is_read_writes_by_no_side_door(open_with):
    site = open_with(WRITING)
    client = browser(apps.create_app(site))
    assert client.get("/probe/write").status_code == 500
