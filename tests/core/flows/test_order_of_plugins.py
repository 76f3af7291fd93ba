"""The order of plugins is one order: that of the settings, whatever is asked and wherever."""

from __future__ import annotations

from itertools import permutations

import pytest

from entraide import asks, pages, runtime
from entraide.app import jobs_of
from entraide.plugins.loading import BUILT_IN_NAMES

NAMES = ("apples", "bread", "cherries")
SOURCE = '''"""Brings one of everything."""
from marshmallow import Schema
from entraide import Job, Kind, Link, Panel, Rule, fields, hookimpl, public

class Food(Schema):
    what = public(fields.String(), label="Food")

@hookimpl
def register_kinds():
    yield Kind("NAME_kind", "NAME", Food)

@hookimpl
def register_rules():
    yield Rule("NAME.eat")

@hookimpl
def register_jobs():
    yield Job("NAME.job", lambda run: None, period=60)

@hookimpl
def navigation_links(member):
    yield Link("NAME", "/NAME/")

@hookimpl
def panels(subject, member):
    yield Panel("NAME", "NAME/box.html")
'''
FILES = {f"plugins/{name}.py": SOURCE.replace("NAME", name) for name in NAMES}
ORDERS = [order for size in (2, 3) for order in permutations(NAMES, size)]


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_what_plugins_bring_comes_in_the_order_of_the_settings(make_site, order):
    site = make_site(plugins=order, files=FILES)
    with runtime.activate(site):
        links = [item.value.url.strip("/") for item in asks.navigation_links(None)]
        panels = [item.value.title for item in asks.panels(pages.DASHBOARD, None)]
    assert [name for name in site.registry.modules if name not in BUILT_IN_NAMES] == list(order)
    assert [kind.plugin for kind in site.kinds.values()] == list(order)
    assert [name for name in links if name in NAMES] == list(order)
    assert [str(title) for title in panels if title in NAMES] == list(order)
    assert [job.name for job in jobs_of(site) if job.name.partition(".")[0] in NAMES] == [
        f"{name}.job" for name in order
    ]
