"""Program: fill a new site with signed offers and their Head, as if it had published them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from benchmarks.documents import make_documents
from entraide import clock, database
from entraide.preparing import prepare, run_plugin_inits
from entraide.runtime import activate
from entraide_federation.keys import identity
from entraide_federation.protocol import profile, proofs
from entraide_federation.publishing import own_head
from entraide_federation.store import numbering
from entraide_federation.store.models import Origin, SignedObject

BATCH = 2_000


def main() -> None:
    """Fill the instance folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int)
    arguments = parser.parse_args()
    with activate(prepare(arguments.folder)):
        run_plugin_inits(arguments.folder / "recovery-sheet.txt")
        with database.writing() as session:
            identity.ensure_own(session)
            fill(session, arguments.count)


def fill(session: Session, offers: int) -> None:
    """Sign and store the offers and their organisations, then issue the Head over them."""
    own, signer = numbering.lock_own(session), identity.load()
    origin = session.scalars(select(Origin).where(Origin.is_own)).one()
    rows = _sign(make_documents(signer.origin, offers, clock.now()), signer, origin.id)
    while batch := list(islice(rows, BATCH)):
        session.execute(insert(SignedObject), batch)
        own.seq = batch[-1]["seq"]
    own_head.issue(session, own, origin, signer, is_changed=True)


def _sign(
    documents: Iterable[dict[str, Any]], signer: identity.Identity, origin_id: int
) -> Iterator[dict[str, Any]]:
    now = clock.now()
    for seq, document in zip(count(1), documents, strict=False):
        body = profile.canonical(proofs.sign(document, signer.key, signer.method, now))
        yield {
            "uid": document["id"],
            "origin_id": origin_id,
            "type": document["type"],
            "version": document["version"],
            "body": body,
            "seq": seq,
            "element": profile.element(document["id"], document["version"], body),
        }


if __name__ == "__main__":
    main()
