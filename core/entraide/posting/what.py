"""Step 1: which kind of help."""

from __future__ import annotations

from typing import cast

from entraide import runtime
from entraide.i18n import Text, catalogue
from entraide.kind_rules import Side
from entraide.kinds import Kind
from entraide.posting.asking import Asked, PostingStep, Sent
from entraide.posting.drafts import Draft
from entraide.web.forms import Form, FormField

_ = catalogue("entraide")

QUESTIONS: dict[str, Text] = {
    "offer": _("What can you offer?"),
    "request": _("What would help you?"),
}


def kinds_of(side: str) -> list[Kind]:
    """Return the kinds that have this side, in the plugins' order."""
    return [kind for kind in runtime.current().kinds.values() if cast("Side", side) in kind.sides]


def build(asked: Asked) -> Form:
    """Return the form: one card per kind."""
    choices = [(kind.name, kind.label) for kind in kinds_of(asked.side)]
    chosen = asked.draft.get("kind", "")
    label = _("Kind of help")
    return Form(
        [FormField("kind", label, "choice", value=chosen, choices=choices, is_required=True)]
    )


def read(asked: Asked, sent: Sent) -> tuple[Form, Draft]:
    """Note the kind; with another one than before, the answers that were its own are dropped."""
    chosen = sent.get("kind", "")
    draft = {**asked.draft, "kind": chosen}
    form = build(Asked(asked.side, draft))
    if chosen not in [name for name, _label in form.fields[0].choices]:
        form.fields[0].errors.append(_("Please choose one of the answers."))
    elif chosen != asked.draft.get("kind") and "who" in draft:
        draft["who"] = {**draft["who"], "details": {}}
    return form, draft


def is_done(asked: Asked) -> bool:
    """Return whether the chosen kind (still) exists and has this side."""
    return asked.draft.get("kind") in [kind.name for kind in kinds_of(asked.side)]


STEP = PostingStep("what", build, read, is_done)
