"""The page of the check of plugins: its grades and what each check costs."""

from __future__ import annotations

import inspect

from entraide.kit import checking

PATH = "plugin-check.md"

HEAD = """# The check of a plugin

`entraide plugin check FOLDER` (or the name of an installed plugin) runs these checks on temporary
sites, without network and without a site of one's own. `entraide plugin check seeds.py`, or the name
of a plugin in `plugins/` of the instance, checks one that is a single file, as far as that has what is
checked: it has no tables and no tests of its own. Each finding says what, where, why and how,
and begins with the grade that it keeps the plugin from:

- **bronze**: it loads, opens nothing to strangers, uses public names, and its tables can be made
  and taken away. Whatever costs it can hurt a site or a person.
- **silver**: bronze, and what it keeps about people is exported, French is complete, README and
  `plugin.toml` say what it is.
- **gold**: silver, and it is documented and typed, its pages are accessible as far as HTML tells,
  and its own tests pass (on SQLite).

Its own tests are those in `tests/` beside its package. They need `pip install 'entraide[testing]'`.
The grade is the highest that no finding costs; below gold the status is 1.

The checks write a row into each table, about one invented member. What a column takes they read
from its type (an `Enum` or `Literal` has few values), from the `CheckConstraint`s of its table, and
from the forms' field of the same name (choices, least number, commune). Where none of that says it,
`neutral(example="monday")` does, or `personal(…, example=…)`: a value, or a function that returns
one. A table for which no row can be made up costs gold; a federated kind of which no offer can be
made up is named as not tried.

The site whose plugin it is (`entraide --instance FOLDER plugin check NAME`) keeps the grade for its
page of plugins.

| check | what it does |
|---|---|
"""


def write() -> str:
    """Return the page."""
    looks = (*checking.ALONE, *checking.ON_FILES, *checking.ON_A_SITE)
    rows = [f"| {name} | {(inspect.getdoc(look) or '')} |\n" for name, look in looks]
    own = inspect.getdoc(checking.own_tests.pass_here)
    return HEAD + "".join(rows) + f"| its own tests pass | {own} |\n"
