"""What the pages of requests show, and to whom: nobody's name before both sides agree."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from entraide import clock, runtime
from entraide.directory.listing.described_kinds import Descriptions, descriptions_of
from entraide.directory.models import Organisation
from entraide.directory.offers.authors import GONE
from entraide.directory.pages import cards
from entraide.directory.payloads.readers import readable
from entraide.directory.payloads.values import described
from entraide.gazetteer import territories
from entraide.help_requests.ending import READABLE_AFTER_DONE, is_in_contact
from entraide.help_requests.limits import is_full
from entraide.help_requests.mails import path_of
from entraide.help_requests.models import Answer, AnswerState, HelpRequest, RequestState
from entraide.help_requests.rules import had_contact
from entraide.help_requests.words import (
    answer_of,
    answer_state,
    has_lapsed,
    is_past,
    next_step,
    state_in_words,
)
from entraide.i18n import catalogue
from entraide.members.models import Member
from entraide.policy import Actor, allowed

_ = catalogue("entraide")

FORGOTTEN = _("This message is no longer kept: a year has passed.")


def card(request: HelpRequest, reader: Actor) -> dict[str, Any]:
    """Return what lists and the page show of a request; never who wrote it.

    Whom a contact was ended with reads neither its words nor until when it looks for somebody.
    """
    is_ended = had_contact(reader, request)
    is_example, title = cards.without_example(request.title)
    label, look = state_in_words(request)
    commune = ", ".join(territories.names(request.territory[:3]))
    return _kind_in_words(request) | {
        "url": path_of(request.id),
        "title": str(_("A request")) if is_ended else title,
        "is_example": is_example,
        "by": str(_("A parent · %(place)s", place=commune)),
        "place": commune,
        "schedule": cards.schedule_in_words(request.schedule),
        "verify_by": None if is_ended else request.verify_by,
        "state": request.state,
        "state_label": label,
        "state_look": look,
        "next_step": next_step(request, reader.id),
        "is_answered_by_me": answer_of(request, reader.id) is not None,
    }


def request_page(session: Session, request: HelpRequest, reader: Actor) -> dict[str, Any]:
    """Return what the page of a request shows to `reader`."""
    is_asker = request.member_id == reader.id
    mine = None if is_asker else answer_of(request, reader.id)
    is_readable = mine is None or mine.state == AnswerState.SENT or is_in_contact(request, mine)
    is_askable = mine is None and request.state in RequestState.SEEKING
    may_answer = is_askable and allowed(reader, "help_requests.answer", request)
    return (
        card(request, reader)
        | _steps_possible(request, reader)
        | {
            "is_asker": is_asker,
            "is_readable": is_readable,
            "summary": request.summary if is_readable else "",
            "details": _details(request, reader) if is_readable else [],
            "answers": answers_received(session, request) if is_asker else [],
            "mine": _own_answer(mine, request) if mine else None,
            "asker": _contact(session, request.member_id) if is_in_contact(request, mine) else None,
            "can_answer": may_answer and not is_full(request),
            "is_full": may_answer and is_full(request),
            "is_for_others": is_askable and not is_asker and not may_answer,
            "readable_until": _readable_until(request, mine, is_asker=is_asker),
            "readable_days": READABLE_AFTER_DONE.days,
        }
    )


def _steps_possible(request: HelpRequest, reader: Actor) -> dict[str, bool]:
    return {
        "can_end_contact": request.member_id == reader.id and request.state == RequestState.MATCHED,
        "can_finish": can_finish(request, reader),
        "can_close": can_close(request, reader),
        "can_reopen": can_reopen(request, reader),
    }


def can_finish(request: HelpRequest, reader: Actor) -> bool:
    """Return whether `reader` may say that a request is done."""
    return request.member_id == reader.id and request.state == RequestState.MATCHED


def can_close(request: HelpRequest, reader: Actor) -> bool:
    """Return whether `reader` may end a request that is not over yet."""
    is_running = request.state in RequestState.UNDER_WAY
    return is_running and allowed(reader, "help_requests.close", request)


def can_reopen(request: HelpRequest, reader: Actor) -> bool:
    """Return whether `reader` may look for somebody again: what has taken place needs nobody."""
    is_reopenable = request.state in RequestState.REOPENABLE
    return request.member_id == reader.id and is_reopenable and not is_past(request)


def is_waiting(answer: Answer) -> bool:
    """Return whether an answer waits for somebody's yes or no."""
    request = answer.request
    return (
        answer.state == AnswerState.SENT
        and request.state in RequestState.SEEKING
        and not has_lapsed(request)
    )


