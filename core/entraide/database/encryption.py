"""Encryption of sensitive columns: AES-256-GCM, bound to table and column (RFC 5116)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Column, Dialect, LargeBinary, Table, TypeDecorator, event

from entraide import runtime
from entraide.errors import DatabaseError

VERSION = b"\x01"
"""First byte of a stored value: which key and algorithm; 1 is AES-256-GCM with the first key."""

NONCE_BYTES = 12


class Encrypted(TypeDecorator[Any]):
    """A JSON value (a string, a mapping, ...) that only the running site can read.

    The table and column are authenticated with the value, so that a stored value cannot be
    moved to another column. Without the key a database file shows nothing.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self) -> None:
        super().__init__()
        self.place = ""

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Encrypt on the way in."""
        return None if value is None else encrypt(value, self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Decrypt on the way out."""
        return None if value is None else decrypt(value, self.place)


def encrypt(value: Any, place: str, key: bytes | None = None) -> bytes:
    """Encrypt a JSON value for `place` (`table.column`); `key` is the running site's by default."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(key or _key()).encrypt(nonce, orjson.dumps(value), place.encode() + VERSION)
    return VERSION + nonce + sealed


def decrypt(value: bytes, place: str, key: bytes | None = None) -> Any:
    """Decrypt what `encrypt` made; DatabaseError when the key or the place is another one."""
    nonce, sealed = value[1 : 1 + NONCE_BYTES], value[1 + NONCE_BYTES :]
    try:
        return orjson.loads(
            AESGCM(key or _key()).decrypt(nonce, sealed, place.encode() + value[:1])
        )
    except (InvalidTag, ValueError) as error:
        raise DatabaseError(
            f"A value in {place} cannot be decrypted: secret.key in the state folder is not the "
            "key that this database was written with. Put the right key file back."
        ) from error


def blind_index(value: str) -> str:
    """Return a keyed digest by which an encrypted value can be found again, in hexadecimal."""
    key = hashlib.sha256(b"blind index" + _key()).digest()
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


def _key() -> bytes:
    return runtime.current().database.column_key


@event.listens_for(Column, "after_parent_attach")
def _remember_place(column: Column[Any], table: Table) -> None:
    if isinstance(column.type, Encrypted):
        column.type.place = f"{table.name}.{column.name}"
