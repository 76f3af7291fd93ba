"""Rules of offers: proposed, published, stepped through their workflow, withdrawn, expired."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import asks, audit, clock, database, policy, runtime
from entraide import event_types as events
from entraide.directory.listing.own_rows import list_offer
from entraide.directory.models import Offer, Organisation, Publication, Transition
from entraide.directory.moderation import is_removal, reason_named
from entraide.directory.offers.limits import check_new_offers
from entraide.directory.offers.mails import tell_lapsed, tell_published, tell_removed
from entraide.directory.offers.schemas import TEXTS, OfferInput
from entraide.directory.payloads.public_texts import check_texts
from entraide.directory.payloads.values import split_payload
from entraide.errors import BadInput, IllegalTransition, NotFound, Refused
from entraide.i18n import catalogue
from entraide.kinds import Kind, Workflow
from entraide.outbox import record
from entraide.policy import Actor
from entraide.schedules.deadlines import earliest

_ = catalogue("entraide")

EXPIRE_BATCH = 500


WRITTEN = tuple(
    given.name for given in dataclasses.fields(OfferInput) if given.name in Offer.__table__.columns
)
"""What an offer keeps of its input under the same name; `_draft` computes what it does not."""


def kind_named(name: str) -> Kind:
    """Return a kind of this site; BadInput when no plugin declares it."""
    kind = runtime.current().kinds.get(runtime.kind_name(name))
    if kind is None:
        known = ", ".join(sorted(runtime.current().kinds))
        raise BadInput.at(
            "kind", _("This kind of help is not here. The kinds are: %(kinds)s.", kinds=known)
        )
    return kind


def create_offer(session: Session, *, actor: Actor | None, data: OfferInput) -> Offer:
    """Create an offer and publish it when its author may, else leave it to the team.

    `actor` None is the site itself (a token of the site, a seed). Raises BadInput for an
    unknown kind or organisation, a contact detail in a text that everyone reads, and when a
    plugin sees a problem; TooManyRequests above the daily limit.
    """
    if actor is not None:
        check_new_offers(session, actor)
    offer = _draft(session, actor, data)
    check_problems(offer)
    session.add(offer)
    session.flush()
    if actor is None or policy.allowed(actor, "directory.publish", offer):
        publish_offer(session, offer=offer, actor=actor)
    else:
        offer.publication = Publication.PENDING
        session.flush()
        record(session, events.OfferProposed(offer.id))
    return offer


def _draft(session: Session, actor: Actor | None, data: OfferInput) -> Offer:
    kind = kind_named(data.kind)
    public, details = split_payload(kind, data.payload)
    check_texts(kind, {name: getattr(data, name) for name in TEXTS}, public)
    now = clock.now()
    computed = {
        "kind": kind.name,
        "payload": public,
        "details": details,
        "verify_by": earliest(data.verify_by, data.schedule),
        "verified_on": clock.today(),
        "publication": Publication.DRAFT,
        "state": kind.workflow.initial if kind.workflow else "",
        "organisation": _organisation(session, data.organisation_id),
        "member_id": actor.id if actor else None,
        "created_at": now,
        "updated_at": now,
    }
    return Offer(**{name: getattr(data, name) for name in WRITTEN} | computed)


def publish_offer(session: Session, *, offer: Offer, actor: Actor | None) -> None:
    """Make a pending offer public; Refused when it is past that, or already out of date."""
    lock_offer(session, offer)
    if actor is not None:
        policy.require(actor, "directory.publish", offer)
    if offer.publication not in Publication.PROPOSED:
        raise Refused(_("This offer waits for no decision any more. Please reload the page."))
    if offer.verify_by < clock.today():
        raise Refused(
            _("The last day of this offer has passed. Choose a later one.")
            if offer.publication == Publication.DRAFT
            else _("The last day of this offer has passed. It cannot be put online any more.")
        )
    is_decided = actor is not None and actor.id != offer.member_id
    _change(
        session, offer, publication=Publication.PUBLIC, decision="approved" if is_decided else ""
    )
    tell_published(session, offer=offer, actor=actor)
    record(session, events.OfferPublished(offer.id))
    _note(session, offer, "directory.publish", _who(actor))


def withdraw_offer(
    session: Session, *, offer: Offer, actor: Actor | None, reason: str = "", decision: str = ""
) -> None:
    """Take an offer out of every list, here and on the other sites; twice is once.

    Whoever does so for others than themselves and their organisations moderates: `reason` (a
    name of `moderation.REASONS`) is kept and told to the author. `decision` is the team's.
    """
    lock_offer(session, offer)
    if actor is not None:
        needed = "directory.review" if decision else "directory.withdraw"
        policy.require(actor, needed, offer)
    if offer.publication in Publication.OVER:
        return
    if actor is not None and not decision and is_removal(actor, offer):
        remove_offer(session, offer=offer, by=actor.id, reason=reason)
        return
    _change(session, offer, publication=Publication.WITHDRAWN, decision=decision or offer.decision)
    record(session, events.OfferWithdrawn(offer.id))
    _note(session, offer, "directory.withdraw", _who(actor))


def remove_offer(session: Session, *, offer: Offer, by: UUID | None, reason: str) -> None:
    """Take an offer down as the team (`by` None: the command line), and tell its author why."""
    reason = reason_named(reason)
    _change(session, offer, publication=Publication.WITHDRAWN, decision="removed", reason=reason)
    tell_removed(session, offer=offer, reason=reason)
    record(session, events.OfferWithdrawn(offer.id))
    _note(session, offer, f"directory.remove.{reason}", by)


def hide_offer(session: Session, *, offer: Offer) -> None:
    """Take a public or waiting offer out of sight while its author's account is suspended."""
    _change(session, offer, publication=Publication.HIDDEN)
    record(session, events.OfferWithdrawn(offer.id))


