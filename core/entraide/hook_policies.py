"""What each hook may return and what its failure means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import click
from flask import Blueprint
from marshmallow import Schema

from entraide import kinds, labels
from entraide.i18n import catalogue

_ = catalogue("entraide")

Failure = Literal["skip", "deny", "next", "retry", "block", "quarantine"]


PATIENCE: dict[Failure, float] = {"quarantine": 10.0, "retry": 50.0, "block": 50.0, "next": 150.0}
"""Nobody waits at a page for what starts a site, for a worker, for the machine that takes mails."""


def _refused() -> bool:
    return False


def _problem() -> kinds.Problem:
    return kinds.Problem(_("This cannot be checked right now. Please try again later."))


@dataclass(frozen=True)
class HookPolicy:
    """What a hook returns (each item of it, when iterable) and its failure policy."""

    failure: Failure
    returns: type | tuple[type, ...]
    is_iterable: bool = True
    is_first_result: bool = False
    denial: Callable[[], Any] = _refused

    @property
    def only_reads(self) -> bool:
        """Return whether such a hook may write nothing: somebody else's action or start asks it."""
        return self.failure in ("skip", "deny", "quarantine")

    @property
    def patience(self) -> float:
        """Return how many times as long as at a page a call may take before it is named."""
        return PATIENCE.get(self.failure, 1.0)

    @property
    def returns_words(self) -> str:
        """Name the expected type."""
        types = self.returns if isinstance(self.returns, tuple) else (self.returns,)
        return " or ".join(expected.__name__ for expected in types)


POLICIES: dict[str, HookPolicy] = {
    "register_kinds": HookPolicy("quarantine", kinds.Kind),
    "register_rules": HookPolicy("quarantine", kinds.Rule),
    "register_labels": HookPolicy("quarantine", labels.Label),
    "register_blueprints": HookPolicy("quarantine", Blueprint),
    "register_api": HookPolicy("quarantine", kinds.ApiResource),
    "register_commands": HookPolicy("quarantine", click.Command),
    "register_jobs": HookPolicy("quarantine", kinds.Job),
    "register_settings": HookPolicy("quarantine", type(Schema), is_iterable=False),
    "health": HookPolicy("skip", kinds.Health),
    "navigation_links": HookPolicy("skip", kinds.Link),
    "panels": HookPolicy("skip", kinds.Panel),
    "badges": HookPolicy("skip", kinds.Badge),
    "may": HookPolicy("deny", bool, is_iterable=False),
    "problems": HookPolicy("deny", kinds.Problem, denial=_problem),
    "accept_remote_offer": HookPolicy("deny", bool, is_iterable=False),
    "deliver": HookPolicy("next", bool, is_iterable=False, is_first_result=True),
    "on_event": HookPolicy("retry", type(None), is_iterable=False),
}
