"""A running hub and pilot, and a headless Chromium; absent tools skip loudly, and fail in CI."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from browser_pages import follow
from demo_check import CheckedSite, wait
from free_ports import free_ports
from network_helpers import copy_hub_and

from entraide.demo.command import login_link
from entraide.demo.network import Network, running

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def absent(reason):
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def network():
    """Two seeded sites that federate, on free ports."""
    with tempfile.TemporaryDirectory(prefix="entraide-browser-") as state:
        folder = Path(state)
        found = Network(copy_hub_and("clamecy", folder), free_ports(2), folder / "demo")
        found.prepare()
        with running(found):
            hub = CheckedSite(found, found.sites[0])
            wait(lambda: len(hub.items()) > 0, "the hub showed nothing")
            yield found


@pytest.fixture(scope="session")
def artefacts():
    """The folder of screenshots, outside the repository."""
    folder = (
        Path(os.environ.get("ENTRAIDE_TEST_ARTEFACTS", tempfile.gettempdir())) / "entraide-pages"
    )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        absent("no Chromium: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running_playwright:
        browser = running_playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def states(network, chromium):
    """The cookies of a visitor, a parent, a volunteer, a coordinator and an administrator of the pilot."""
    site = network.sites[-1]
    found = {"visitor": None}
    for person in ("parent", "volunteer", "coordinator", "administrator"):
        context = chromium.new_context(locale="fr-FR")
        page = context.new_page()
        page.goto(login_link(network, site, f"{person}1@example.org"))
        follow(page.locator("main button[type=submit], main button").first)
        found[person] = context.storage_state()
        context.close()
    return found
