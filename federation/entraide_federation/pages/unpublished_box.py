"""What a team reads of its offers that no other site shows, and what a form says before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from entraide import ManagedOffers, Offer, Panel, Problem, Publication, catalogue
from entraide.pages import offer_url
from entraide_federation.publishing.judging import obstacle_of

_ = catalogue("entraide_federation")

TOO_LONG = _("This is too long for the other sites. Please write shorter answers.")
OTHERWISE = _(
    "The other sites cannot take this offer as it is (%(reason)s). Please tell whoever runs the "
    "site."
)


def problems_of(offer: Offer) -> Iterator[Problem]:
    """Say why a new offer would be online here and nowhere else."""
    reason = obstacle_of(offer) if offer.publication == Publication.DRAFT else ""
    if reason:
        words = TOO_LONG if reason == "too-large" else _words_for(reason)
        yield Problem(words, "summary")


def unpublished_panel(managed: ManagedOffers) -> Iterable[Panel]:
    """Name the public offers of a team that cannot leave this site, each with the reason."""
    public = [offer for offer in managed.offers if offer.publication == Publication.PUBLIC]
    stuck = [(offer, reason) for offer in public if (reason := obstacle_of(offer))]
    if stuck:
        rows = [
            {
                "url": offer_url(offer.id),
                "title": offer.title,
                "words": TOO_LONG if reason == "too-large" else _words_for(reason),
            }
            for offer, reason in stuck
        ]
        title = _("Online here only: the other sites cannot show these offers")
        yield Panel(title, "federation/unpublished.html", order=10, context={"rows": rows})


def _words_for(reason: str) -> str:
    return str(OTHERWISE) % {"reason": reason}
