"""Fixtures of every test: sites, databases, a fake clock; the network stays on loopback."""

import gc
import os
import shutil
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import free_ports
import pytest
import structlog

from entraide.plugins import loading

pytest_plugins = ["entraide.testing"]

MEMORY = "/dev/shm"  # noqa: S108 - pytest makes a folder of its own in it
ROOM = 2**30
"""More than what tests that run at once, and those that failed, leave in their folders."""


def pytest_configure(config):
    """Let tests write into memory where there is room: each commit of SQLite waits for a disk."""
    if Path(MEMORY).is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        # Read by pytest when the first folder is asked for; whoever has set it has chosen.
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", MEMORY)


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Keep what is made of the test modules: to rewrite their assertions is most of collecting.

    Where Python is told to write no bytecode, each worker of each run would do it again. While the
    tests run nothing is written: they change modules faster than the times of files tell.
    """
    chosen, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    try:
        return (yield)
    finally:
        sys.dont_write_bytecode = chosen


def pytest_collection_finish():
    """Let the collector pass over what was imported: it lives as long as the run.

    Of the rest it looks after so many objects more: a site leaves a heap behind as a whole, and to
    look for it every 700 objects was a tenth of the run.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Measure no coverage where a test is run once more, on PostgreSQL, or reads the code only.

    It has been measured on SQLite: twice costs minutes and shows nothing new, but for the folders
    that reach what the federation writes for PostgreSQL alone.
    """
    measuring = item.config.pluginmanager.get_plugin("_cov")
    if measuring is None or not (reads_only(item.nodeid) or is_repeated(item.nodeid)):
        return (yield)
    measuring.cov_controller.pause()
    try:
        return (yield)
    finally:
        measuring.cov_controller.resume()


def reads_only(test):
    return test.startswith(("tests/architecture/", "tests/docs/"))


def is_repeated(test):
    measured_twice = ("tests/federation/reading/", "tests/federation/serving/")
    return "postgresql" in test and not test.startswith(measured_twice)


@pytest.fixture
def free_port():
    """A port of this machine that nobody listens on."""
    return free_ports.free_port()


@pytest.fixture
def install(monkeypatch):
    """Give a function that installs the plugin in a folder for the length of the test."""
    points, known = [], loading.entry_points
    monkeypatch.setattr(loading, "entry_points", lambda group: [*known(group=group), *points])

    def add(folder, name):
        monkeypatch.syspath_prepend(folder)
        points.append(EntryPoint(name, f"entraide_{name}", "entraide"))

    yield add
    for point in points:
        loading.forget_package(point.value)


@pytest.fixture(autouse=True)
def _own_logging():
    """Forget how a command configured the logs, so that the next test finds them as they were."""
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True, scope="module")
def _own_garbage():
    """Collect what the tests of a module leave behind while it is known whose it is.

    A socket or a connection that one of them forgot would fail whichever test the collector
    happens to run in: one that makes many objects, such as the long traceback of a failing hook.
    What is left lives as long as the run, in caches: nobody looks through it a second time.
    """
    yield
    gc.collect()
    gc.freeze()
