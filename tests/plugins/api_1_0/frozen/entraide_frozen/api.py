"""What programs read: the items, and whether each is free. Nothing about people."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from entraide import ApiBlueprint, scope
from entraide.pages import session
from entraide_frozen import service

blueprint = ApiBlueprint("frozen_api", __name__, description="Items that members borrow.")


class ItemAnswer(Schema):
    """One item."""

    name = fields.String(required=True)
    is_free = fields.Boolean(required=True)


class ItemList(Schema):
    """Every item."""

    items = fields.List(fields.Nested(ItemAnswer), required=True)


@blueprint.route("/items")
@scope(None)
@blueprint.response(200, ItemList)
def list_items() -> dict[str, Any]:
    """List the items."""
    rows = service.items(session())
    return {"items": [{"name": item.name, "is_free": is_free} for item, is_free in rows]}
