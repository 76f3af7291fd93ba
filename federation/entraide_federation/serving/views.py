"""The federation's endpoints, under fixed paths, for programs only."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, request

from entraide import permission, problem_response, runtime
from entraide.errors import Busy, ConfigurationError
from entraide_federation.http import EFP_JSON
from entraide_federation.protocol.errors import (
    BadRequest,
    FederationError,
    Maintenance,
    Overloaded,
    UnknownObject,
    WrongOrigin,
)
from entraide_federation.protocol.types import TOMBSTONE
from entraide_federation.serving import (
    answers,
    changes,
    discovery,
    feed_state,
    kind_schemas,
    origins,
    parameters,
    snapshot_answers,
)
from entraide_federation.serving.cursors import Feed
from entraide_federation.serving.frozen import frozen

log = structlog.get_logger("entraide.federation")

DISCOVERY = "/.well-known/entraide-federation"
RETRY_SECONDS = 5


class FixedPaths(Blueprint):
    """A blueprint whose paths the protocol fixes, so that no prefix is put before them."""

    well_known = True


blueprint = FixedPaths("federation", "entraide_federation", template_folder="templates")


@blueprint.before_request
def refuse_other_hosts() -> None:
    """Refuse requests that name another host: their reader would take us for that one."""
    base = runtime.current().settings.site.base_url
    scheme, _, host = base.partition("://")
    ours = (host, f"{host}:443") if scheme == "https" else (host,)
    if request.environ.get("HTTP_HOST", "").lower() not in ours:
        raise WrongOrigin(f"Here is {base}.")


@blueprint.errorhandler(FederationError)
def answer_problem(error: FederationError) -> Response:
    """Say what is wrong in the protocol's own words, and when to come back."""
    pause = error.members.get("retry_after")
    return problem_response(error, **({"Retry-After": str(pause)} if pause else {}))


@blueprint.errorhandler(ConfigurationError)
def answer_keyless(error: ConfigurationError) -> Response:
    """Say that the site rests, to readers; where the keys are missing is for its operator."""
    log.error("federation-keys-unreadable", detail=" ".join(error.mistakes))
    return answer_problem(
        Maintenance("This site cannot read its keys.", retry_after=feed_state.not_yet_seconds())
    )


@blueprint.errorhandler(Busy)
def answer_busy(_error: Busy) -> Response:
    """Say in the protocol's own words that the database is busy."""
    return answer_problem(Overloaded(retry_after=RETRY_SECONDS))


@blueprint.get(DISCOVERY)
@permission(None)
def show_discovery() -> Response:
    """Answer the discovery document."""
    parameters.read()
    with frozen() as session:
        body = discovery.write(session)
    return answers.document(body, answers.digest(body))


@blueprint.get("/federation/v1/head")
@permission(None)
def show_head() -> Response:
    """Answer this site's signed Head."""
    parameters.read()
    with frozen() as session:
        state = feed_state.load(session, Feed.OWN)
    return answers.document(state.head, state.token)


@blueprint.get("/federation/v1/heads")
@permission(None)
def show_heads() -> Response:
    """Answer the latest Head of every origin served here."""
    parameters.read()
    with frozen() as session:
        state = feed_state.load(session, origins.widest_feed())
        body = origins.write_heads(session, state)
    return answers.document(body, state.token)


@blueprint.get("/federation/v1/witness")
@permission(None)
def show_witness() -> Response:
    """Answer the highest Head seen of an origin."""
    sent = parameters.read("origin")
    if "origin" not in sent:
        raise BadRequest("Name the origin: /federation/v1/witness?origin=https://…")
    with frozen() as session:
        body = origins.witness(session, sent["origin"])
    return answers.document(body, answers.digest(body))


@blueprint.get("/federation/v1/keyset")
@permission(None)
def show_keyset() -> Response:
    """Answer this site's current Keyset."""
    parameters.read()
    with frozen() as session:
        body = origins.own_keyset(session)
    return answers.document(body, answers.digest(body))


@blueprint.get("/federation/v1/keysets")
@permission(None)
def show_keysets() -> Response:
    """Answer the Keysets of an origin after a version, oldest first."""
    sent = parameters.read("origin", "after")
    after = parameters.read_number(sent, "after", 0)
    with frozen() as session:
        body = origins.write_keysets(session, sent.get("origin"), after)
    return answers.document(body, answers.digest(body))


@blueprint.get("/federation/v1/changes")
@permission(None)
def show_changes() -> Response:
    """Answer a page of the change feed; a reader who has it all is told so with few bytes."""
    sent = parameters.read("since", "limit", "scope", "origin")
    feed, limit = parameters.read_scope(sent), parameters.read_limit(sent)
    asked = changes.PageRequest(sent.get("since"), limit, sent.get("origin"))
    with frozen() as session:
        state = feed_state.load(session, feed)
        tag = answers.etag(state.token)
        if unchanged := answers.not_modified(tag):
            return unchanged
        body = changes.page(session, state, asked)
    response = answers.complete(Response(body, content_type=EFP_JSON), tag)
    response.headers["Backoff"] = "0"
    response.headers["Link"] = '</federation/v1/head>; rel="latest-version"'
    return response


@blueprint.get("/federation/v1/snapshot")
@permission(None)
def show_snapshot() -> Response:
    """Answer everything that a feed covers: a file, written once per Head from one transaction."""
    return snapshot_answers.answer(parameters.read_scope(parameters.read("scope")))


@blueprint.get("/federation/o/<name>")
@permission(None)
def show_object(name: str) -> Response:
    """Answer one object as it is signed, 410 with its Tombstone.

    A browser, which has no use for the protocol's media type, is shown the same bytes as JSON.
    """
    parameters.read()
    with frozen() as session:
        stored = origins.find_own(session, name)
    if stored is None:
        raise UnknownObject("No object of this site has this id.")
    status = 410 if stored.type == TOMBSTONE.name else 200
    response = answers.document(stored.body, stored.element.hex(), status)
    if "text/html" in request.headers.get("Accept", ""):
        response.content_type = "application/json"
    response.headers.setdefault("Vary", "Accept")
    return response


@blueprint.get("/federation/v1/schemas/<kind>/<version>.json")
@permission(None)
def show_schema(kind: str, version: str) -> Response:
    """Answer the schema of a kind's public fields."""
    parameters.read()
    body = kind_schemas.write_schema(kind, version)
    return answers.document(body, answers.digest(body), content_type=kind_schemas.CONTENT_TYPE)
