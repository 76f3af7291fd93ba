"""The arrows between packages hold, and each contract is seen to fail when it is violated."""

from __future__ import annotations

import inspect
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SETTINGS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
IMPORTLINTER = SETTINGS["tool"]["importlinter"]
CONTRACTS = {contract["id"]: contract for contract in IMPORTLINTER["contracts"]}

# Contract → file, the import that it must refuse there, and the arrow that its report names.
VIOLATIONS = {
    "core-rooms": (
        "core/entraide/text.py",
        "from entraide import policy",
        "entraide.text -> entraide.policy",
    ),
    "room-gazetteer": (
        "core/entraide/gazetteer/spellings.py",
        "from entraide.gazetteer import meanings",
        "entraide.gazetteer.spellings -> entraide.gazetteer.meanings",
    ),
    "room-schedules": (
        "core/entraide/schedules/rule_parts.py",
        "from entraide.schedules import schema",
        "entraide.schedules.rule_parts -> entraide.schedules.schema",
    ),
    "room-answers": (
        "core/entraide/answers/rules.py",
        "from entraide.answers import seats",
        "entraide.answers.rules -> entraide.answers.seats",
    ),
    "room-posting": (
        "core/entraide/posting/drafts.py",
        "from entraide.posting import steps",
        "entraide.posting.drafts -> entraide.posting.steps",
    ),
    "room-directory": (
        "core/entraide/directory/rules.py",
        "from entraide.directory import offers",
        "entraide.directory.rules -> entraide.directory.offers",
    ),
    "federation-rooms": (
        "federation/entraide_federation/store/models.py",
        "from entraide_federation import reading",
        "entraide_federation.store.models -> entraide_federation.reading",
    ),
    "room-reading": (
        "federation/entraide_federation/reading/states.py",
        "from entraide_federation.reading import pull",
        "entraide_federation.reading.states -> entraide_federation.reading.pull",
    ),
    "room-receiving": (
        "federation/entraide_federation/reading/receiving/json_parts.py",
        "from entraide_federation.reading.receiving import feed",
        "entraide_federation.reading.receiving.json_parts -> entraide_federation.reading.receiving.feed",
    ),
    "room-storing": (
        "federation/entraide_federation/reading/storing/rows.py",
        "from entraide_federation.reading.storing import write",
        "entraide_federation.reading.storing.rows -> entraide_federation.reading.storing.write",
    ),
    "room-serving": (
        "federation/entraide_federation/serving/cursors.py",
        "from entraide_federation.serving import feed_state",
        "entraide_federation.serving.cursors -> entraide_federation.serving.feed_state",
    ),
    "room-publishing": (
        "federation/entraide_federation/publishing/marks.py",
        "from entraide_federation.publishing import publisher",
        "entraide_federation.publishing.marks -> entraide_federation.publishing.publisher",
    ),
    "room-protocol": (
        "federation/entraide_federation/protocol/spelling.py",
        "from entraide_federation.protocol import objects",
        "entraide_federation.protocol.spelling -> entraide_federation.protocol.objects",
    ),
    "room-store": (
        "federation/entraide_federation/store/silence.py",
        "from entraide_federation.store import health",
        "entraide_federation.store.silence -> entraide_federation.store.health",
    ),
    "room-pages": (
        "core/entraide/pages/forms.py",
        "from entraide.pages import notices",
        "entraide.pages.forms -> entraide.pages.notices",
    ),
    "room-plugins": (
        "core/entraide/plugins/metadata.py",
        "from entraide.plugins import loading",
        "entraide.plugins.metadata -> entraide.plugins.loading",
    ),
    "room-operations": (
        "core/entraide/operations/payloads.py",
        "from entraide.operations import rehearsing",
        "entraide.operations.payloads -> entraide.operations.rehearsing",
    ),
    "feature-layers": (
        "core/entraide/members/models.py",
        "from entraide.members import service",
        "entraide.members.models -> entraide.members.service",
    ),
    "no-http-below-views": (
        "core/entraide/directory/models.py",
        "import flask",
        "entraide.directory.models -> flask",
    ),
    "one-http-client": (
        "plugins/outings/entraide_outings/workflow.py",
        "import requests",
        "entraide_outings.workflow -> requests",
    ),
    "pure-protocol": (
        "federation/entraide_federation/protocol/proofs.py",
        "import sqlalchemy",
        "entraide_federation.protocol.proofs -> sqlalchemy",
    ),
    "plugins-apart": (
        "plugins/outings/entraide_outings/schemas.py",
        "import entraide_tutoring",
        "entraide_outings.schemas -> entraide_tutoring",
    ),
    "core-knows-nobody": (
        "core/entraide/clock.py",
        "import entraide_federation",
        "entraide.clock -> entraide_federation",
    ),
    "public-names": (
        "plugins/tutoring/entraide_tutoring/schemas.py",
        "from entraide.members import service",
        "entraide_tutoring.schemas -> entraide.members.service",
    ),
    "no-circles": (
        "federation/entraide_federation/protocol/limits.py",
        "import entraide_federation.protocol.proofs",
        "entraide_federation",
    ),
}


