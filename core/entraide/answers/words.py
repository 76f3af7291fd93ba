"""What the state of an answer means for each side: plain words, and always the next step."""

from __future__ import annotations

from collections.abc import Mapping

from entraide.answers.models import OfferAnswerState
from entraide.i18n import Text, catalogue

_ = catalogue("entraide")

State = OfferAnswerState
STATES: Mapping[str, tuple[Text, str]] = {
    State.SENT: (_("Waits for a yes"), "warm"),
    State.WAITING: (_("On the waiting list"), "warm"),
    State.OFFERED: (_("A place is kept"), "warm"),
    State.AGREED: (_("Agreed"), "good"),
    State.DECLINED: (_("Declined"), ""),
    State.WITHDRAWN: (_("Taken back"), ""),
    State.CANCELLED: (_("Cancelled"), "bad"),
    State.EXPIRED: (_("Over"), ""),
}
"""The words of each state and the look of its tag."""

OWN: Mapping[str, Text] = {
    State.SENT: _("Whoever offers this reads your answer and says yes or no. We write to you."),
    State.WAITING: _(
        "You are number %(rank)s on the waiting list. As soon as a place is free, we write to you."
    ),
    State.OFFERED: _("It is your turn: a place is kept for you until %(until)s."),
    State.AGREED: _("You take part. If you cannot come, please cancel: then the place is free."),
    State.DECLINED: _("It does not work out this time. Other offers may help."),
    State.WITHDRAWN: _("You took your answer back. You can answer again."),
    State.CANCELLED: _("This is cancelled. Other offers may help."),
    State.EXPIRED: _("Its time has passed. Other offers may help."),
}
"""What whoever answered reads: where it stands and what comes next."""

PAST = _("This day has passed.")
"""The same once what was agreed has begun."""

PEOPLE: Mapping[str, Text] = {
    State.SENT: _("It is your turn: say yes or no."),
    State.WAITING: _("Waits. As soon as a place is free, the site offers it to the first in line."),
    State.OFFERED: _("A place is kept for them until %(until)s. They have to say yes."),
    State.AGREED: _("Takes part."),
    State.DECLINED: _("You said no."),
    State.WITHDRAWN: _("They took their answer back."),
    State.CANCELLED: _("They do not come."),
    State.EXPIRED: _("Its time has passed."),
}
"""What whoever offers reads."""
