"""Pages that ask first: before a request is closed, an answer refused or taken back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import request

from entraide import runtime
from entraide.help_requests.ending import READABLE_AFTER_DONE
from entraide.help_requests.mails import path_of
from entraide.help_requests.models import AnswerState, HelpRequest, RequestState
from entraide.help_requests.pages import can_close, can_finish, is_waiting
from entraide.help_requests.steps import illegal
from entraide.help_requests.views import answer_at, blueprint, contact_at, the_request
from entraide.i18n import Text, catalogue
from entraide.pages import Question, ask_first, permission, require_member

_ = catalogue("entraide")

DONE_MEANS = (
    _("Then this request is over. It cannot be opened again."),
    _(
        "You both still find each other's address here for %(days)s days, no longer.",
        days=READABLE_AFTER_DONE.days,
    ),
)
OWN_CLOSE_MEANS = (
    _("Nobody finds it in the list any more. Whoever answered gets a message."),
    _("You can open it again later."),
)
STAFF_CLOSE_MEANS = (
    _("Nobody finds it in the list any more. The parent gets a message."),
    _("Only the parent can open it again."),
)
END_MEANS = (
    _(
        "At once this person does not see the address and the details any more, and cannot "
        "answer this request again."
    ),
    _("Nobody else sees the request. Whoever is concerned gets a message."),
)


@blueprint.get("/requests/<uuid:request_id>/close")
@permission("help_requests.close")
def ask_close(request_id: UUID) -> str:
    """Ask before a request ends: because it is done (`?reason=done`), or for another reason."""
    help_request, actor = the_request(request_id), require_member()
    if request.args.get("reason") == RequestState.DONE:
        _check(is_possible=can_finish(help_request, actor))
        return _ask(
            help_request,
            _("Is it done?"),
            _("Yes, it is done"),
            DONE_MEANS,
            {"reason": RequestState.DONE},
        )
    _check(is_possible=can_close(help_request, actor))
    meaning = OWN_CLOSE_MEANS if help_request.member_id == actor.id else STAFF_CLOSE_MEANS
    return _ask(
        help_request,
        _("Close this request?"),
        _("Yes, close it"),
        meaning,
        {"reason": RequestState.CLOSED},
    )


@blueprint.get("/requests/<uuid:request_id>/end-contact")
@permission("help_requests.end_contact")
def ask_end_contact(request_id: UUID) -> str:
    """Ask before a contact ends for good."""
    help_request = contact_at(request_id)
    _check(is_possible=help_request.state == RequestState.MATCHED)
    is_own = help_request.member_id == require_member().id
    afterwards = (
        _("You can open the request again later, for other people.")
        if is_own
        else _("Only the parent can open the request again, for other people.")
    )
    kind = runtime.current().kinds.get(help_request.kind)
    return ask_first(
        Question(
            _("End this contact?"),
            help_request.title if is_own else str(kind.label) if kind else help_request.kind,
            [*END_MEANS, afterwards],
            _("Yes, end this contact"),
            path_of(help_request.id) if is_own else "/requests/contacts",
        )
    )


@blueprint.get("/requests/<uuid:request_id>/answers/<uuid:answer_id>/decline")
@permission("help_requests.decline")
def ask_decline(request_id: UUID, answer_id: UUID) -> str:
    """Ask before an answer is refused."""
    answer = answer_at(request_id, answer_id)
    help_request = answer.request
    _check(is_possible=help_request.member_id == require_member().id and is_waiting(answer))
    return _ask(
        help_request,
        _("Say no to this answer?"),
        _("Decline this answer"),
        [
            _("The person gets a message. You cannot change it afterwards."),
            _("Other people can still answer you."),
        ],
    )


@blueprint.get("/requests/<uuid:request_id>/answers/<uuid:answer_id>/withdraw")
@permission("help_requests.withdraw")
def ask_withdraw(request_id: UUID, answer_id: UUID) -> str:
    """Ask before a helper takes an answer back."""
    answer = answer_at(request_id, answer_id)
    help_request = answer.request
    is_agreed = answer.state == AnswerState.AGREED and help_request.state == RequestState.MATCHED
    is_own = answer.member_id == require_member().id
    _check(is_possible=is_own and (is_agreed or is_waiting(answer)))
    meaning = (
        _("The parent gets a message. The request looks for somebody again.")
        if is_agreed
        else _("The parent does not see your answer any more. You can answer again later.")
    )
    return _ask(help_request, _("You cannot help after all?"), _("I cannot help"), [meaning])


def _check(*, is_possible: bool) -> None:
    if not is_possible:
        raise illegal()


def _ask(
    help_request: HelpRequest,
    title: Text,
    button: Text,
    meaning: Sequence[Text],
    fields: dict[str, str] | None = None,
) -> str:
    question = Question(
        title, help_request.title, meaning, button, path_of(help_request.id), fields or {}
    )
    return ask_first(question)
