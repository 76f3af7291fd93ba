"""Who this site is to others: its keys, made once, and the rows that hold its first Keyset."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import clock, database, read_private_file, runtime
from entraide.errors import ConfigurationError
from entraide_federation.keys import recovery_sheet
from entraide_federation.protocol import heads, keysets, profile, proofs, spelling
from entraide_federation.protocol.limits import DEFAULT
from entraide_federation.store.models import KeysetVersion, Origin, OriginState, Own
from entraide_federation.store.numbering import OWN_ID

FOLDER, PUBLISHING, KEYSET, CURSOR = (
    "federation",
    "publishing.key",
    "keyset.json",
    "cursor.key",
)
KEY_NAME, ROOT_NAME = "k1", "r1"


@dataclass(frozen=True)
class Identity:
    """What signs for the site: `method` is the id of `key` in the current Keyset."""

    origin: str
    method: str
    key: Ed25519PrivateKey


def folder() -> Path:
    """Return where the running site keeps its federation keys."""
    return runtime.current().settings.state / FOLDER


def is_initialised() -> bool:
    """Return whether the running site has its keys."""
    return (folder() / PUBLISHING).exists()


def initialise(sheet: Path | None) -> str:
    """Make the keys of the running site; return the recovery sheet, "" when it has keys already.

    The root key signs Keyset version 1 and is then only on the sheet, written to the file `sheet`
    when one is named. Raises ConfigurationError when that file exists, or lies in the state
    folder, where every backup would hold it, and when the database belongs to keys that are gone.
    """
    if is_initialised():
        return ""
    forbid_lost_keys()
    if sheet is not None:
        _forbid_in_state(sheet)
    seed, root_seed = secrets.token_bytes(32), secrets.token_bytes(32)
    origin = runtime.current().settings.site.base_url
    words = recovery_sheet.write(root_seed, origin, clock.today())
    if sheet is not None:
        write_new(sheet, words.encode())
    _keep(seed, _first_keyset(origin, seed, root_seed))
    return words


def _forbid_in_state(sheet: Path) -> None:
    state = runtime.current().settings.state.resolve()
    if sheet.resolve().is_relative_to(state):
        sentence = (
            f"{sheet}: the recovery sheet may not stay in {state}, which backups copy. "
            "Name a file elsewhere, print it, delete it."
        )
        raise ConfigurationError([sentence])


def forbid_lost_keys() -> None:
    """Raise ConfigurationError when keys are missing though this database has published.

    With other keys no reader would believe it.
    """
    if is_initialised():
        return
    with database.reading() as session:
        if session.get(Own, OWN_ID) is None:
            return
    sentence = (
        f"{folder()} holds no keys, but this site has published already: nothing leaves it any "
        "more. Put that folder back from the backup; with new keys every other site would refuse "
        "this one."
    )
    raise ConfigurationError([sentence])


def load() -> Identity:
    """Return what signs for the running site; only the publisher calls this.

    Raises ConfigurationError when the key file cannot be read or is damaged.
    """
    name, _, digits = (
        read_private_file(folder() / PUBLISHING).decode("ascii", "replace").partition(" ")
    )
    origin = runtime.current().settings.site.base_url
    method = spelling.method_of(origin, name)
    try:
        key = proofs.generate_key(bytes.fromhex(digits))
    except ValueError as error:
        raise ConfigurationError(
            [f"{folder() / PUBLISHING}: is damaged. Put it back from its backup."]
        ) from error
    return Identity(origin, method, key)


def cursor_key() -> bytes:
    """Return the 32 bytes that prove cursors ours, read once per process."""
    return CURSOR_KEY.get()


def _read_cursor_key() -> bytes:
    return read_private_file(folder() / CURSOR)


CURSOR_KEY = runtime.Slot("cursor key", _read_cursor_key)


def ensure_own(session: Session) -> None:
    """Make the rows of this site's own origin from its Keyset file, unless they are there.

    Raises ConfigurationError when the keys were made for another address.
    """
    if session.get(Own, OWN_ID) is not None:
        return
    body = _read_keyset_file()
    keyset = keysets.read_keyset(
        orjson.loads(body), development=runtime.current().settings.development
    )
    _require_own_address(keyset)
    if _add_own_row(session):
        _add_own_origin(session, keyset, body)


def _require_own_address(keyset: keysets.Keyset) -> None:
    base = runtime.current().settings.site.base_url
    if keyset.origin != base:
        sentence = (
            f"The federation keys were made for {keyset.origin}, but [site] base_url is {base}. "
            "Put the address back."
        )
        raise ConfigurationError([sentence])


def _add_own_origin(session: Session, keyset: keysets.Keyset, body: bytes) -> None:
    """Add the origin of this site, or make it of one that was known, with its first Keyset."""
    base = keyset.origin
    origin = session.scalar(select(Origin).where(Origin.base == base)) or Origin(base=base)
    origin.is_own, origin.state, origin.pinned_by = True, OriginState.LIVE, "own"
    origin.name = runtime.current().settings.site.name
    origin.root_fingerprint, origin.keyset_version = min(keyset.fingerprints), keyset.version
    session.add(origin)
    session.flush()
    session.add(
        KeysetVersion(
            origin_id=origin.id, version=keyset.version, body=body, received_at=clock.now()
        )
    )


def _read_keyset_file() -> bytes:
    try:
        return (folder() / KEYSET).read_bytes()
    except OSError as error:
        sentence = f"{folder() / KEYSET}: {error.strerror}. Put it back from its backup."
        raise ConfigurationError([sentence]) from error


def _add_own_row(session: Session) -> bool:
    """Add the own row; False when another process was faster (and has committed by now)."""
    row = {
        "id": OWN_ID,
        "epoch": _new_epoch(),
        "seq": 0,
        "feed_epoch": _new_epoch(),
        "feed_seq": 0,
        "tombstones_from": heads.tombstones_from(clock.now()),
    }
    added = database.insert(session, Own).values(row).on_conflict_do_nothing().returning(Own.id)
    return session.scalar(added) is not None


def _first_keyset(origin: str, seed: bytes, root_seed: bytes) -> bytes:
    root, key = proofs.generate_key(root_seed), proofs.generate_key(seed)
    root_method = spelling.method_of(origin, ROOT_NAME)
    now = clock.now()
    document = keysets.make_keyset(
        origin=origin,
        version=1,
        issued=now,
        expires=now + DEFAULT.keyset_validity,
        roots={root_method: proofs.public_key(root)},
        keys=[keysets.Key(spelling.method_of(origin, KEY_NAME), proofs.public_key(key))],
        signers={root_method: root},
    )
    return profile.canonical(document)


def _keep(seed: bytes, keyset: bytes) -> None:
    home = folder()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The publishing key comes last: with it the site counts as initialised, and an attempt that
    # was cut short before has published nothing that its first files would bind.
    for name, content in ((CURSOR, secrets.token_bytes(32)), (KEYSET, keyset)):
        (home / name).unlink(missing_ok=True)
        write_new(home / name, content)
    write_new(home / PUBLISHING, f"{KEY_NAME} {seed.hex()}\n".encode())


def write_new(file: Path, content: bytes) -> None:
    """Write a file that only its owner may read; ConfigurationError when there is one already."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ConfigurationError([f"{file}: {error.strerror}. Name another file."]) from error
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _new_epoch() -> str:
    return spelling.write_base64(secrets.token_bytes(heads.EPOCH_BYTES))
