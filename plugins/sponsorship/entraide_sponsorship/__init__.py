"""Sponsorship: a volunteer gives a child of a lone-parent family regular time, for years."""

from collections.abc import Iterable

from entraide import Kind, catalogue, hookimpl
from entraide_sponsorship.schemas import SponsorshipSchema
from entraide_sponsorship.workflow import SPONSORING

_ = catalogue(__name__)


@hookimpl
def register_kinds() -> Iterable[Kind]:
    """Declare the kind `sponsorship`; only people whom the staff has vetted see its requests."""
    yield Kind(
        "sponsorship", _("Sponsorship"), SponsorshipSchema, SPONSORING,
        federated=True, needs_vetting=True, icon="sponsorship",
        summary=_("A volunteer gives a child regular time. An association stays beside you."),
    )  # fmt: skip
