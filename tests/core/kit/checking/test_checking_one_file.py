"""The check of a plugin that is one file, what kinds would send, and words brought up to date."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from entraide.cli import entraide
from entraide.kit import catalogues
from entraide.kit.candidate import NoPlugin, candidate
from entraide.kit.checking import check_plugin
from entraide.kit.scaffold import NewPlugin, create
from entraide.plugins.grades import read_checks

SEEDS = '''"""Seeds that neighbours share."""

from collections.abc import Iterable

from marshmallow import Schema, post_dump, post_load, validate

from entraide import Kind, catalogue, fields, hookimpl, parties, public

_ = catalogue(__name__, fr={"Seeds": "Graines", "Plant": "Plante", "Child": "Enfant"})


class SeedSchema(Schema):
    """What is given."""

    plant = public(fields.String(), label=_("Plant"))
    child = parties(fields.String(), label=_("Child"), category="child", purpose="the help itself")
    # more


@hookimpl
def register_kinds() -> Iterable[Kind]:
    """Declare the kind."""
    yield Kind("seeds", _("Seeds"), SeedSchema, sides=("offer",), federated=True)
'''


@pytest.fixture(autouse=True)
def _contained(monkeypatch):
    monkeypatch.setenv("ENTRAIDE_STRICT", "0")


def checked(path):
    with candidate(str(path)) as plugin:
        return check_plugin(plugin)


def test_one_file_is_checked_as_far_as_makes_sense(tmp_path):
    (tmp_path / "seeds.py").write_text(SEEDS)
    report = checked(tmp_path / "seeds.py")
    assert (report.findings, report.unseen, report.grade) == ([], [], "gold")
    assert "nothing private is federated" in report.checks
    assert "routes refuse strangers" in report.checks
    assert "its own tests pass" not in report.checks
    assert "migrations go down and up and equal the models" not in report.checks


MISTAKES = {
    "no first line": (
        '"""Seeds that neighbours share."""',
        "",
        "bronze",
        "does not say what it is",
    ),
    "words without French": ('"Plant": "Plante", ', "", "bronze", "no French for 'Plant'"),
    "words that nothing shows": ('"Plant": ', '"Old": "Vieux", "Plant": ', "silver", "'Old'"),
    "a private import": (
        "from entraide import Kind",
        "from entraide.web import forms\nfrom entraide import Kind",
        "none",
        "imports entraide.web.forms",
    ),
    "an annotation": (" -> Iterable[Kind]:", ":", "bronze", "annotated otherwise"),
    "a failure": ("_ = cat", "1 / 0\n_ = cat", "none", "line 9: ZeroDivisionError"),
    "a field without a mark": (
        "    # more",
        "    age = fields.Integer()",
        "none",
        "is not classified",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_in_one_file_costs_its_grade_and_names_the_file(tmp_path, mistake):
    before, after, grade, words = MISTAKES[mistake]
    assert before in SEEDS
    path = tmp_path / "seeds.py"
    path.write_text(SEEDS.replace(before, after))
    report = checked(path)
    finding = next(found for found in report.findings if words in found.what)
    assert report.grade == grade
    assert finding.where.startswith("seeds.py")
    assert "entraide-kit-" not in str(finding)
    assert str(path) in finding.what or mistake != "a failure"


LEAKS = {
    "copied when it is stored": """
    @post_dump
    def copy(self, data, **_more):
        return data | {"plant": data.get("child", "")}
""",
    "copied when it is read": """
    @post_load
    def copy(self, data, **_more):
        return data | {"plant": data["child"]}
""",
    "hidden in a longer text": """
    @post_dump
    def copy(self, data, **_more):
        return data | {"plant": f"for {data.get('child')}"}
""",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_private_word_that_would_leave_is_found(tmp_path, leak):
    path = tmp_path / "seeds.py"
    path.write_text(SEEDS.replace("    # more\n", LEAKS[leak]))
    report = checked(path)
    assert report.grade == "none"
    [finding] = [found for found in report.findings if "leaves the site" in found.what]
    assert "the field child of the kind seeds leaves the site (the listing)" in finding.what
    assert finding.where.startswith("seeds.py:")


KINDS = """
    size = public(fields.Integer(validate=validate.Range(3, 9)), label=_("Plant"))
    price = public(fields.Decimal(), label=_("Plant"))
    town = public(fields.Commune(), label=_("Plant"))
    tags = public(fields.some_of([("a", "A")]), label=_("Plant"))
    names = parties(fields.List(fields.String()), label=_("Plant"))
    page = public(fields.Url(), label=_("Plant"))
    mail = parties(fields.Email(), label=_("Plant"), category="contact")
    day = public(fields.Date(required=True), label=_("Plant"))
    hour = public(fields.Time(), label=_("Plant"))
    fresh = public(fields.Boolean(), label=_("Plant"))
    code = parties(fields.String(validate=validate.Regexp("[0-9]{3}")), label=_("Plant"))
