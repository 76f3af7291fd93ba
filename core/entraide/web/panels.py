"""Boxes that plugins add to pages: asked through the guard, drawn with their own templates."""

from __future__ import annotations

from typing import Any

import structlog
from flask import render_template
from markupsafe import Markup

from entraide import asks, hooks
from entraide.kinds import Panel
from entraide.web.visitors import current_member

log = structlog.get_logger("entraide.panels")

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
    except Exception:
        if hooks.is_strict():
            raise
        log.exception("panel-failed", plugin=plugin, template=panel.template)
        return None
    # The body comes from an autoescaped template: the one place where text becomes markup.
    return {"title": str(panel.title), "body": Markup(body)}  # noqa: S704 - see above
