"""Pages that fail in the check: what was raised, where in the plugin, and what mends it."""

from __future__ import annotations

import pytest

from entraide.kit.checking.pages import refuse_strangers

SHELF = """    shelf: Mapped[str] = neutral()
    owner: Mapped"""


def only(found):
    [finding] = found
    return finding


@pytest.mark.parametrize(
    ("name", "before", "after", "what", "where", "how"),
    [
        (
            "templates/tools/items.html",
            "import list_pages",
            "import lists_of_pages as list_pages",
            "does not export the requested name 'lists_of_pages'",
            "templates/tools/items.html:",
            "Mend that line.",
        ),
        (
            "views.py",
            "    actor = require_member()\n    items",
            "    actor = require_member()\n    int('one')\n    items",
            "ValueError: invalid literal for int() with base 10: 'one'",
            "views.py:38",
            "Mend that line.",
        ),
        (
            "views.py",
            "        raise errors.NotFound\n",
            "        pass\n",
            "AttributeError",
            "views.py:75",
            "Raise errors.NotFound for what is not there.",
        ),
        (
            "views.py",
            "session().get(Item, item_id)",
            "session().get(Item, item_id, nonsense=1)",
            "TypeError",
            "views.py:",
            "Mend that line. Raise errors.NotFound for what is not there.",
        ),
        (
            "views.py",
            'may_add=allowed(actor, "tools.add"),',
            'may_add=1 / (not allowed(actor, "tools.add", items)),',
            "ZeroDivisionError",
            "views.py:44",
            "Mend that line.",
        ),
    ],
)
def test_a_page_that_fails_is_told_once_with_its_error_and_line(
    change, findings, capsys, name, before, after, what, where, how
):
    finding = only(findings(refuse_strangers, change(name, before, after)))
    assert what in finding.what
    assert where in finding.where
    assert finding.how == how
    assert "Traceback" not in "".join(capsys.readouterr())


def test_a_page_that_takes_no_made_up_text_says_so_and_how_to_name_others(change, findings):
    change("models.py", "    owner: Mapped", SHELF)
    change(
        "migrations/versions/0001_first_tables.py",
        'sa.Column("added_at"',
        'sa.Column("shelf", sa.Text(), nullable=False),\n        sa.Column("added_at"',
    )
    folder = change(
        "views.py",
        "        removable=removable,",
        '        removable={"a": []}[items.rows[0].shelf],',
    )
    finding = only(findings(refuse_strangers, folder))
    assert "KeyError: 'canary-tools_item-shelf'" in finding.what
    assert "tools_item.shelf = 'canary-tools_item-shelf'" in finding.how
    assert 'neutral(example="…")' in finding.how
    change("views.py", '{"a": []}[items.rows[0].shelf],', '{"a": []}.get(items.rows[0].shelf),')
    finding = only(findings(refuse_strangers, folder))
    assert "NoneType" in finding.what
    assert finding.how.startswith(
        "Mend that line. If it fails because the row was made up (tools_item"
    )
    change("templates/tools/items.html", "import list_pages", "import no_pages as list_pages")
    change("views.py", '{"a": []}.get(items.rows[0].shelf),', "removable,")
    assert only(findings(refuse_strangers, folder)).how == "Mend that line."
    change("templates/tools/items.html", "import no_pages as list_pages", "import list_pages")
    change("views.py", "removable=removable,", 'removable={"a": []}[items.rows[0].shelf],')
    change("models.py", SHELF, SHELF.replace("neutral()", 'neutral(example="a")'))
    assert findings(refuse_strangers, folder) == []


def test_a_page_that_fails_for_the_team_alone_is_found(change, findings):
    folder = change(
        "views.py",
        "    actor = require_member()\n    items",
        '    actor = require_member()\n    assert "moderator" not in actor.roles\n    items',
    )
    assert "for moderator" in only(findings(refuse_strangers, folder)).what


ONE_FILE = '''"""A probe."""

from flask import Blueprint

from entraide import errors, hookimpl
from entraide.pages import permission

blueprint = Blueprint("probe", __name__)


@blueprint.get("/")
@permission(None)
def index():
    raise errors.EntraideError("cold")


@hookimpl
def register_blueprints():
    yield blueprint
'''


def test_one_file_is_named_where_it_lies(tmp_path, findings):
    file = tmp_path / "probe.py"
    file.write_text(ONE_FILE, "utf-8")
    finding = only(findings(refuse_strangers, file))
    assert finding.what == "GET /probe/ for a visitor fails (500): EntraideError: cold"
    assert (finding.where, finding.how) == ("probe.py:14", "Mend that line.")
