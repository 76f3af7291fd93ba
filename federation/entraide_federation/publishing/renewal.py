"""Renewing the Keyset with the recovery sheet, and reminding the operator in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import JobRun, Member, Message, catalogue, clock, database, outbox, runtime
from entraide.errors import BadInput
from entraide_federation import settings
from entraide_federation.keys import address, identity, own_keys, recovery_sheet
from entraide_federation.protocol import keysets, profile, proofs
from entraide_federation.protocol.keysets import Keyset
from entraide_federation.publishing import own_head
from entraide_federation.store import health
from entraide_federation.store.models import Origin, Own
from entraide_federation.store.numbering import OWN_ID, lock_own

_ = catalogue("entraide_federation")

PAUSES = ((timedelta(days=180), timedelta(days=90)), (timedelta(days=30), timedelta(days=30)))
"""How long the operator is left alone after a mail, while more than so long is left."""
LAST_PAUSE = timedelta(days=7)


def renew(sheet: str) -> datetime:
    """Sign the next Keyset with the root key on the recovery sheet; return when it expires.

    The keys stay, so that all that was signed stays good; a Head names the new Keyset at once.
    Raises BadInput for a sheet that is unreadable or of another site, ConfigurationError when the
    keys of this site are lost or the address is not its own.
    """
    address.require()
    root = proofs.generate_key(recovery_sheet.read(sheet))
    signer = identity.load()
    with database.writing() as session:
        identity.ensure_own(session)
        own = lock_own(session)
        origin = session.scalars(select(Origin).where(Origin.is_own)).one()
        held = own_keys.load_own(session)
        own_keys.require_listed(held, signer)
        renewed = _follow(held, proofs.public_key(root), root)
        own_keys.store(session, origin, renewed)
        own.reminded_at = None
        own_head.issue(session, own, origin, signer, is_changed=True)
        if settings.current().is_hub:
            health.number_rows(session, [], [origin.id])
    _replace_file(renewed)
    return renewed.expires


def _follow(held: Keyset | None, public: bytes, root: Ed25519PrivateKey) -> Keyset:
    """Return the Keyset that says again what `held` says, for ten years from now."""
    methods = [name for name, raw in held.roots.items() if raw == public] if held else []
    if held is None or not methods:
        raise BadInput("The sheet is readable, but it belongs to another site.")
    now = clock.now()
    document = keysets.make_keyset(
        origin=held.origin,
        version=held.version + 1,
        issued=now,
        expires=now + settings.limits().keyset_validity,
        roots=held.roots,
        keys=list(held.keys.values()),
        signers={methods[0]: root},
        moved_to=held.moved_to,
    )
    is_development = runtime.current().settings.development
    return keysets.verify_keyset(document, now=now, previous=held, development=is_development)


def _replace_file(keyset: Keyset) -> None:
    """Put the Keyset beside the keys, whole or not at all."""
    file = identity.folder() / identity.KEYSET
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    identity.write_new(new, profile.canonical(keyset.document))
    new.replace(file)


def remind(_run: JobRun) -> None:
    """Mail the operator that the Keyset ends: a year before, then once in a while; a daily job."""
    if not identity.is_initialised() or address.mistake():
        return
    with database.writing() as session:
        own, held = session.get(Own, OWN_ID), own_keys.load_own(session)
        now = clock.now()
        if own is None or held is None or not held.is_ending(now):
            return
        pause = _pause(held.expires - now)
        if own.reminded_at is not None and clock.is_within(own.reminded_at, pause):
            return
        own.reminded_at = now
        for recipient in sorted(set(_operators(session))):
            outbox.send(session, _mail(recipient, held))


def _pause(left: timedelta) -> timedelta:
    return next((pause for least, pause in PAUSES if left > least), LAST_PAUSE)


def _operators(session: Session) -> Iterator[str]:
    """Yield where those who run the site are reached: the site's address, its administrators."""
    if email := runtime.current().settings.site.email:
        yield email
    administrators = select(Member).where(Member.roles_held.any(role="administrator"))
    yield from (member.email for member in session.scalars(administrators))


def _mail(recipient: str, held: Keyset) -> Message:
    site = runtime.current().settings.site
    day = f"{held.expires:%Y-%m-%d}"
    subject = str(_("%(site)s: renew the keys before %(day)s", site=site.name, day=day))
    body = str(
        _(
            "Hello,\n\nother sites know %(site)s by its keys, which are good until %(day)s. "
            "After that day they show nothing new of it.\n\nTake the recovery sheet and run on the "
            "server:\n\n    entraide federation renew\n\nIt takes a minute, and no page stops.\n",
            site=site.base_url,
            day=day,
        )
    )
    key = f"federation-renewal {held.version} {clock.today().isoformat()} {recipient}"
    return Message(recipient, subject, body, key)
