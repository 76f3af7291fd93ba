"""The Keyset by which others verify this site, and whether the keys on disk are those it names."""

from __future__ import annotations

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import clock, runtime
from entraide.errors import ConfigurationError
from entraide_federation.keys import identity
from entraide_federation.protocol import profile, proofs
from entraide_federation.protocol.errors import FederationError
from entraide_federation.protocol.keysets import Keyset, read_keyset, verify_keyset
from entraide_federation.store.models import KeysetVersion, Origin


def newest_body(session: Session) -> bytes | None:
    """Return the bytes of this site's newest Keyset, None before it has one."""
    newest = (
        select(KeysetVersion.body)
        .join(Origin)
        .where(Origin.is_own)
        .order_by(KeysetVersion.version.desc())
        .limit(1)
    )
    return session.scalar(newest)


def load_own(session: Session) -> Keyset | None:
    """Return the newest Keyset of this site, None before it has one."""
    body = newest_body(session)
    return None if body is None else _read(body)


def store(session: Session, origin: Origin, keyset: Keyset) -> None:
    """Make a Keyset the newest of this site's own origin."""
    body = profile.canonical(keyset.document)
    session.add(
        KeysetVersion(
            origin_id=origin.id, version=keyset.version, body=body, received_at=clock.now()
        )
    )
    origin.keyset_version = keyset.version
    session.flush()


def _read_copy() -> Keyset | None:
    """Return the Keyset beside the keys, None when there is no sound one."""
    try:
        document = profile.parse_loosely((identity.folder() / identity.KEYSET).read_bytes())
        return read_keyset(document, development=runtime.current().settings.development)
    except (OSError, ValueError, FederationError):
        # The database has what readers are told; the file is only its copy.
        return None


def adopt_newer(session: Session, origin: Origin) -> None:
    """Take the Keyset beside the keys over when it follows: the database is an older backup."""
    keyset, held = _read_copy(), load_own(session)
    if keyset is None or held is None or keyset.version <= held.version:
        return
    is_development = runtime.current().settings.development
    try:
        verify_keyset(keyset.document, now=clock.now(), previous=held, development=is_development)
    except FederationError as error:
        sentence = (
            f"{identity.folder() / identity.KEYSET} does not follow from the Keyset in the "
            "database: they belong to different sites. Put back the folder and the database of "
            "one backup."
        )
        raise ConfigurationError([sentence]) from error
    store(session, origin, keyset)


def require_listed(keyset: Keyset | None, signer: identity.Identity) -> None:
    """Raise ConfigurationError when no reader would believe what the key on disk signs."""
    key = keyset.keys.get(signer.method) if keyset else None
    if key is None or key.raw != proofs.public_key(signer.key) or key.revoked_at:
        sentence = (
            f"{identity.folder() / identity.PUBLISHING} is not the key that this site's readers "
            f"know as {signer.method}: folder and database come from different backups. Put back "
            "the folder that belongs to this database; until then nothing is published."
        )
        raise ConfigurationError([sentence])


def _read(body: bytes) -> Keyset:
    return read_keyset(orjson.loads(body), development=runtime.current().settings.development)
