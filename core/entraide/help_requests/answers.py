"""Rules of answers: given, agreed to by both sides, declined, withdrawn."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from entraide import clock, policy
from entraide.errors import BadInput, NotFound
from entraide.help_requests.limits import check_new_answers, check_waiting_answers
from entraide.help_requests.mails import tell
from entraide.help_requests.models import Answer, AnswerState, HelpRequest, RequestState
from entraide.help_requests.rules import coordinated, is_seeking
from entraide.help_requests.steps import illegal, lock_request, take_step
from entraide.i18n import catalogue
from entraide.members.accounts import lock_member
from entraide.members.models import Member
from entraide.policy import Actor

_ = catalogue("entraide")

REFUSING = {"decline": AnswerState.DECLINED, "withdraw": AnswerState.WITHDRAWN}
"""Steps by which one side says no to a standing answer, and the state each leaves it in."""


def answer_request(
    session: Session,
    *,
    request: HelpRequest,
    actor: Actor,
    message: str,
    organisation_id: UUID | None = None,
) -> Answer:
    """Offer help; whoever withdrew an answer may give a new one.

    Raises NotFound for those who may not see or answer the request, IllegalTransition when it
    looks for nobody any more or has an answer of the actor, TooManyRequests above the daily limit,
    Refused when ten answers wait for the parent already.
    """
    _check_may_answer(session, actor, request)
    check_new_answers(session, actor)
    _check_organisation(session, actor, organisation_id)
    request = lock_request(session, request.id)
    mine = next((answer for answer in request.answers if answer.member_id == actor.id), None)
    if not is_seeking(request) or (mine is not None and mine.state != AnswerState.WITHDRAWN):
        raise illegal()
    check_waiting_answers(request)
    answer = mine or Answer(member_id=actor.id)
    _write(answer, message, organisation_id)
    if mine is None:
        request.answers.append(answer)
    session.flush()
    step = take_step(session, request=request, step="answer", actor=actor.id, answer=answer)
    tell(session, step=step, members=[request.member_id])
    return answer


def _write(answer: Answer, message: str, organisation_id: UUID | None) -> None:
    """Fill in a new answer, or begin again one that was withdrawn."""
    answer.message, answer.organisation_id = message, organisation_id
    answer.state = AnswerState.SENT
    answer.asker_agreed_at = answer.helper_agreed_at = None
    answer.created_at = answer.updated_at = clock.now()


def find_answer(session: Session, *, request: HelpRequest, actor: Actor, answer_id: UUID) -> Answer:
    """Return an answer that the actor received or gave; NotFound for any other."""
    answer = session.get(Answer, answer_id)
    if answer is None or answer.request_id != request.id:
        raise NotFound
    if actor.id not in (request.member_id, answer.member_id):
        raise NotFound
    return answer


def agree(session: Session, *, answer: Answer, actor: Actor) -> None:
    """Say yes to an answer, as its author or as the one who asked; the second yes is the match.

    On the match every other standing answer ends with thanks. Raises IllegalTransition
    when the actor agreed already or the answer or the request is past that.
    """
    policy.require(actor, "help_requests.agree", answer)
    request = lock_request(session, answer.request_id)
    is_asker = request.member_id == actor.id
    agreed_at = answer.asker_agreed_at if is_asker else answer.helper_agreed_at
    if answer.state != AnswerState.SENT or agreed_at is not None or not is_seeking(request):
        raise illegal()
    _write_yes(answer, is_asker=is_asker)
    if answer.asker_agreed_at is None or answer.helper_agreed_at is None:
        step = take_step(session, request=request, step="agree", actor=actor.id, answer=answer)
        tell(session, step=step, members=[request.member_id, answer.member_id])
        return
    _match(session, request, answer, actor)


def _write_yes(answer: Answer, *, is_asker: bool) -> None:
    now = answer.updated_at = clock.now()
    if is_asker:
        answer.asker_agreed_at = now
    else:
        answer.helper_agreed_at = now


def decline_answer(session: Session, *, answer: Answer, actor: Actor) -> None:
    """Say no to a standing answer, kindly; IllegalTransition when it does not stand any more."""
    policy.require(actor, "help_requests.decline", answer)
    request = lock_request(session, answer.request_id)
    _end(session, request=request, answer=answer, actor=actor, step="decline")


def withdraw_answer(session: Session, *, answer: Answer, actor: Actor) -> None:
    """Take an answer back; after a match the request looks for somebody again."""
    policy.require(actor, "help_requests.withdraw", answer)
    request = lock_request(session, answer.request_id)
    if answer.state != AnswerState.AGREED:
        _end(session, request=request, answer=answer, actor=actor, step="withdraw")
        return
    step = take_step(session, request=request, step="give_back", actor=actor.id, answer=answer)
    start_anew(request)
    tell(session, step=step, members=[request.member_id])


def standing(request: HelpRequest) -> list[Answer]:
    """Return the answers that wait for somebody's yes."""
    return [answer for answer in request.answers if answer.state == AnswerState.SENT]


