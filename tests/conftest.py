"""Fixtures of every test: sites, databases, a fake clock; the network stays on loopback."""

import gc

import pytest
import structlog

pytest_plugins = ["entraide.testing"]


def pytest_collection_finish():
    """Let the collector pass over what was imported: it lives as long as the run."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _own_logging():
    """Forget how a command configured the logs, so that the next test finds them as they were."""
    yield
    structlog.reset_defaults()
