"""What the kinds of a plugin would send: an offer with marked words is posted, and what leaves is read."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import entry_points
from io import StringIO
from typing import Any

import orjson
from marshmallow import fields as upstream
from marshmallow import validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import clock, database, fields, outbox
from entraide.app import create_app, jobs_of
from entraide.directory.listing.models import Listing
from entraide.directory.listing.own_rows import list_organisation
from entraide.directory.models import Organisation
from entraide.directory.offers.schemas import OfferInput
from entraide.directory.offers.service import create_offer
from entraide.directory.payloads.values import audience_of, load_payload, public_fields
from entraide.errors import BadInput, EntraideError
from entraide.fields import choices_of
from entraide.kinds import JobRun, Kind
from entraide.kit.candidate import Candidate
from entraide.kit.checking.loads import bench
from entraide.kit.findings import Finding
from entraide.plugins.loading import GROUP
from entraide.preparing import run_plugin_inits
from entraide.runtime import Runtime

FEDERATION = "federation"
PUBLISH = "federation.publish"
COMMUNE = "58079"


@dataclass
class MadeUpPayload:
    """The values of a kind's fields, loaded; `words` maps the text of each private one to its name."""

    values: dict[str, Any] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


def nothing_private_leaves(plugin: Candidate) -> list[Finding]:
    """Publish an offer of each federated kind; name the private fields that others would receive.

    Read are the public listing, the API as a stranger and, where the federation is installed, what
    it signs for other sites.
    """
    found: list[Finding] = []
    with bench(plugin, _federation(plugin)) as site:
        kinds = _kinds(site, plugin)
        made = {kind.name: _publish(kind) for kind in kinds}
        leaving = dict(_leaving(site)) if any(made.values()) else {}
        for kind in kinds:
            payload = made[kind.name]
            if payload is not None:
                found += _compare(plugin, kind, payload, leaving)
    return found


def not_made_up(plugin: Candidate) -> list[str]:
    """Return the federated kinds of which no offer can be made up."""
    with bench(plugin, _federation(plugin)) as site:
        return [kind.name for kind in _kinds(site, plugin) if _publish(kind) is None]


def _federation(plugin: Candidate) -> list[str]:
    installed = {point.name for point in entry_points(group=GROUP)}
    return [FEDERATION] if FEDERATION in installed and plugin.name != FEDERATION else []


def _kinds(site: Runtime, plugin: Candidate) -> list[Kind]:
    return [
        kind
        for kind in site.kinds.values()
        if kind.plugin == plugin.name and kind.federated and "offer" in kind.sides
    ]


def _publish(kind: Kind) -> MadeUpPayload | None:
    """Post an offer of an association, as the site itself; None when the kind takes none of ours."""
    payload = _payload(kind)
    if payload is None:
        return None
    starts = f"{clock.today() + timedelta(days=30)}T18:00"
    schedule = {"starts": starts, "timezone": "Europe/Paris"}
    try:
        with database.writing() as session:
            offer = OfferInput(
                kind.name,
                "Offre exemple",
                "Un exemple.",
                [COMMUNE],
                clock.today() + timedelta(days=90),
                organisation_id=_association(session).id,
                schedule=schedule if kind.schedule == "required" else None,
                payload=payload.values,
            )
            create_offer(session, actor=None, data=offer)
    except EntraideError:
        return None
    return payload


def _association(session: Session) -> Organisation:
    now = clock.now()
    organisation = Organisation(
        name="Association Exemple",
        form="association",
        territory=[COMMUNE],
        summary="",
        publication="public",
        revision=1,
        created_at=now,
        updated_at=now,
    )
    session.add(organisation)
    session.flush()
    list_organisation(session, organisation)
    return organisation


def _payload(kind: Kind) -> MadeUpPayload | None:
    """Return values for the fields of a kind, without those that its schema refuses."""
    words: dict[str, str] = {}
    raw: dict[str, Any] = {}
    for number, (name, known) in enumerate(kind.schema().fields.items()):
        word = f"canari{number}secret"
        raw[name] = _value(known, word)
        if name not in public_fields(kind) and word in str(raw[name]):
            words[word] = name
    for _attempt in range(len(raw) + 1):
        try:
            values = load_payload(kind, raw)
        except BadInput as error:
            refused = error.members["errors"].get("payload", {}) if error.members else {}
            if not raw.keys() & refused.keys():
                return None
            raw = {name: value for name, value in raw.items() if name not in refused}
        else:
            return MadeUpPayload(values, words)
    return None


def _value(known: upstream.Field[Any], word: str) -> Any:
    """Return a value of a field as a program sends it; of a free text the word."""
    if choices := choices_of(known):
        first = choices[0][0]
        return [first] if isinstance(known, upstream.List) else first
    if isinstance(known, upstream.List):
        return [_value(known.inner, word)]
    for kind, value in (
        (fields.Commune, COMMUNE),
        (upstream.Url, f"https://{word}.example"),
        (upstream.Email, f"{word}@example.org"),
        (upstream.Boolean, True),
        (upstream.Number, _number(known)),
        (upstream.Date, (clock.today() + timedelta(days=30)).isoformat()),
        (upstream.Time, "18:00"),
    ):
        if isinstance(known, kind):
            return value
    return word


def _number(known: upstream.Field[Any]) -> int:
    ranges = [rule for rule in known.validators if isinstance(rule, validate.Range)]
    least = [rule.min for rule in ranges if rule.min is not None]
    return int(max(least, default=1))


def _leaving(site: Runtime) -> Iterator[tuple[str, str]]:
    """Yield each place from which others read, and its text."""
    app = create_app(site)
    if FEDERATION in site.registry.modules:
        with redirect_stdout(StringIO()):
            run_plugin_inits(None)
    outbox.deliver_pending()
    for job in jobs_of(site):
        if job.name == PUBLISH:
            job.function(JobRun(clock.now() + timedelta(days=1), lambda: False))
    with database.reading() as session:
        rows = session.execute(select(Listing.__table__)).mappings().all()
    yield "the listing", orjson.dumps([dict(row) for row in rows], default=str).decode()
    client, base = app.test_client(), site.settings.site.base_url
    yield "/api/v1/offers", client.get("/api/v1/offers", base_url=base).text
    if FEDERATION in site.registry.modules:
        path = "/federation/v1/snapshot"
        yield "what other sites receive", client.get(path, base_url=base).text


def _compare(
    plugin: Candidate, kind: Kind, payload: MadeUpPayload, leaving: Mapping[str, str]
) -> Iterator[Finding]:
    place = plugin.place(*_place(kind))
    for word, name in payload.words.items():
        for where, text in leaving.items():
            if word in text:
                yield Finding(
                    "bronze",
                    f"the field {name} of the kind {kind.name} leaves the site ({where})",
                    place,
                    f"Its mark says {audience_of(kind, name)}.",
                    "Mark it public(), or mend what copies it into a public field (post_load, "
                    "pre_dump, post_dump, a field that is computed).",
                )
                break


def _place(kind: Kind) -> tuple[str, int]:
    try:
        _lines, number = inspect.getsourcelines(kind.schema)
        return str(inspect.getsourcefile(kind.schema)), number
    except (OSError, TypeError):
        return kind.schema.__module__, 0
