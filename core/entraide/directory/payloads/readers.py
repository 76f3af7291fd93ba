"""Who reads which fields of an offer or a request: the one place that decides it."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from typing import Any

from entraide import policy, runtime
from entraide.directory.models import Offer
from entraide.directory.payloads.values import Payload, audience_of, fits, schema_of
from entraide.directory.payloads.versions import try_upcast
from entraide.policy import Actor
from entraide.readers import Reader, reader_of
from entraide.runtime import Slot

TakesPart = Callable[[Offer, Actor], bool]
TAKES_PART: Slot[TakesPart] = Slot("answer to who takes part", lambda: lambda _offer, _actor: False)
"""Whether somebody takes part in an offer: the feature of answers knows, where there is one."""


@singledispatch
def relations_to(subject: Any, actor: Actor | None) -> frozenset[Reader]:  # noqa: ARG001 - a default
    """Return what `actor` (None: a visitor) is to an offer, or to what another feature registers.

    Raises TypeError for anything else.
    """
    raise TypeError(f"nobody declares who reads {subject!r}")


@relations_to.register(Offer)
def _of_offer(offer: Offer, actor: Actor | None) -> frozenset[Reader]:
    if actor is None:
        return frozenset({Reader.EVERYONE})
    if offer.member_id == actor.id:
        return frozenset({Reader.EVERYONE, Reader.MEMBER, Reader.AUTHOR})
    relations = {Reader.EVERYONE, Reader.MEMBER}
    if policy.allowed(actor, "directory.read_details", offer):
        relations |= {Reader.TEAM, Reader.PARTICIPANT}
    elif TAKES_PART.get()(offer, actor):
        relations.add(Reader.PARTICIPANT)
    return frozenset(relations)


def readable(actor: Actor | None, subject: Any) -> Payload:
    """Return the fields of an offer or a request that `actor` may read; none of a kind that is gone.

    The marks of today count; what was asked as private stays so, for the fewest readers, when a
    later release opens the field.
    """
    kind = runtime.current().kinds.get(subject.kind)
    if kind is None:
        return {}
    relations = relations_to(subject, actor)
    known = schema_of(kind.schema).fields
    marks = {name: audience_of(kind, name) for name in known}
    closed = {name: "staff" if mark == "public" else mark for name, mark in marks.items()}
    details = subject.details or {}
    given = try_upcast(kind, subject.payload)
    # An upcast may look at fields of both parts; what it makes of the public ones is public.
    asked = {
        name: value
        for name, value in try_upcast(kind, {**subject.payload, **details}).items()
        if name in details or name not in given
    }
    return {
        name: value
        for values, audiences in ((given, marks), (asked, closed))
        for name, value in values.items()
        if name in audiences
        and fits(known[name], value)
        and (Reader.AUTHOR in relations or reader_of(subject.side, audiences[name]) in relations)
    }
