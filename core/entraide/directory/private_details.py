"""What of an offer not everyone may read, for whoever looks at it."""

from __future__ import annotations

from entraide import policy, runtime
from entraide.directory.models import Offer
from entraide.directory.payloads import audience_of, described, schema_of
from entraide.policy import Actor


def details_for(member: Actor | None, offer: Offer) -> list[tuple[str, str]]:
    """Return (label, words) of the fields that `member` may read beside the public ones.

    Members read those for members; the author and those who look after the offer read all but the
    sealed ones. What a form promised is so kept, and no more.
    """
    kind = runtime.current().kinds.get(offer.kind)
    if kind is None or member is None or not offer.details:
        return []
    readable = {"members"}
    if policy.allowed(member, "directory.details", offer):
        readable |= {"staff", "parties"}
    known = {
        name: value
        for name, value in offer.details.items()
        # A newer release of the plugin may have dropped a field.
        if name in schema_of(kind.schema).fields and audience_of(kind, name) in readable
    }
    return described(kind, known)
