"""Whether an offer could travel as it is: asked before it is saved, and shown to its team."""

from __future__ import annotations

from entraide import Offer, UpcastFailed, clock, ids, runtime
from entraide_federation import settings
from entraide_federation.protocol import objects, profile, types
from entraide_federation.protocol.errors import Refusal, TooLarge
from entraide_federation.publishing import wanted

PROOF_BYTES = 700
"""A proof with the longest addresses, and what the version adds."""


def obstacle_of(offer: Offer) -> str:
    """Return why no other site would take an offer that may leave this one; empty when all is well.

    A reason of the protocol: `key-name`, `too-large`, `schema`, `nfc`; or `upcast-failed`.
    """
    kind = runtime.current().kinds.get(offer.kind)
    if kind is None or not kind.federated or offer.organisation is None:
        return ""
    now = clock.now()
    try:
        # An offer that is not stored yet has no address, and none is needed to judge it.
        document = wanted.project_offer(offer, kind, offer.id or ids.new_id())
        document |= {"version": types.next_version(0, now)}
        profile.check(document)
        objects.acceptable(document, now=now, limits=settings.limits())
        if len(profile.canonical(document)) + PROOF_BYTES > settings.limits().object_bytes:
            raise TooLarge("too-large")
    except Refusal as error:
        return error.reason
    except UpcastFailed as error:
        return error.name
    return ""