def end_standing(request: HelpRequest, state: AnswerState) -> list[UUID]:
    """End every standing answer; return whom to tell.

    `state` says why, and so what its author reads: OTHER_CHOSEN, CLOSED or EXPIRED.
    """
    ended = standing(request)
    for answer in ended:
        answer.state, answer.updated_at = state, clock.now()
    return [answer.member_id for answer in ended]


def end_agreed(request: HelpRequest) -> list[UUID]:
    """End every contact of a request for good; return whom to tell."""
    ended = [answer for answer in request.answers if answer.state == AnswerState.AGREED]
    for answer in ended:
        answer.state, answer.updated_at = AnswerState.ENDED, clock.now()
    return [answer.member_id for answer in ended]


def start_anew(request: HelpRequest) -> list[UUID]:
    """Let no earlier answer stand, so that everyone may answer again; return whom to tell.

    A contact that was ended stays so: its helper does not answer this family again.
    """
    agreed = [answer.member_id for answer in request.answers if answer.state == AnswerState.AGREED]
    for answer in request.answers:
        if answer.state != AnswerState.ENDED:
            answer.state, answer.updated_at = AnswerState.WITHDRAWN, clock.now()
    return agreed


def _match(session: Session, request: HelpRequest, answer: Answer, actor: Actor) -> None:
    answer.state = AnswerState.AGREED
    others = end_standing(request, AnswerState.OTHER_CHOSEN)
    step = take_step(session, request=request, step="match", actor=actor.id, answer=answer)
    tell(session, step=step, members=[request.member_id, answer.member_id, *others])


def _end(
    session: Session, *, request: HelpRequest, answer: Answer, actor: Actor, step: str
) -> None:
    if answer.state != AnswerState.SENT or request.state not in RequestState.SEEKING:
        raise illegal()
    answer.state, answer.updated_at = REFUSING[step], clock.now()
    name = step if standing(request) else f"{step}_last"
    taken = take_step(session, request=request, step=name, actor=actor.id, answer=answer)
    tell(session, step=taken, members=[request.member_id, answer.member_id])


def _check_may_answer(session: Session, actor: Actor, request: HelpRequest) -> None:
    # Asked of the roles of now: what ends with a role has gone through the answers already when
    # it was taken back after this request began.
    lock_member(session, actor.id)
    helper = session.get_one(Member, actor.id, populate_existing=True)
    policy.require(helper, "help_requests.see", request)
    policy.require(helper, "help_requests.answer", request)


def _check_organisation(session: Session, actor: Actor, organisation_id: UUID | None) -> None:
    if organisation_id is None:
        return
    if organisation_id not in {organisation.id for organisation in coordinated(session, actor)}:
        raise BadInput.at("organisation", _("Choose one of your own associations."))
