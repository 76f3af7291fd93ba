"""Program of Kinto's own environment: load, replicate or poll with kinto-http, print JSON."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from kinto_http import Client  # type: ignore[import-not-found] # another environment

PLACE = {"bucket": "bench", "collection": "offers"}


def main() -> None:
    """Run one of the three actions on the servers named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("load", "replicate", "poll"))
    parser.add_argument("source")
    parser.add_argument("target", help="a server's URL, a file of documents to load")
    arguments = parser.parse_args()
    actions = {"load": load, "replicate": replicate, "poll": poll}
    print(json.dumps(actions[arguments.action](arguments.source, arguments.target)))


def connect(url: str) -> Client:
    """Return a client of one server, with the collection made if it is not there."""
    client = Client(server_url=url, auth=("bench", "bench"), timeout=120, **PLACE)
    client.create_bucket(if_not_exists=True)
    client.create_collection(if_not_exists=True)
    return client


def load(url: str, documents: str) -> dict[str, float]:
    """Write the lines of a file to a server."""
    records = [json.loads(line) for line in Path(documents).read_text("utf-8").splitlines()]
    return write(connect(url), records)


def write(client: Client, records: list[dict[str, object]]) -> dict[str, float]:
    """Write records in batches as long as the server allows."""
    with client.batch() as batch:
        for record in records:
            batch.create_record(data=record, safe=False)
    return {"documents": len(records)}


def replicate(source_url: str, target_url: str) -> dict[str, float]:
    """Copy every record of one server to another, page by page."""
    source, target = connect(source_url), connect(target_url)
    started, documents = time.perf_counter(), 0
    for page in source.get_paginated_records():
        documents += int(write(target, page["data"])["documents"])
    return {"documents": documents, "seconds": time.perf_counter() - started}


def poll(direct_url: str, counted_url: str) -> dict[str, float]:
    """Ask a server, through the address that counts, whether anything changed; nothing did."""
    direct = connect(direct_url)
    stamp = direct.get_records_timestamp()
    counted = Client(server_url=counted_url, auth=("bench", "bench"), **PLACE)
    answers = list(counted.get_paginated_records(if_none_match=stamp))
    return {"documents": sum(len(answer["data"]) for answer in answers)}


if __name__ == "__main__":
    main()
