"""The discovery document: where things are and how much is served; it proves nothing."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import runtime
from entraide_federation import settings
from entraide_federation.protocol import profile
from entraide_federation.serving.kind_schemas import federated_kinds
from entraide_federation.store.models import Origin

PROTOCOL_VERSIONS = ("1.0",)


def write(session: Session) -> bytes:
    """Return the discovery document of the running site; every link is relative."""
    site, federation = runtime.current().settings.site, settings.current()
    limits = settings.limits()
    version = session.scalar(select(Origin.keyset_version).where(Origin.is_own))
    document: dict[str, Any] = {
        "efp": list(PROTOCOL_VERSIONS),
        "base": site.base_url,
        "name": site.name,
        "keysetVersion": version or 0,
        "keyset": "/federation/v1/keyset",
        "changes": "/federation/v1/changes",
        "snapshot": "/federation/v1/snapshot",
        "roles": ["origin", "aggregate"] if federation.is_hub else ["origin"],
        "tombstones": limits.tombstones_as_discovery(),
        "limits": limits.as_discovery(),
        "extensions": {kind.name: kind.schema_version for kind in federated_kinds()},
    }
    hubs = [peer.base for peer in federation.peers if peer.role == "hub"]
    if hubs:
        document["hub"] = hubs[0]
    if site.email:
        document["contact"] = f"mailto:{quote(site.email, safe='@')}"
    return profile.canonical(document)
