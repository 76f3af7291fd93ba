"""What somebody is to a request: the other half of the question who reads which field."""

from __future__ import annotations

from entraide import audit, database
from entraide.directory.payloads.readers import relations_to
from entraide.help_requests.ending import is_in_contact
from entraide.help_requests.models import HelpRequest
from entraide.help_requests.rules import coordinated, had_contact
from entraide.help_requests.words import answer_of
from entraide.policy import Actor
from entraide.readers import Reader


def reading_of(request: HelpRequest, reader: Actor) -> audit.Reading | None:
    """Return what the journal says when `reader` opens the request; None for its author.

    `read_private` is the page of the person chosen: with what is only theirs, name and address.
    None too for whom a contact was ended with: their page tells the end and nothing of the request.
    """
    if had_contact(reader, request):
        return None
    relations = relations_to(request, reader)
    if Reader.AUTHOR in relations:
        return None
    action = "read_private" if Reader.CHOSEN in relations else "read"
    return audit.Reading(reader.id, f"help_requests.{action}", str(request.id), request.member_id)


@relations_to.register(HelpRequest)
def _of_request(request: HelpRequest, reader: Actor) -> frozenset[Reader]:
    """Return what `reader`, who may open the request, is to it."""
    if request.member_id == reader.id:
        return frozenset({Reader.AUTHOR})
    answer = answer_of(request, reader.id)
    if answer is None or not is_in_contact(request, answer):
        return frozenset({Reader.HELPER})
    chosen = {Reader.HELPER, Reader.CHOSEN}
    if answer.organisation_id is not None:
        own = {organisation.id for organisation in coordinated(database.session(), reader)}
        chosen |= {Reader.ASSOCIATION} if answer.organisation_id in own else set()
    return frozenset(chosen)