def show_again(session: Session, *, offer: Offer) -> None:
    """Let the team read an offer that was hidden before it is public again."""
    _change(session, offer, publication=Publication.PENDING, decision="", reminded_at=None)
    record(session, events.OfferProposed(offer.id))


def step_offer(session: Session, *, offer: Offer, actor: Actor, step: str) -> None:
    """Take one step of the kind's workflow; IllegalTransition when there is none from here."""
    lock_offer(session, offer)
    policy.require(actor, "directory.transition", offer)
    workflow = workflow_of(offer)
    target = workflow.steps(offer.state or workflow.initial).get(step) if workflow else None
    if workflow is None or target is None or offer.publication != Publication.PUBLIC:
        raise IllegalTransition(
            _("This step is not possible any more. Please reload the page to see why.")
        )
    check_problems(offer)
    session.add(_transition(offer, actor, step, target))
    is_over = workflow.is_final(target)
    _change(
        session, offer, state=target, publication=Publication.WITHDRAWN if is_over else "public"
    )
    record(session, events.OfferStepped(offer.id, step, target))
    if is_over:
        record(session, events.OfferWithdrawn(offer.id))
    _note(session, offer, f"directory.step.{step}", actor.id)


def _transition(offer: Offer, actor: Actor, step: str, target: str) -> Transition:
    return Transition(
        offer_id=offer.id,
        member_id=actor.id,
        step=step,
        source=offer.state,
        target=target,
        happened_at=clock.now(),
    )


def confirm_offer(session: Session, *, offer: Offer, actor: Actor, verify_by: date) -> None:
    """Note that an offer is still true, and until when."""
    lock_offer(session, offer)
    policy.require(actor, "directory.confirm", offer)
    if verify_by < clock.today():
        raise BadInput.at("verify_by", _("Choose a day to come."))
    day = earliest(verify_by, offer.schedule)
    _change(session, offer, verify_by=day, verified_on=clock.today())
    record(session, events.OfferConfirmed(offer.id, day))
    _note(session, offer, "directory.confirm", actor.id)


