"""What programs read of bells."""

from __future__ import annotations

from entraide import ApiBlueprint, caller, scope

blueprint = ApiBlueprint("bells_api", __name__)


@blueprint.route("/count")
@scope("bells:read")
@blueprint.response(200)
def count() -> dict[str, object]:
    """Return who asks, and how many bells there are."""
    member = caller().member
    return {"bells": 1, "member": member.email if member else None}


@blueprint.route("/open")
@scope(None)
@blueprint.response(200)
def is_open() -> dict[str, bool]:
    """Return that the tower is open."""
    return {"open": True}