def distributions() -> list[Path]:
    """Return the folder of each distribution of the workspace."""
    return sorted(path.parent for path in ROOT.glob("*/pyproject.toml")) + sorted(
        path.parent for path in ROOT.glob("plugins/*/pyproject.toml")
    )


def packages(folder: Path) -> list[str]:
    return [path.parent.name for path in folder.glob("*/__init__.py")]


def lint(folder: Path) -> str:
    """Run import-linter on the packages below `folder`; return what it printed, unwrapped."""
    places = [str(folder / path.relative_to(ROOT)) for path in distributions()]
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache", "--config", "pyproject.toml"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(places), "COLUMNS": "1000"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def violated(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the report on a copy of the packages with one bad import for each contract."""
    copy = tmp_path_factory.mktemp("violated")
    shutil.copy(ROOT / "pyproject.toml", copy)
    only_python = shutil.ignore_patterns("*.pyc", "*.po", "*.gz", "static", "templates", ".*")
    for folder in distributions():
        shutil.copytree(folder, copy / folder.relative_to(ROOT), ignore=only_python)
    for file, line, _arrow in VIOLATIONS.values():
        with (copy / file).open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")
    return lint(copy)


def test_every_contract_holds():
    report = lint(ROOT)
    assert "0 broken" in report, report


def test_every_contract_has_a_violation():
    assert set(VIOLATIONS) == set(CONTRACTS)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_contract_fails_when_violated(violated, contract):
    name, (_file, _line, arrow) = CONTRACTS[contract]["name"], VIOLATIONS[contract]
    assert f"{name} BROKEN" in violated
    section = violated.partition("Broken contracts")[2].partition(f"{name}\n---")[2]
    assert arrow in section


def test_root_packages_are_the_folders():
    found = [package for folder in distributions() for package in packages(folder)]
    assert sorted(IMPORTLINTER["root_packages"]) == sorted(found)


def test_contracts_about_plugins_name_every_plugin():
    plugins = {name for folder in ROOT.glob("plugins/*") for name in packages(folder)}
    everybody_but_core = {"entraide_federation", *plugins}
    assert set(CONTRACTS["plugins-apart"]["modules"]) == everybody_but_core
    assert set(CONTRACTS["core-knows-nobody"]["forbidden_modules"]) == everybody_but_core
    assert set(CONTRACTS["public-names"]["source_modules"]) == everybody_but_core
    assert set(CONTRACTS["one-http-client"]["source_modules"]) == {"entraide", *everybody_but_core}


def test_contract_about_public_names_lists_every_private_room():
    core = ROOT / "core" / "entraide"
    rooms = {path.stem for path in core.glob("*.py") if path.stem != "__init__"}
    rooms |= {path.parent.name for path in core.glob("*/__init__.py")}
    private = {f"entraide.{room}" for room in rooms - public_modules()}
    assert set(CONTRACTS["public-names"]["forbidden_modules"]) == private


def public_modules() -> set[str]:
    """Return the modules of the core that `entraide/__init__.py` offers, and the test kit."""
    import entraide

    public = {name for name in entraide.__all__ if inspect.ismodule(getattr(entraide, name))}
    return public | {"i18n", "testing"}


def test_features_have_the_layers_of_the_contract():
    features = {path.parent.name for path in (ROOT / "core" / "entraide").glob("*/models.py")}
    layered = {name.rpartition(".")[2] for name in CONTRACTS["feature-layers"]["containers"]}
    # The outbox and the privacy register have tables and no pages: they are mechanisms.
    assert features - {"outbox", "privacy"} <= layered


def test_every_distribution_has_a_folder_of_tests():
    folders = [path for path in distributions() if path.parent == ROOT]
    missing = [path.name for path in folders if not (ROOT / "tests" / path.name).is_dir()]
    assert missing == []
