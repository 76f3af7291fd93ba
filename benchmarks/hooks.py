"""Program: what the guard of hooks costs beside plain pluggy, per plugin and per page; `python -m benchmarks.hooks`."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pluggy
from flask.testing import FlaskClient

from benchmarks import processes
from benchmarks.sites import write_site
from entraide import app as apps
from entraide import asks, database, hooks, hookspecs, runtime
from entraide.hook_policies import POLICIES
from entraide.hook_registry import HookResult
from entraide.preparing import prepare
from entraide.web.visitors import cookie_name

PLUGINS = 12
OFFERS = 200
ROUNDS = 300
CALLS = 200
PAGES = ("/", "/find", "/requests/mine", "/account")
SOURCE = '''"""One of the plugins of a measurement."""
from entraide import Link, Panel, hookimpl

LINKS = [Link("NAME", "/NAME/")]

@hookimpl
def navigation_links(member):
    return LINKS

@hookimpl
def panels(subject, member):
    return None

@hookimpl
def badges(subjects):
    return None

@hookimpl
def may(member, action, subject):
    return None
'''


def main() -> None:
    """Print both costs, each the median of rounds in which the two sides take turns."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hooks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        site, token = _open(Path(folder))
        with runtime.activate(site):
            _measure_calls(site, rounds)
        _measure_pages(site, token, rounds)
        site.database.close()


def _open(parent: Path) -> tuple[runtime.Runtime, str]:
    """Return a site with the plugins and some offers, and the cookie token of a member."""
    names = [f"plugin{number}" for number in range(PLUGINS)]
    site = write_site(parent, "hooks", port=8000)
    folder = site.folder / "plugins"
    folder.mkdir()
    for name in names:
        (folder / f"{name}.py").write_text(SOURCE.replace("NAME", name), "utf-8")
    settings = site.folder / "instance.toml"
    enabled = ", ".join(f'"{name}"' for name in names)
    settings.write_text(
        settings.read_text("utf-8").replace("enabled = [", f"enabled = [{enabled}, ")
    )
    fill = (sys.executable, "-m", "benchmarks.listing", str(site.folder), str(OFFERS))
    token = processes.run(fill, processes.FEEDER, seconds=600).strip().splitlines()[-1]
    return prepare(site.folder), token


def _measure_calls(site: runtime.Runtime, rounds: int) -> None:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    for name, module in site.registry.modules.items():
        manager.register(module, name=name)
    asked = {implementation.plugin for implementation in site.registry.implementations["panels"]}
    ways: dict[str, Callable[[], object]] = {
        "pluggy": lambda: manager.hook.panels(subject=None, member=None),
        "guard": lambda: hooks.ask("panels", subject=None, member=None),
    }
    with database.reading():
        seconds = _take_turns(ways, rounds, CALLS)
    each = {name: 1e6 * value / CALLS / len(asked) for name, value in seconds.items()}
    print(f"{len(asked)} implementations of a hook that reads, microseconds of CPU for each")
    _print(each, "us")


def _measure_pages(site: runtime.Runtime, token: str, rounds: int) -> None:
    client = apps.create_app(site, keeps_pages=False).test_client()
    client.set_cookie(cookie_name(site), f"fr.{token}")
    for path in PAGES:
        answer = client.get(path)
        if answer.status_code != HTTPStatus.OK:
            raise SystemExit(f"{path}: {answer.status}: this is not the page to measure.")
        ways: dict[str, Callable[[], object]] = {
            "without": partial(_unguarded, client, path),
            "guard": partial(client.get, path),
        }
        seconds = _take_turns(ways, rounds, 1)
        print(f"{path} of a member, {PLUGINS} plugins, milliseconds of CPU")
        _print({name: 1e3 * value for name, value in seconds.items()}, "ms")


def _unguarded(client: FlaskClient, path: str) -> None:
    with _plain_asks():
        client.get(path)


@contextmanager
def _plain_asks() -> Iterator[None]:
    """Let the core call plugins directly, as pluggy would: no guard, no counter, no session mode."""
    kept = {name: getattr(asks, name) for name in ("ask", "ask_plugin")}
    vars(asks).update(ask=_ask, ask_plugin=_ask_plugin)
    try:
        yield
    finally:
        vars(asks).update(kept)


def _ask(hook: str, **arguments: Any) -> list[HookResult[Any]]:
    implementations = runtime.current().registry.implementations[hook]
    return [
        result
        for plugin in [implementation.plugin for implementation in implementations]
        for result in _ask_plugin(plugin, hook, **arguments)
    ]


def _ask_plugin(plugin: str, hook: str, **arguments: Any) -> list[HookResult[Any]]:
    results: list[HookResult[Any]] = []
    for implementation in runtime.current().registry.implementations[hook]:
        if implementation.plugin == plugin:
            chosen = {name: arguments[name] for name in implementation.arguments}
            answer = implementation.function(**chosen)
            items: Sequence[Any] = () if answer is None else [answer]
            if POLICIES[hook].is_iterable and answer is not None:
                items = list(answer)
            results += [HookResult(plugin, item) for item in items]
    return results


def _take_turns(ways: dict[str, Callable[[], object]], rounds: int, calls: int) -> dict[str, float]:
    """Return the median CPU seconds of each way for so many calls; the ways take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _round in range(rounds):
        for name, call in ways.items():
            started = time.thread_time()
            for _call in range(calls):
                call()
            seconds[name].append(time.thread_time() - started)
    return {name: statistics.median(values) for name, values in seconds.items()}


def _print(figures: dict[str, float], unit: str) -> None:
    first, second = figures.values()
    words = ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
    print(f"  {words}: the guard adds {second - first:.3f} {unit}")


if __name__ == "__main__":
    main()
