"""What a request's state means for whoever reads: plain words, and always the next step."""

from __future__ import annotations

from uuid import UUID

from entraide import clock, i18n
from entraide.help_requests.models import Answer, AnswerState, HelpRequest, RequestState
from entraide.help_requests.rules import volunteers_answer
from entraide.i18n import Text, catalogue
from entraide.plugins.choices import is_paused
from entraide.schedules.deadlines import earliest

_ = catalogue("entraide")

STATES: dict[str, tuple[Text, str]] = {
    RequestState.OPEN: (_("Sent"), ""),
    RequestState.ANSWERED: (_("Answer received"), "warm"),
    RequestState.MATCHED: (_("You agree"), "good"),
    RequestState.DONE: (_("Done"), "good"),
    RequestState.CLOSED: (_("Closed"), ""),
    RequestState.EXPIRED: (_("Last day passed"), "warm"),
}
"""The words of each state and the look of its tag."""

ASKER: dict[str, Text] = {
    RequestState.OPEN: _(
        "Next step: a volunteer or an association answers you. "
        "Your request stays visible until %(day)s."
    ),
    "open_for_associations": _(
        "Next step: an association answers you. Your request stays visible until %(day)s."
    ),
    RequestState.ANSWERED: _("It is your turn: read the answers. Say yes to one by %(day)s."),
    "confirming": _("The person who answered has to confirm by %(day)s."),
    RequestState.MATCHED: _("You can write to each other. Then tell us it is done."),
    RequestState.DONE: _("Nothing more to do. Thank you for telling us."),
    RequestState.CLOSED: _("This request is closed. You can open it again."),
    RequestState.EXPIRED: _("Nobody was found in time. You can open it again."),
    "closed_for_good": _("This request is closed, and its day has passed."),
    "expired_for_good": _("Nobody was found in time. You can write a new request."),
}
HELPER: dict[str, Text] = {
    AnswerState.SENT: _("The parent chooses: they read your answer and decide by %(day)s."),
    "confirming": _("It is your turn: the parent says yes. Confirm by %(day)s."),
    AnswerState.AGREED: _("You can write to each other."),
    AnswerState.DECLINED: _("The parent said no this time. Thank you for your offer!"),
    AnswerState.OTHER_CHOSEN: _("Someone else was chosen this time. Thank you for your offer!"),
    AnswerState.CLOSED: _(
        "This request was closed, and nobody was chosen. Thank you for your offer!"
    ),
    AnswerState.EXPIRED: _("The last day passed, and nobody was chosen. Thank you for your offer!"),
    AnswerState.ENDED: _(
        "This contact has ended. You do not see the details of the family any more."
    ),
    "over": _("This request is closed. Thank you for your help!"),
}
ANSWER_STATES: dict[str, Text] = {
    AnswerState.SENT: _("Waits for a yes"),
    "asker": _("You said yes. The other person has not confirmed yet."),
    "helper": _("Ready to help. Your yes is missing."),
    AnswerState.AGREED: _("You both said yes"),
    AnswerState.DECLINED: _("You said no"),
    AnswerState.OTHER_CHOSEN: _("You chose somebody else"),
    AnswerState.CLOSED: _("Closed with your request"),
    AnswerState.EXPIRED: _("The last day passed"),
    AnswerState.ENDED: _("This contact has ended"),
    AnswerState.WITHDRAWN: _("Answer taken back"),
}


PAUSED = _(
    "It pauses: the site does not take this kind of help at the moment. Nobody else finds it. It "
    "is shown again by itself as soon as the site takes it up again."
)


def next_step(request: HelpRequest, reader: UUID) -> str:
    """Return who does what before when, for the asker or one who answered; else empty."""
    day = i18n.date_in(request.verify_by)
    if request.state in RequestState.SEEKING and is_paused(request.kind):
        return str(PAUSED)
    if reader == request.member_id:
        return str(ASKER[_asker_key(request)]) % {"day": day}
    mine = answer_of(request, reader)
    return str(HELPER[_helper_key(request, mine)]) % {"day": day} if mine else ""


def state_in_words(request: HelpRequest) -> tuple[str, str]:
    """Return the words of a request's state and the look of its tag."""
    label, look = STATES[_shown_state(request)]
    return str(label), look


def has_lapsed(request: HelpRequest) -> bool:
    """Return whether the last day has passed without a match, before the job has noted it too."""
    return request.state in RequestState.SEEKING and request.verify_by < clock.today()


def is_past(request: HelpRequest) -> bool:
    """Return whether what was asked for had its day, which is over: nobody can help any more."""
    return earliest(clock.today(), request.schedule) < clock.today()


def answer_of(request: HelpRequest, member_id: UUID) -> Answer | None:
    """Return a member's answer to a request unless it was taken back."""
    standing = (answer for answer in request.answers if answer.state != AnswerState.WITHDRAWN)
    return next((answer for answer in standing if answer.member_id == member_id), None)


def answer_state(answer: Answer) -> str:
    """Return what an answer's state means for the asker."""
    if answer.state != AnswerState.SENT:
        return str(ANSWER_STATES[answer.state])
    if answer.asker_agreed_at:
        return str(ANSWER_STATES["asker"])
    return str(ANSWER_STATES["helper" if answer.helper_agreed_at else AnswerState.SENT])


def _shown_state(request: HelpRequest) -> str:
    return RequestState.EXPIRED if has_lapsed(request) else request.state


def _asker_key(request: HelpRequest) -> str:
    standing = [answer for answer in request.answers if answer.state == AnswerState.SENT]
    is_confirming = standing and all(answer.asker_agreed_at for answer in standing)
    state = _shown_state(request)
    if state == RequestState.OPEN and not volunteers_answer(request):
        return "open_for_associations"
    if state in RequestState.STOPPED and is_past(request):
        return f"{state}_for_good"
    return "confirming" if state == RequestState.ANSWERED and is_confirming else state


def _helper_key(request: HelpRequest, mine: Answer) -> str:
    if request.state in RequestState.OVER and mine.state == AnswerState.AGREED:
        return "over"
    if mine.state == AnswerState.SENT and has_lapsed(request):
        return AnswerState.EXPIRED
    if mine.state == AnswerState.SENT and mine.asker_agreed_at and not mine.helper_agreed_at:
        return "confirming"
    return mine.state