"""
ODD = '    code = public(fields.String(required=True, validate=validate.Regexp("[0-9]{3}")), label=_("Plant"))\n'


def test_offers_are_made_up_of_every_field_that_takes_a_made_up_value(tmp_path):
    path = tmp_path / "seeds.py"
    path.write_text(
        SEEDS.replace("    # more\n", KINDS).replace('sides=("offer",)', 'schedule="required"')
    )
    report = checked(path)
    assert (report.findings, report.unseen) == ([], [])
    path.write_text(SEEDS.replace("    # more\n", ODD))
    assert checked(path).unseen == ["seeds"]


def test_what_is_no_plugin_of_one_file_says_so(tmp_path):
    (tmp_path / "My-Seeds.py").write_text(SEEDS)
    with pytest.raises(NoPlugin, match="the name of the file"), candidate(tmp_path / "My-Seeds.py"):
        pass
    for target in ("absent.py", "absent"):
        with pytest.raises(NoPlugin, match="nor a plugin of one file"), candidate(target, tmp_path):
            pass


def run(folder, *words):
    return CliRunner().invoke(entraide, ["--instance", str(folder), "plugin", *words])


def test_one_file_of_an_instance_is_checked_by_its_name_and_its_grade_kept(make_site):
    site = make_site(files={"plugins/seeds.py": SEEDS})
    folder = site.settings.folder
    answer = run(folder, "check", "seeds")
    assert answer.output.endswith("seeds: gold (12 checks)\n"), answer.output
    assert read_checks(site.settings.state)["seeds"].grade == "gold"
    answer = run(folder, "messages", "seeds")
    assert (answer.exit_code, answer.output) == (0, "")
    (folder / "plugins" / "seeds.py").write_text(SEEDS.replace('"Plant": "Plante", ', ""))
    answer = run(folder, "messages", "seeds")
    assert answer.exit_code == 1
    assert answer.output.startswith("Plant\nWrite their French in seeds.py")


def test_words_are_brought_up_to_date_and_nothing_else_is_touched(tmp_path):
    folder = create(NewPlugin("tools", "pages", {"fr": "Outils", "en": "Tools"}), tmp_path)
    package = folder / "entraide_tools"
    french = package / "translations" / "fr.po"
    french.write_text("# Mine.\n" + french.read_text())
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert run(tmp_path, "messages", str(folder)).exit_code == 0
    assert {path: path.read_bytes() for path in before} == before
    init = package / "__init__.py"
    init.write_text(init.read_text() + 'NEW = _("What\'s new?")\n')
    answer = run(tmp_path, "messages", str(folder))
    assert answer.exit_code == 1
    assert answer.output.startswith(
        "What's new?\nWrite their French in entraide_tools/translations"
    )
    (tmp_path / "words.txt").write_text("What's new?\tQuoi d'neuf ?\n")
    answer = run(tmp_path, "messages", str(folder), "--words", str(tmp_path / "words.txt"))
    assert answer.exit_code == 0
    assert catalogues.read(french)["What's new?"] == "Quoi d’neuf\u00a0?"
    changed = {path for path in before if path.read_bytes() != before[path]}
    assert changed == {init, french, package / "translations" / "en.po"}


def test_an_annotation_may_name_the_module_of_its_type(tmp_path):
    path = tmp_path / "seeds.py"
    text = SEEDS.replace("import Kind, catalogue", "import Kind, catalogue, events")
    hook = '\n\n@hookimpl\ndef on_event(event: events.Event) -> None:\n    """Hear."""\n'
    path.write_text(text + hook)
    assert checked(path).findings == []
    path.write_text(text + hook.replace("events.Event", "events.HelpRequestOpened"))
    [finding] = checked(path).findings
    assert "event: HelpRequestOpened instead of Event" in finding.what
