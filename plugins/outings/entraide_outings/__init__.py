"""Outings: parents and children go out together, with their organiser or an association."""

from collections.abc import Iterable

from entraide import Kind, catalogue, hookimpl
from entraide_outings.schemas import OutingSchema
from entraide_outings.workflow import GOING_OUT

_ = catalogue(__name__)


@hookimpl
def register_kinds() -> Iterable[Kind]:
    """Declare the kind `outing`: it always has a date."""
    yield Kind(
        "outing", _("Outing"), OutingSchema, GOING_OUT,
        federated=True, schedule="required", icon="outings",
        summary=_("Go out together. Children come with their parent."),
    )  # fmt: skip