def count_seats(session: Session, *, offer: Offer, taken: int) -> None:
    """Note how many seats of a locked offer are taken; lists and peers see what is left."""
    if offer.seats_taken != taken:
        _change(session, offer, seats_taken=taken)


def find_offer(session: Session, *, offer_id: UUID) -> Offer:
    """Return an offer; NotFound when there is none."""
    offer = session.get(Offer, offer_id)
    if offer is None:
        raise NotFound
    return offer


def lock_offer(session: Session, offer: Offer) -> None:
    """Read an offer as it is now, and keep other writers out until the end.

    SQLite lets one writer in at a time anyway; PostgreSQL locks the row.
    """
    session.refresh(offer, with_for_update={"of": Offer})


def expire_offers() -> int:
    """End the offers whose last day has passed, public or waiting; return how many.

    The author of one that nobody decided about in time is told.
    """
    with database.writing() as session:
        due = session.scalars(
            select(Offer)
            .where(Offer.publication.in_(Publication.EXPIRING), Offer.verify_by < clock.today())
            .limit(EXPIRE_BATCH)
            .with_for_update(skip_locked=True, of=Offer)
        ).all()
        for offer in due:
            is_proposal = offer.publication == Publication.PENDING
            _change(session, offer, publication=Publication.EXPIRED)
            record(session, events.OfferExpired(offer.id))
            if is_proposal:
                tell_lapsed(session, offer=offer)
    return len(due)


def workflow_of(offer: Offer) -> Workflow | None:
    """Return the workflow that an offer follows; None when its kind has none."""
    kind = runtime.current().kinds.get(offer.kind)
    return kind.workflow if kind else None


def steps_from(offer: Offer) -> list[tuple[str, str, bool]]:
    """Return the steps that an offer may take now: name, words, whether it ends the offer."""
    workflow = workflow_of(offer)
    if workflow is None:
        return []
    return [
        (name, step_in_words(workflow, name), workflow.is_final(target))
        for name, target in workflow.steps(offer.state or workflow.initial).items()
    ]


def steps_taken(session: Session, *, offer: Offer) -> list[Transition]:
    """Return the steps that an offer took, in order."""
    taken = select(Transition).where(Transition.offer_id == offer.id)
    return list(session.scalars(taken.order_by(Transition.happened_at, Transition.id)))


def step_in_words(workflow: Workflow, step: str) -> str:
    """Return the label of a step; of one without a label its name, readable."""
    return str(workflow.labels.get(step, "")) or step.replace("_", " ").capitalize()


def check_problems(subject: Any) -> None:
    """Raise BadInput with what plugins say against saving `subject`."""
    problems = asks.problems(subject)
    if problems:
        errors: dict[str, list[str]] = {}
        for problem in problems:
            errors.setdefault(problem.field or "title", []).append(str(problem.message))
        raise BadInput(str(_("Some answers need another look.")), errors)


def _organisation(session: Session, identifier: UUID | None) -> Organisation | None:
    if identifier is None:
        return None
    organisation = session.get(Organisation, identifier)
    if organisation is None or organisation.publication != Publication.PUBLIC:
        raise BadInput.at(
            "organisation",
            _("This association is no longer on this site. Please choose another one."),
        )
    return organisation


def _change(session: Session, offer: Offer, **values: Any) -> None:
    for name, value in values.items():
        setattr(offer, name, value)
    offer.updated_at, offer.revision = clock.now(), offer.revision + 1
    session.flush()
    list_offer(session, offer)


def _who(actor: Actor | None) -> UUID | None:
    return actor.id if actor else None


def _note(session: Session, offer: Offer, action: str, actor: UUID | None) -> None:
    # It concerns who wrote the offer; one that a program entered for the site, nobody.
    audit.record(session, actor=actor, action=action, subject=offer.id, person=offer.member_id)
