"""Example data of a development site: what `seed.toml` says, created through the services."""

from __future__ import annotations

import tomllib
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from dateutil.rrule import rrulestr
from marshmallow import ValidationError
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from entraide import clock, database, runtime
from entraide.answers.rules import has_days
from entraide.answers.service import AnswerInput, answer_offer
from entraide.directory.listing.own_rows import list_organisation
from entraide.directory.models import Offer, Organisation, OrganisationMember, Publication
from entraide.directory.offers.schemas import OfferInput, OfferSchema
from entraide.directory.offers.service import create_offer, kind_named, publish_offer
from entraide.directory.payloads.values import load_payload
from entraide.errors import BadInput, ConfigurationError
from entraide.event_types import OrganisationAdded
from entraide.help_requests.answers import answer_request
from entraide.help_requests.service import RequestInput, open_request
from entraide.members import accounts
from entraide.members.models import Member
from entraide.outbox import record
from entraide.outbox.models import OutboxMessage
from entraide.schedules.occurrences import coming

EXAMPLE = "Exemple : "
"""Put before each title, so that nobody takes an example for help."""


def seed() -> bool:
    """Load `seed.toml` into an empty development site; False when there is nothing to do."""
    site = runtime.current()
    path = site.settings.seed_file
    if not path.exists():
        return False
    if not site.settings.development:
        raise ConfigurationError(
            [f"{path.name} holds examples: they are loaded in development only, never on a site."]
        )
    document = tomllib.loads(path.read_text("utf-8"))
    with database.writing() as session:
        if session.scalar(select(func.count()).select_from(Member)):
            return False
        Loader(session, document).load()
    return True


class Loader:
    """Creates the members, organisations, offers and requests of one document."""

    def __init__(self, session: Session, document: dict[str, Any]) -> None:
        self.session, self.document = session, document
        self.members: dict[str, Member] = {}
        self.organisations: dict[str, UUID] = {}

    def load(self) -> None:
        """Create everything, in the order in which it refers to each other."""
        for row in self.document.get("organisations", ()):
            self._add_organisation(row)
        for row in self.document.get("members", ()):
            self._add_member(row)
        for row in self.document.get("offers", ()):
            self._add_offer(row)
        if "help_requests" in runtime.current().registry.modules:
            for row in self.document.get("requests", ()):
                self._add_request(row)
        # Nobody waits for mail about examples.
        self.session.execute(delete(OutboxMessage))

    def _add_organisation(self, row: dict[str, Any]) -> None:
        now = clock.now()
        organisation = Organisation(
            name=row["name"],
            form=row.get("form", "association"),
            url=row.get("url"),
            summary=row.get("summary", ""),
            territory=row["territory"],
            publication=Publication.PUBLIC,
            revision=1,
            created_at=now,
            updated_at=now,
        )
        self.session.add(organisation)
        self.session.flush()
        list_organisation(self.session, organisation)
        record(self.session, OrganisationAdded(organisation.id))
        self.organisations[row["key"]] = organisation.id

    def _add_member(self, row: dict[str, Any]) -> None:
        member = accounts.open_account(self.session, email=row["email"], display_name=row["name"])
        for role in row.get("roles", ()):
            accounts.grant_role(self.session, member=member, role=role, actor=None)
        for key in row.get("coordinates", ()):
            self.session.add(
                OrganisationMember(
                    organisation_id=self.organisations[key],
                    member_id=member.id,
                    role="coordinator",
                )
            )
        self.members[row["key"]] = member

    def _add_offer(self, row: dict[str, Any]) -> None:
        organisation = self.organisations.get(row.pop("organisation", ""))
        author = self.members.get(row.pop("member", "")) if organisation is None else None
        answers = row.pop("answers", ())
        data = offer_input(row | {"organisation": organisation and str(organisation)})
        offer = create_offer(self.session, actor=author, data=data)
        if offer.publication == Publication.PENDING:
            # Whoever tries the site finds examples of members that a team has read.
            publish_offer(self.session, offer=offer, actor=None)
            offer.decision = "approved"
        for answer in answers:
            self._add_answer(offer, answer)

    def _add_answer(self, offer: Offer, row: dict[str, Any]) -> None:
        """Let a member answer an offer: for the first day of a series."""
        days = coming(offer.schedule, clock.now()) if has_days(offer) else []
        given = AnswerInput(days[0].name if days else "", row.get("details", {}), row["message"])
        answer_offer(self.session, offer=offer, actor=self.members[row["member"]], given=given)

    def _add_request(self, row: dict[str, Any]) -> None:
        data = request_input(row)
        asked = open_request(self.session, actor=self.members[row["member"]], data=data)
        for answer in row.get("answers", ()):
            answer_request(
                self.session,
                request=asked,
                actor=self.members[answer["member"]],
                message=answer["message"],
            )


def offer_input(row: dict[str, Any]) -> OfferInput:
    """Return an offer of a seed, held to what a program may send; BadInput names what is wrong."""
    days = timedelta(days=row["verify_by_in_days"])
    sent = (
        {"summary": "", "payload": {}}
        | row
        | {
            "title": EXAMPLE + row["title"],
            "verify_by": (clock.today() + days).isoformat(),
            "schedule": schedule_of(row.get("schedule")),
        }
    )
    del sent["verify_by_in_days"]
    try:
        offer: OfferInput = OfferSchema().load(sent)
    except ValidationError as error:
        raise BadInput(f"{sent['title']} is no offer.", error.messages_dict) from error
    return offer


def request_input(row: dict[str, Any]) -> RequestInput:
    """Return a request of a seed, its days counted from today."""
    return RequestInput(
        kind=row["kind"],
        title=EXAMPLE + row["title"],
        summary=row.get("summary", ""),
        territory=row["territory"],
        verify_by=clock.today() + timedelta(days=row["verify_by_in_days"]),
        schedule=schedule_of(row.get("schedule")),
        payload=load_payload(kind_named(row["kind"]), row.get("payload", {}), side="request"),
    )


def schedule_of(given: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the schedule of a seed row; the first date falls on the first day of its rule."""
    if not given:
        return None
    day = clock.today() + timedelta(days=given["starts_in_days"])
    starts = datetime.combine(day, time(given.get("hour", 10)))
    if rule := given.get("rrule"):
        starts = rrulestr(rule, dtstart=starts)[0]
    starts = starts.replace(tzinfo=clock.PARIS)
    write = clock.wall_time if rule else clock.rfc3339
    schedule = {"starts": write(starts), "timezone": "Europe/Paris"}
    if minutes := given.get("duration_minutes"):
        schedule["ends"] = write(starts + timedelta(minutes=minutes))
    return schedule | ({"rrule": rule} if rule else {})
