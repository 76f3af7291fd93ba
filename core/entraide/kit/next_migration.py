"""The next migration of a plugin, written from the difference of models and migrations."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

from alembic.operations.ops import MigrationScript
from alembic.script import ScriptDirectory

from entraide.database import migrations
from entraide.database.migrations import Distribution
from entraide.errors import EntraideError, PluginError
from entraide.kit import drift
from entraide.kit.candidate import Candidate
from entraide.kit.shaping import INDENT, shape
from entraide.kit.workbench import workbench
from entraide.plugins import tables
from entraide.plugins.errors import explain
from entraide.runtime import Runtime

SCRIPT = '''"""{words}."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {before}


def upgrade() -> None:
{upgrade}


def downgrade() -> None:
{downgrade}
'''


class NothingToMigrate(EntraideError):
    """Models and migrations say the same."""

    name, status, title = "nothing-to-migrate", 409, "Models and migrations say the same"


def write_migration(plugin: Candidate, words: str) -> tuple[Path, list[str]]:
    """Write the next migration of a plugin; return its file and what to look at in it, in sentences.

    NothingToMigrate when there is no difference; PluginError when the models are wrong.
    """
    folder = plugin.folder / "migrations"
    with workbench(()) as site:
        script = difference(site, plugin)
        if drift.is_empty(script):
            raise NothingToMigrate(
                f"The models of {plugin.name} and its migrations say the same: nothing to write. "
                "Change models.py first."
            )
        upgrade, downgrade = drift.written(script)
    before = ScriptDirectory(str(folder)).get_current_head() if folder.is_dir() else None
    number = _next_number(folder / "versions")
    path = folder / "versions" / f"{number}_{_file_name(words)}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = SCRIPT.format(
        words=words.rstrip("."),
        revision=number,
        before=f'"{before}"' if before else None,
        upgrade=shape(dedent(upgrade), INDENT),
        downgrade=shape(dedent(downgrade), INDENT),
    )
    path.write_text(text, "utf-8")
    return path, drift.warnings(script)


def difference(site: Runtime, plugin: Candidate) -> MigrationScript:
    """Return what the models of a plugin ask for that its migrations, run here, do not make.

    PluginError, with file and line, when one of its files does not import or a migration fails.
    """
    folder = plugin.folder / "migrations"
    try:
        tables.load_models(plugin.name, plugin.package)
        if folder.is_dir():
            migrations.upgrade(site.database, Distribution(plugin.name, folder))
    except EntraideError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(explain(plugin.name, str(plugin.folder), error)) from error
    return drift.compare(site, plugin.name, plugin.package)


def _next_number(versions: Path) -> str:
    numbers = [int(path.name[:4]) for path in versions.glob("[0-9][0-9][0-9][0-9]_*.py")]
    return f"{max(numbers, default=0) + 1:04}"


def _file_name(words: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:40]
    if not name:
        raise NothingToMigrate("Say in some words what the migration does.")
    return name
