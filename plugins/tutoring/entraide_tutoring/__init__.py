"""Tutoring: free and regular help with homework."""

from collections.abc import Iterable

from entraide import Kind, catalogue, hookimpl
from entraide_tutoring.schemas import TutoringSchema

_ = catalogue(__name__)


@hookimpl
def register_kinds() -> Iterable[Kind]:
    """Declare the kind `tutoring`; only people whom the staff has vetted see its requests."""
    yield Kind(
        "tutoring",
        _("Help with homework"),
        TutoringSchema,
        federated=True,
        icon="tutoring",
        summary=_("A volunteer helps a pupil, for free. Paid lessons have no place here."),
        synonyms=_("homework, school, lessons, maths, revision, exam, reading, after school, free"),
        questions={"places": _("How many pupils can you help?")},
    )
