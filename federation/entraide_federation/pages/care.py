"""What is wrong with this site's own publishing, in words for its operator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from entraide import Health, clock, database
from entraide.errors import ConfigurationError, EntraideError
from entraide_federation import settings
from entraide_federation.keys import address, identity, own_keys
from entraide_federation.protocol.keysets import Keyset
from entraide_federation.publishing import healing
from entraide_federation.store.models import Mark, Origin, OriginState, Own, Source, SourceState
from entraide_federation.store.numbering import OWN_ID

ADDRESS, KEYS, KEYSET, PUBLISHER, FEED, PEERS = (
    "federation address",
    "federation keys",
    "federation keyset",
    "federation publisher",
    "federation feed",
    "federation peers",
)
PATIENCE = timedelta(minutes=10)
"""A change that waits for longer than this is not being published."""


def examine() -> Iterator[Health]:
    """Yield what is wrong; another address comes first and alone, and stops every start."""
    if words := address.mistake():
        yield Health(ADDRESS, words, stops=True)
        return
    try:
        with database.reading() as session:
            yield from list(_examine_keys(session))
            yield from list(_examine_publishing(session))
            yield from list(_examine_peers(session))
    except DBAPIError:
        # The tables are not those of this code yet: the core says so, and `migrate` helps.
        return


def _examine_keys(session: Session) -> Iterator[Health]:
    if session.get(Own, OWN_ID) is None and not identity.is_initialised():
        words = "there are none yet, so nothing leaves this site. Run: entraide federation init"
        yield Health(KEYS, words, is_wrong=False)
        return
    try:
        identity.forbid_lost_keys()
        identity.cursor_key()
        signer = identity.load()
        held = own_keys.load_own(session)
        if held is not None:
            own_keys.require_listed(held, signer)
    except ConfigurationError as error:
        yield Health(KEYS, " ".join(error.mistakes))
        return
    if held is not None:
        yield from _examine_keyset(held)


def _examine_keyset(held: Keyset) -> Iterator[Health]:
    if held.issued > clock.now() + settings.limits().document_skew:
        words = f"was signed while the clock was ahead, on {held.issued:%Y-%m-%d}; no site takes it"
        yield Health(KEYSET, f"{words}. {_RENEW}")
    elif held.is_ending(clock.now(), settings.limits()):
        day = f"{held.expires:%Y-%m-%d}"
        what = (
            f"expired on {day}: other sites show nothing new of this one"
            if held.is_expired(clock.now())
            else f"expires on {day}"
        )
        yield Health(KEYSET, f"{what}. {_RENEW}")


def _examine_publishing(session: Session) -> Iterator[Health]:
    own = session.scalar(select(Origin).where(Origin.is_own))
    if own is None:
        return
    oldest = session.scalar(select(func.min(Mark.marked_at)))
    limits, now = settings.limits(), clock.now()
    if oldest is not None and oldest < now - PATIENCE:
        yield Health(PUBLISHER, f"changes wait since {oldest:%Y-%m-%d %H:%M}. {_LOOK}")
    elif own.head_issued_at is not None and own.head_issued_at < now - limits.head_validity:
        words = f"the last Head is of {own.head_issued_at:%Y-%m-%d %H:%M}; readers see silence"
        yield Health(PUBLISHER, f"{words}. {_LOOK}")
    elif own.head is None:
        yield Health(PUBLISHER, "nothing is published yet: entraide worker", is_wrong=False)
    if healing.is_ruined(session):
        words = (
            "it holds objects of another address, and no site believes it. A worker heals it when "
            "it starts, or at once: entraide federation heal"
        )
        yield Health(FEED, words)


def _examine_peers(session: Session) -> Iterator[Health]:
    """Tell how many wait for a person; nobody has to decide about suspended and unconfirmed ones."""
    is_served = Origin.confirmed_at.is_not(None) & Origin.suspended_at.is_(None)
    origins = select(Origin.base).where(
        Origin.state.in_(OriginState.SET_ASIDE), is_served, ~Origin.is_own
    )
    suspended = select(Origin.base).where(Origin.suspended_at.is_not(None))
    is_blamed = (Source.state == SourceState.FROZEN) | (Source.accusation != "")
    sources = select(Source.base).where(is_blamed, Source.base.not_in(suspended))
    if count := len({*session.scalars(origins), *session.scalars(sources)}):
        words = f"{count} wait for a decision. See: entraide federation peers"
        yield Health(PEERS, words)


_RENEW = "Take the recovery sheet and run: entraide federation renew"
_LOOK = "Is a worker running? See the job federation.publish above, and the log."


def failures() -> list[Health]:
    """Return what an administrator has to mend, also when the database is just busy."""
    try:
        return [row for row in examine() if row.is_wrong]
    except EntraideError:
        return []
