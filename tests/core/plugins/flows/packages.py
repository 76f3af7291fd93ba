"""Mistakes in a plugin that is a package: what its files say, the place, the cause, the remedy.

Each is a name, the files as the fixture `distribution` takes them, the place that the reason names,
words of the cause and words of the remedy.
"""

from __future__ import annotations

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
GOOD = {
    "base": "entraide.Model",
    "table": "odd_cup",
    "column": "entraide.neutral()",
    "more": "",
}


def toml(text):
    """A package with this plugin.toml."""
    return {"toml": text}


def models(**values):
    """A package with one table, in which something is wrong."""
    return {"models": MODELS.format(**(GOOD | values))}


LOOSE = "__import__('sqlalchemy').Table('cups_saucer', entraide.database.metadata)"
LISTS = "[capabilities] has lists of texts"
MISUSES = [
    (
        "an API of later",
        toml('api = ">=2"\n'),
        "plugin.toml",
        "written for the hook API >=2",
        "Install a release",
    ),
    (
        "an API in words",
        toml('api = "about 1"\n'),
        "plugin.toml",
        "'about 1' is no range",
        'Write api = ">=1.0,<2"',
    ),
    ("no TOML", toml("api = \n"), "plugin.toml", "line 1", "Correct the file"),
    ("an API that is a number", toml("api = 1\n"), "plugin.toml", "write api", '">=1.0,<2"'),
    (
        "needs that are numbers",
        toml("requires = [1]\n"),
        "plugin.toml",
        "requires =",
        '["name", ...]',
    ),
    (
        "a need that is no list",
        toml('requires = "early"\n'),
        "plugin.toml",
        "requires =",
        '["name", ...]',
    ),
    (
        "a key that there is not",
        toml('require = ["early"]\n'),
        "plugin.toml",
        "unknown key 'require'",
        "Known: api, requires,",
    ),
    (
        "a path that is no list",
        toml('well_known = "/tea"\n'),
        "plugin.toml",
        "well_known =",
        '["/path", ...]',
    ),
    (
        "the root for a path",
        toml('well_known = ["/"]\n'),
        "plugin.toml",
        "'/' is no path",
        "like /a/b",
    ),
    (
        "a path without a slash",
        toml('well_known = ["tea"]\n'),
        "plugin.toml",
        "'tea' is no path",
        "like /a/b",
    ),
    (
        "a title that is no table",
        toml('title = "Tea"\n'),
        "plugin.toml",
        "[title] is a table",
        "fr, en",
    ),
    (
        "a summary in German",
        toml('[summary]\nde = "Tee"\n'),
        "plugin.toml",
        "[summary] is a table",
        "fr, en",
    ),
    (
        "a summary that is a number",
        toml("[summary]\nfr = 1\n"),
        "plugin.toml",
        "[summary] is a table",
        "fr, en",
    ),
    (
        "a capability that there is not",
        toml("[capabilities]\nminors = true\n"),
        "plugin.toml",
        LISTS,
        "personal_data",
    ),
    (
        "a category that there is not",
        toml('[capabilities]\npersonal_data = ["mood"]\n'),
        "plugin.toml",
        "'mood' is no category",
        "The categories are",
    ),
    (
        "a decision in a word",
        toml('decides = ["publish"]\n'),
        "plugin.toml",
        "decides lists actions of others",
        "directory.publish",
    ),
    (
        "a decision about nothing",
        toml('decides = ["directory.publsh"]\n'),
        "plugin.toml",
        "no action of others",
        "Did you mean directory.publish?",
    ),
    (
        "a need that is off",
        toml('requires = ["absent"]\n'),
        "",
        "it needs absent, which is not running here",
        "Add it to [plugins] enabled",
    ),
    (
        "a need of itself",
        toml('requires = ["odd"]\n'),
        "plugin.toml",
        "a circle: odd needs odd",
        "Take one of them out",
    ),
    (
        "a column without a mark",
        models(column="mapped_column()"),
        "models.py, line 8",
        "odd_cup.colour is not classified",
        "Declare it with neutral()",
    ),
    (
        "a table of another name",
        models(table="mugs_cup"),
        "models.py, line 6",
        "the table mugs_cup must be called odd_mugs_cup",
        "so that two plugins",
    ),
    (
        "a relationship to nothing",
        models(more="saucer = relationship('Saucr')"),
        "models.py, line 5",
        "Saucr",
        "Correct the file",
    ),
    (
        "a table of a base of its own",
        models(base="type('Own', (DeclarativeBase,), {})"),
        "models.py, line 5",
        "made from another base",
        "from entraide import Model",
    ),
    (
        "a table that fails",
        models(more="1 / 0"),
        "models.py, line 9",
        "division by zero",
        "Correct the file",
    ),
    (
        "a table that ends the process",
        models(more="raise SystemExit"),
        "models.py, line 9",
        "SystemExit",
        "Correct the file",
    ),
    (
        "a loose table, and a failure",
        models(more=f"{LOOSE}; 1 / 0"),
        "models.py, line 9",
        "division by zero",
        "Correct the file",
    ),
    (
        "a package that imports itself in a circle",
        {
            "body": "from entraide_test_odd.models import Cup\n",
            "models": "from entraide_test_odd import Nothing\n",
        },
        "models.py, line 1",
        "ImportError",
        "Correct the file",
    ),
]
