"""One good answer to each hook, and good arguments: made from what the hooks themselves declare."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import click
from flask import Blueprint
from marshmallow import Schema

from entraide import event_types, hookspecs, kinds
from entraide.fields import String, public
from entraide.hook_policies import POLICIES
from entraide.kinds import ApiResource, Job, Kind, Link, Panel, Rule
from entraide.labels import Label, MailCategory
from entraide.web.api import ApiBlueprint

NOBODY = UUID(int=0)
EMPTY_TEMPLATE = "components/notices.html"
"""A file of macros: shown as a page it is empty."""


class ExampleSchema(Schema):
    """What the example of a kind asks."""

    leaf = public(String(), label="Leaf")


class ExampleSettings(Schema):
    """The settings of an example: none that must be given."""


MAKERS: Mapping[type, Callable[[str], Any]] = {
    Kind: lambda plugin: Kind(plugin, "Tea", ExampleSchema),
    Rule: lambda plugin: Rule(f"{plugin}.see"),
    Label: lambda plugin: MailCategory(f"{plugin}.mails", "Tea is ready"),
    Blueprint: lambda plugin: Blueprint(plugin, __name__),
    ApiResource: lambda plugin: ApiResource(ApiBlueprint(f"{plugin}_api", __name__)),
    click.Command: click.Command,
    Job: lambda plugin: Job(f"{plugin}.work", lambda _run: None, period=3600),
    Link: lambda plugin: Link("Tea", f"/{plugin}/"),
    Panel: lambda _plugin: Panel("Tea", EMPTY_TEMPLATE),
    type(Schema): lambda _plugin: ExampleSettings,
    bool: lambda _plugin: True,
    type(None): lambda _plugin: None,
}
"""Answers whose parts have to fit together; every other is made from its annotations."""

SIMPLE: Mapping[str, Any] = {
    "str": "tea",
    "Text": "Tea",
    "bool": True,
    "int": 1,
    "float": 1.0,
    "UUID": NOBODY,
}


def example(hook: str, plugin: str) -> Any:
    """Return a good answer of `plugin` to `hook`: one item where it may return many.

    LookupError for a type of answer that cannot be made up.
    """
    returns = POLICIES[hook].returns
    expected = returns[0] if isinstance(returns, tuple) else returns
    if expected in MAKERS:
        return MAKERS[expected](plugin)
    if dataclasses.is_dataclass(expected):
        return _filled(expected)
    raise LookupError(f"chaos knows no example of {expected.__name__}, which {hook} returns")


def arguments(hook: str) -> dict[str, Any]:
    """Return an argument of the right type for each that `hook` has: name → value."""
    parameters = inspect.signature(getattr(hookspecs, hook)).parameters.values()
    return {parameter.name: _value(str(parameter.annotation)) for parameter in parameters}


def _filled(declared: Any) -> Any:
    needed = [
        field
        for field in dataclasses.fields(declared)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    return declared(**{field.name: _value(str(field.type)) for field in needed})


def _value(annotation: str) -> Any:
    if annotation.endswith("| None") or annotation == "Any":
        return None
    if annotation in SIMPLE:
        return SIMPLE[annotation]
    if annotation.startswith("Mapping["):
        return {}
    if annotation.startswith("Sequence["):
        return ()
    declared = getattr(kinds, annotation, None) or getattr(event_types, annotation, None)
    return _filled(declared) if dataclasses.is_dataclass(declared) else None
