"""The public door to the journal: a plugin's own actions, each declared with its words."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from entraide import audit
from entraide.errors import PluginError
from entraide.hook_calls import current_plugin
from entraide.labels import LABELS


def record_action(
    session: Session,
    *,
    actor: UUID | str | None,
    action: str,
    subject: object,
    person: UUID | str | None = None,
) -> None:
    """Write one row in the change's own transaction; `actor` None is the site itself.

    `action` is declared by a `JournalAction` of the running plugin. `person` is the member whom it
    concerns: they read its label on their account when somebody else did it. PluginError for an
    action that nobody declared, or of another plugin.
    """
    running = current_plugin.get()
    declared = LABELS.get().actions.get(action)
    if declared is None or running not in ("entraide", declared.owner):
        plugin = action.partition(".")[0] if running == "entraide" else running
        raise PluginError(
            f"Plugin {plugin}: the journal knows no action {action!r} of {plugin}. Yield "
            f'JournalAction("{plugin}.lend", _("…")) from register_labels.'
        )
    audit.record(session, actor=actor, action=action, subject=subject, person=person)
