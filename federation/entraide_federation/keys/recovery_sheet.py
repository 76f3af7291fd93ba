"""The recovery sheet: the offline root key as words on paper, and back."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import date

from entraide.errors import BadInput
from entraide_federation.protocol import proofs

KEY_LETTERS = 52
"""32 bytes in base32 (RFC 4648, section 6) without padding."""

CHECK_LETTERS = 4
"""20 bits of SHA-256 after the key: a slip of the pen passes once in a million."""

GROUP = 4
PER_LINE = 7

_SHEET = """\
FEUILLE DE SECOURS — {origin}

Imprimez cette feuille, rangez-la hors de la machine, puis effacez le fichier.
Elle seule permet de prolonger les clés de ce site : entraide federation renew.
Elles sont valables dix ans ; le site vous prévient un an avant la fin.
Qui la possède peut se faire passer pour le site. Le serveur n'en garde pas de copie.
(Recovery sheet: print it, keep it away from the server, delete the file. It renews the
keys of this site when their ten years end: entraide federation renew.)

Clé racine (root key) :

{lines}

Empreinte (fingerprint) : {fingerprint}
Établie le {made_on}
"""
_LINE = re.compile(rf"(?:[A-Z0-9]{{{GROUP}}}(?: |$)){{{PER_LINE}}}")
_MISREAD = str.maketrans({"0": "O", "1": "I", "8": "B"})


def write(seed: bytes, origin: str, made_on: date) -> str:
    """Return the sheet for the 32 secret bytes of a root key."""
    letters = _letters(seed)
    groups = [letters[start : start + GROUP] for start in range(0, len(letters), GROUP)]
    lines = [" ".join(groups[start : start + PER_LINE]) for start in range(0, 14, PER_LINE)]
    public = proofs.public_key(proofs.generate_key(seed))
    return _SHEET.format(
        origin=origin,
        lines="\n".join(f"    {line}" for line in lines),
        fingerprint=proofs.root_fingerprint(public),
        made_on=made_on.isoformat(),
    )


def read(sheet: str) -> bytes:
    """Return the 32 secret bytes of a whole sheet or of its groups alone, typed in any case.

    Digits that base32 does not have are read as the letters that they resemble. Raises BadInput
    when letters are missing or one is wrong.
    """
    lines = [" ".join(line.upper().split()) for line in sheet.splitlines()]
    rows = [line for line in lines if _LINE.fullmatch(line)] or lines
    letters = "".join("".join(rows).split()).translate(_MISREAD)
    if len(letters) != KEY_LETTERS + CHECK_LETTERS or not re.fullmatch("[A-Z2-7]*", letters):
        raise BadInput(
            f"A recovery sheet has {KEY_LETTERS + CHECK_LETTERS} letters and digits in groups of "
            f"{GROUP}; here are {len(letters)}. Type the two lines again."
        )
    seed = base64.b32decode(letters[:KEY_LETTERS] + "====")
    if _letters(seed) != letters:
        raise BadInput("One of the letters is wrong: the last group does not fit the others.")
    return seed


def is_part(words: str) -> bool:
    """Return whether words have fewer letters than a sheet, so that more of it has to follow."""
    return len("".join(words.split())) < KEY_LETTERS + CHECK_LETTERS


def _letters(seed: bytes) -> str:
    key = base64.b32encode(seed).decode().rstrip("=")
    check = base64.b32encode(hashlib.sha256(b"efp1-sheet\0" + seed).digest()).decode()
    return key + check[:CHECK_LETTERS]
