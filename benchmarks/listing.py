"""Program: fill the public listing of a new site, index it, and log one member in."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.documents import make_documents
from entraide import clock, database, ids
from entraide.directory.listing.models import ListingRow
from entraide.directory.listing.store import store_listings
from entraide.directory.search import Follower
from entraide.directory.search.source import ListingSource
from entraide.gazetteer import territories
from entraide.members import service
from entraide.members.accounts import open_account
from entraide.preparing import prepare
from entraide.runtime import activate


def main() -> None:
    """Fill the instance folder named on the command line; print the cookie token of a member."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int)
    arguments = parser.parse_args()
    site = prepare(arguments.folder)
    with activate(site):
        with database.writing() as session:
            store_listings(session, list(_rows("https://ailleurs.example", arguments.count)))
        _index(site.settings.state / "search")
        with database.writing() as session:
            member = open_account(session, email="membre@example.org", display_name="Membre")
            token = ids.new_token()
            service.start_session(session, token=token, member=member)
        print(token)


def _rows(base: str, count: int) -> Iterator[ListingRow]:
    names: dict[str, str] = {}
    for document in make_documents(base, count, clock.now()):
        if document["type"] == "Organisation":
            names[document["id"]] = document["name"]
        else:
            yield _row(base, document, names[document["org"]])


def _row(base: str, document: dict[str, Any], organisation: str) -> ListingRow:
    return ListingRow(
        uid=document["id"],
        type="offer",
        origin=base,
        kind=document["kind"],
        title=document["title"],
        summary=document["summary"],
        organisation={"id": document["org"], "name": organisation},
        territory=document["territory"],
        schedule=document["schedule"],
        seats=document["places"],
        payload=document["ext"][document["kind"]],
        lang="fr",
        contact_url=document["contactUrl"],
        created_at=datetime.fromisoformat(document["created"]),
        updated_at=datetime.fromisoformat(document["updated"]),
        verified_on=datetime.fromisoformat(document["verified"]).date(),
        verify_by=datetime.fromisoformat(document["validUntil"]).date(),
    )


def _index(folder: Path) -> None:
    ticks = itertools.count()
    source = ListingSource(territories.gazetteer())
    follower = Follower(folder, source, monotonic=lambda: float(next(ticks)))
    while follower.step():
        continue
    follower.close()


if __name__ == "__main__":
    main()
