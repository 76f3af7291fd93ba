"""Boxes that plugins add to pages: asked through the guard, drawn with their own templates."""

from __future__ import annotations

from typing import Any

import structlog
from flask import render_template
from markupsafe import Markup

from entraide import asks, hooks, runtime
from entraide.errors import CONTAINED
from entraide.hook_failures import raise_alarm
from entraide.kinds import Panel
from entraide.plugins.errors import home_of_module, step_of
from entraide.web.visitors import current_member

log = structlog.get_logger("entraide.panels")

HOOK = "panels"
DASHBOARD, HUB = "dashboard", "hub"
"""The subjects of pages about no object: "Look after offers", and the hub's home."""


def panels_of(subject: Any) -> list[dict[str, Any]]:
    """Return title and body of each panel for a page, in order; one that fails is left out."""
    results = asks.panels(subject, current_member())
    results.sort(key=lambda item: item.value.order)
    drawn = [_draw(item.plugin, item.value) for item in results]
    return [panel for panel in drawn if panel is not None]


def _draw(plugin: str, panel: Panel) -> dict[str, Any] | None:
    try:
        body = render_template(panel.template, **panel.context)
    except CONTAINED as error:
        if hooks.is_strict():
            raise
        _tell(plugin, panel, error)
        return None
    # The body comes from an autoescaped template: the one place where text becomes markup.
    return {"title": str(panel.title), "body": Markup(body)}  # noqa: S704 - see above


def _tell(plugin: str, panel: Panel, error: BaseException) -> None:
    registry = runtime.current().registry
    file, line = step_of(home_of_module(registry.modules.get(plugin)), error)
    counter = registry.counters[plugin, HOOK]
    words = f"{type(error).__name__} in the template {panel.template} ({file}, line {line})"
    counter.last_error = words
    # Each page draws it again: the traceback and the alarm are for whoever has not heard of it.
    is_news = counter.is_news(words)
    log.error(
        "panel-failed",
        hook=HOOK,
        plugin=plugin,
        template=panel.template,
        error=f"{type(error).__name__}: {error}",
        file=file,
        line=line,
        exc_info=error if is_news else None,
    )
    if is_news:
        raise_alarm(plugin, HOOK, words)
