"""The one table of who reads a field of a kind: pages ask it what to show, forms what to say."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from entraide.i18n import Text, catalogue

_ = catalogue("entraide")


class Reader(StrEnum):
    """What somebody is to an offer or a request; one person may be several of these.

    `team` is whoever coordinates the offer's association, the moderators and administrators of the
    site, and for a member's own offer that waits those who may decide about it; `participant`
    whoever takes part in the offer, and its team;
    `helper` whoever may open the request, `chosen` the helper with whom its author agreed,
    `association` the same when they answered for an association that they coordinate.
    """

    AUTHOR = "author"
    EVERYONE = "everyone"
    MEMBER = "member"
    TEAM = "team"
    PARTICIPANT = "participant"
    HELPER = "helper"
    CHOSEN = "chosen"
    ASSOCIATION = "association"


READERS: Mapping[tuple[str, str], Reader] = {
    ("offer", "public"): Reader.EVERYONE,
    ("offer", "members"): Reader.MEMBER,
    ("offer", "staff"): Reader.TEAM,
    ("offer", "parties"): Reader.PARTICIPANT,
    ("request", "public"): Reader.HELPER,
    ("request", "members"): Reader.CHOSEN,
    ("request", "parties"): Reader.CHOSEN,
    ("request", "staff"): Reader.ASSOCIATION,
}
"""(side, mark) → who reads such a field, beside its author. What is not here nobody reads, and
a kind that asks for it does not load: no page opens a sealed field yet."""


class Words(NamedTuple):
    """How a form and the review name the readers: a pictogram, a title, a sentence more."""

    icon: str
    title: Text
    note: Text


WORDS: Mapping[Reader, Words] = {
    Reader.EVERYONE: Words(
        "eye",
        _("Everyone can see this"),
        _("On this site, also without an account."),
    ),
    Reader.MEMBER: Words(
        "people",
        _("Members of this site can see this"),
        _("With an account, on this site."),
    ),
    Reader.TEAM: Words(
        "lock",
        _("Only for the association and the team"),
        _(
            "You, who coordinates the association that you choose, and the moderators and "
            "administrators of this site."
        ),
    ),
    Reader.PARTICIPANT: Words(
        "lock",
        _("Only for those who take part"),
        _(
            "Once they have a place or your yes, and for the team of the offer. Nobody sees it before."
        ),
    ),
    Reader.HELPER: Words(
        "people",
        _("People who may help can see this"),
        _("Those who may answer such a request here, and the team. They do not see your name."),
    ),
    Reader.CHOSEN: Words(
        "lock",
        _("Only for the person whom you choose"),
        _("Once you both said yes. Nobody sees it before."),
    ),
    Reader.ASSOCIATION: Words(
        "lock",
        _("Only for the association that you choose"),
        _("The person who answers you in its name, once you both said yes."),
    ),
}
ABROAD = _("On this site, also without an account. What an association offers is on partner sites.")
"""What is said instead of the note of `everyone` where the offers of a kind may leave the site."""

PARTNERS = _("On this site and on its partner sites, without an account.")
"""The same, once an association was chosen."""

OWN_TEAM = Words(
    "lock",
    _("Only for the team of this site"),
    _(
        "You, and the moderators and administrators. While your offer waits, also the coordinators, "
        "who decide about it too."
    ),
)
"""How the `team` is named for an offer in one's own name."""


def reader_of(side: str, audience: str) -> Reader | None:
    """Return who reads a field with this mark on this side; None when nobody does."""
    return READERS.get((side, audience))