def answers_received(session: Session, request: HelpRequest) -> list[dict[str, Any]]:
    """Return the answers as the asker reads them: an address only once both sides agreed."""
    shown = [answer for answer in request.answers if answer.state != AnswerState.WITHDRAWN]
    helpers = _by_id(session, Member, (answer.member_id for answer in shown))
    organisations = _by_id(
        session,
        Organisation,
        (answer.organisation_id for answer in shown if answer.organisation_id),
    )
    return [
        _answer_received(answer, request, helpers.get(answer.member_id))
        | {"organisation": getattr(organisations.get(answer.organisation_id), "name", "")}
        for answer in shown
    ]


def contacts_page(session: Session, contacts: list[HelpRequest]) -> list[dict[str, Any]]:
    """Return what those who oversee contacts read of each: that it exists, where, and who helps.

    Neither the parent's name nor what was written; those two are between the two sides.
    """
    agreed = [
        answer
        for request in contacts
        for answer in request.answers
        if answer.state == AnswerState.AGREED
    ]
    helpers = _by_id(session, Member, (answer.member_id for answer in agreed))
    organisations = _by_id(
        session,
        Organisation,
        (answer.organisation_id for answer in agreed if answer.organisation_id),
    )
    return [
        _contact_under_way(answer.request)
        | {
            "helper": getattr(helpers.get(answer.member_id), "shown_name", str(GONE)),
            "organisation": getattr(organisations.get(answer.organisation_id), "name", ""),
        }
        for answer in agreed
    ]


def _contact_under_way(request: HelpRequest) -> dict[str, Any]:
    return _kind_in_words(request) | {
        "place": ", ".join(territories.names(request.territory[:3])),
        "since": request.updated_at,
        "url": path_of(request.id),
    }


def _kind_in_words(request: HelpRequest) -> dict[str, Any]:
    tag = cards.kind_tag((None, request.kind), request.payload, _descriptions(request))
    return tag | {"kind_label": tag["kind_label"] or request.kind}


def _descriptions(request: HelpRequest) -> Descriptions:
    """Return what is kept of a request's kind, nothing while its plugin is on."""
    session = object_session(request)
    return descriptions_of(session, [(None, request.kind)]) if session else {}


def _readable_until(request: HelpRequest, mine: Answer | None, *, is_asker: bool) -> date | None:
    """Return until when both sides read each other's address after "it is done"."""
    is_concerned = is_asker or is_in_contact(request, mine)
    until = request.updated_at + READABLE_AFTER_DONE
    is_open = request.state == RequestState.DONE and is_concerned and until > clock.now()
    return until.astimezone(clock.PARIS).date() if is_open else None


def _answer_received(answer: Answer, request: HelpRequest, helper: Member | None) -> dict[str, Any]:
    # Rows outlive an account that somebody removed with the tools of the database.
    return {
        "name": helper.shown_name if helper else str(GONE),
        "email": helper.email if helper and is_in_contact(request, answer) else "",
        "message": answer.message or str(FORGOTTEN),
        "at": answer.created_at,
        "state": answer.state,
        "state_label": answer_state(answer),
        "can_agree": helper is not None and is_waiting(answer) and answer.asker_agreed_at is None,
        "can_decline": is_waiting(answer),
        "url": f"{path_of(request.id)}/answers/{answer.id}",
    }


def _own_answer(mine: Answer, request: HelpRequest) -> dict[str, Any]:
    return {
        "message": mine.message or str(FORGOTTEN),
        "at": mine.created_at,
        "state": mine.state,
        # Whoever offers help said yes to that; their turn comes when the parent chose them.
        "can_agree": is_waiting(mine) and bool(mine.asker_agreed_at and not mine.helper_agreed_at),
        "can_withdraw": (
            is_waiting(mine)
            or (mine.state == AnswerState.AGREED and request.state == RequestState.MATCHED)
        ),
        "url": f"{path_of(request.id)}/answers/{mine.id}",
    }


def _contact(session: Session, member_id: UUID) -> dict[str, str]:
    member = session.get(Member, member_id)
    if member is None:
        return {"name": str(GONE), "email": ""}
    return {"name": member.shown_name, "email": member.email}


def _details(request: HelpRequest, reader: Actor) -> list[tuple[str, str]]:
    """Return the fields that `reader` may read; only those for everyone while the plugin is off."""
    kind = runtime.current().kinds.get(request.kind)
    if kind is None:
        of_kind = (None, request.kind)
        return cards.details_of(of_kind, request.payload, _descriptions(request))
    return described(kind, readable(reader, request))


def _by_id(session: Session, model: Any, keys: Iterable[UUID]) -> dict[UUID | None, Any]:
    identifiers = set(keys)
    if not identifiers:
        return {}
    rows = session.scalars(select(model).where(model.id.in_(identifiers)))
    return {row.id: row for row in rows}
