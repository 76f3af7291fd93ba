"""What one step asks: a form, filled from the draft, and how its answers change the draft."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from entraide import runtime
from entraide.kinds import Kind
from entraide.posting.drafts import Draft
from entraide.web.forms import Form, FormField

Sent = MultiDict[str, str]


@dataclass(frozen=True)
class Asked:
    """Of whom a step asks: the side, the draft so far, the organisations they may speak for.

    `organisations` are pairs of an id in words and a name.
    """

    side: str
    draft: Draft
    organisations: list[tuple[str, str]] = field(default_factory=list)

    @property
    def kind(self) -> Kind:
        """Return the kind that was chosen; KeyError when it was not, or is gone."""
        return runtime.current().kinds[self.draft["kind"]]

    @property
    def is_happening(self) -> bool:
        """Return whether an offer is asked about that has a date of its own, like an outing."""
        kind = runtime.current().kinds.get(self.draft.get("kind", ""))
        return self.side == "offer" and kind is not None and kind.schedule == "required"


@dataclass(frozen=True)
class PostingStep:
    """One of the steps before the review: its name, its form, its reading, whether it is done."""

    name: str
    build: Callable[[Asked], Form]
    read: Callable[[Asked, Sent], tuple[Form, Draft]]
    is_done: Callable[[Asked], bool]


def field_of(form: Form, name: str) -> FormField:
    """Return a field of a form by its name; KeyError when it has none."""
    return {form_field.name: form_field for form_field in form.fields}[name]
