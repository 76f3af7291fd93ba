"""The instance's secret: one file of 32 random bytes, and the keys derived from it."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from entraide.config.settings import SECRET_BYTES, Settings
from entraide.errors import ConfigurationError

_EVERYBODY = stat.S_IRWXO


def create_secret(settings: Settings) -> Path:
    """Write the secret unless there is one, readable by its owner only; return its file.

    It appears whole: nobody who comes at the same moment, nor after a kill, finds half of it.
    """
    file = settings.secret_file
    if file.exists():
        return file
    settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, written = tempfile.mkstemp(prefix=".secret-", dir=file.parent)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(token_bytes(SECRET_BYTES))
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            os.link(written, file)
    finally:
        Path(written).unlink()
    return file


def secret(settings: Settings) -> bytes:
    """Return the instance's 32 secret bytes.

    Raises ConfigurationError when the file is missing, has another size, or may be read by
    everybody on the machine.
    """
    file = settings.secret_file
    content = read_private_file(
        file,
        missing="the secret is missing. Run: entraide init (or, if this site already has data, "
        "put the file back from its backup, since encrypted data needs it).",
    )
    if len(content) != SECRET_BYTES:
        raise _wrong(
            f"{file}: has {len(content)} bytes instead of {SECRET_BYTES}. Put the file back from "
            "its backup."
        )
    return content


def read_private_file(file: Path, *, missing: str = "") -> bytes:
    """Return the content of a file that only its owner and group may open.

    Raises ConfigurationError when everybody may, or when it cannot be read; `missing` is what
    it says when there is no such file.
    """
    try:
        if stat.S_IMODE(file.stat().st_mode) & _EVERYBODY:
            raise _wrong(f"{file}: everybody on this machine may open it. Run: chmod 600 {file}")
        return file.read_bytes()
    except OSError as error:
        is_missing = isinstance(error, (FileNotFoundError, NotADirectoryError)) and missing
        sentence = f"{error.strerror}. Check the name and the rights of the file."
        raise _wrong(f"{file}: {missing if is_missing else sentence}") from error


def derive(secret: bytes, purpose: str) -> bytes:
    """Return a key of 32 bytes for one purpose (HKDF with SHA-256, RFC 5869, without salt).

    The secret is uniformly random, so that no salt is needed (RFC 5869, section 3.1).
    """
    return HKDF(SHA256(), SECRET_BYTES, salt=None, info=purpose.encode()).derive(secret)


def _wrong(sentence: str) -> ConfigurationError:
    return ConfigurationError([sentence])
