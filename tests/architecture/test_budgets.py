"""Budgets of the product's code; each exception stands here with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

import budgets
from budgets import Source

ROOT = Path(__file__).parents[2]
PRODUCT = ("core", "federation", "plugins")

# File → why it may be longer than the budget.
EXCEPTIONS = {
    "core/entraide/migrations/versions/0001_first_tables.py": "a list of tables, written once",
}


@pytest.fixture(scope="module")
def product() -> list[Source]:
    return [one for one in budgets.read(ROOT, PRODUCT, (".py",)) if "/migrations/" not in one.path]


@pytest.fixture(scope="module")
def every_file() -> list[Source]:
    folders = (*PRODUCT, "benchmarks", "docs")
    return budgets.read(ROOT, folders, (".py", ".html", ".css", ".md"))


@pytest.fixture(scope="module")
def tests() -> list[Source]:
    return budgets.read(ROOT, ("tests",), (".py",))


def test_files_are_short(every_file):
    assert set(budgets.long_files(every_file)) - set(EXCEPTIONS) == set()


def test_files_of_tests_are_no_books(tests):
    # A table of cases may be long; two screens of set-up may not, so functions count here too.
    assert budgets.long_files(tests, budgets.TEST_FILE_LINES) == {}
    lengths = budgets.function_lines(tests)
    assert [place for place, lines in lengths.items() if lines > budgets.FUNCTION_LINES] == []


def test_every_exception_is_needed(every_file):
    assert set(EXCEPTIONS) == set(budgets.long_files(every_file))


def test_the_median_file_is_short(product):
    assert budgets.median_file(product) <= budgets.MEDIAN_FILE_LINES


def test_no_function_is_long(product):
    lengths = budgets.function_lines(product)
    assert [place for place, lines in lengths.items() if lines > budgets.FUNCTION_LINES] == []


def test_functions_are_usually_short(product):
    assert budgets.usual_share(budgets.function_lines(product)) >= budgets.USUAL_SHARE


def test_everything_public_has_a_docstring(product):
    assert budgets.undocumented(product) == []


def test_readmes_fit_one_screen(every_file):
    root = Source("README.md", (ROOT / "README.md").read_text("utf-8"))
    assert budgets.long_readmes([root, *every_file]) == {}


def test_a_plugin_that_only_adds_a_kind_is_short():
    page = (ROOT / "docs" / "tutorial" / "first-plugin.md").read_text("utf-8")
    plugin = Source("equipment.py", page.partition("```python\n")[2].partition("```")[0])
    assert budgets.defines_a_kind(plugin)
    assert 0 < plugin.line_count <= budgets.KIND_PLUGIN_LINES


# ---- each budget is seen to fail ---------------------------------------------------------


def lines(count: int, text: str = "x = 1") -> str:
    return "\n".join([text] * count)


def function(length: int, name: str = "act") -> str:
    return f"def {name}():\n" + lines(length - 1, "    x = 1") + "\n"


@pytest.mark.parametrize(("count", "found"), [(300, {}), (301, {"a.py": 301})])
def test_a_long_file_is_found(count, found):
    assert budgets.long_files([Source("a.py", lines(count))]) == found


@pytest.mark.parametrize(("counts", "median"), [((10, 90, 400), 90), ((10, 91, 400), 91)])
def test_the_median_is_measured(counts, median):
    assert budgets.median_file([Source("a.py", lines(count)) for count in counts]) == median


@pytest.mark.parametrize("length", [2, 50, 51])
def test_functions_are_measured(length):
    sources = [Source("a.py", f"class A:\n    x = 1\n{function(length)}")]
    assert budgets.function_lines(sources) == {"a.py:3 act": length}


@pytest.mark.parametrize(("long", "share"), [(1, 0.95), (2, 0.9)])
def test_the_share_of_short_functions_is_measured(long, share):
    lengths = {str(number): 21 if number < long else 20 for number in range(20)}
    assert budgets.usual_share(lengths) == share


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"""Owns x."""\n', []),
        ("", []),
        ("x = 1\n", ["a.py"]),
        ('"""Owns x."""\ndef act():\n    pass\n', ["a.py:2 act"]),
        ('"""Owns x."""\ndef _act():\n    pass\n', []),
        ('"""Owns x."""\nclass A:\n    """An a."""\n    def act(self): ...\n', ["a.py:4 act"]),
    ],
)
def test_a_missing_docstring_is_found(text, found):
    assert budgets.undocumented([Source("a.py", text)]) == found


@pytest.mark.parametrize(("count", "found"), [(80, {}), (81, {"b/README.md": 81})])
def test_a_long_readme_is_found(count, found):
    assert budgets.long_readmes([Source("b/README.md", lines(count))]) == found


def test_built_and_hidden_files_are_not_measured(tmp_path):
    for name in ("core/a.py", "core/.cache/b.py", "core/x.egg-info/c.py", "core/d.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(lines(1))
    assert [one.path for one in budgets.read(tmp_path, ("core",), (".py",))] == ["core/a.py"]
