"""`make demo-check`: start a network, publish and withdraw through the API, compare all copies."""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from free_ports import free_ports
from sqlalchemy import select

from entraide import database, runtime
from entraide.demo.network import DemoSite, Network, running
from entraide.errors import EntraideError
from entraide.members import service
from entraide_federation.protocol.heads import root
from entraide_federation.store.models import Origin, SignedObject

PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.1

Copy = dict[str, bytes]
"""What one site holds of everything public: uid → its signed bytes."""


class NotInTimeError(Exception):
    """Something that the check waits for did not happen."""


class CheckedSite:
    """One running site as the check sees it: its API and, read-only, its database."""

    def __init__(self, network: Network, site: DemoSite) -> None:
        self.site = site
        self.opened = network.open(site)
        self.takes_offers = "help_requests" not in self.opened.settings.disabled
        with runtime.activate(self.opened), database.writing() as session:
            self.token = service.create_token(
                session, name=f"check-{time.time_ns()}", scopes=["offers:write"], member=None
            )

    def copy(self) -> Copy:
        """Return every signed object that the site holds."""
        with runtime.activate(self.opened), database.reading() as session:
            return dict(session.execute(select(SignedObject.uid, SignedObject.body)).all())

    def roots(self) -> dict[str, tuple[str, str]]:
        """Return per origin the root of what is held and the root that its Head signs."""
        with runtime.activate(self.opened), database.reading() as session:
            found = {}
            for identifier, base, head in session.execute(
                select(Origin.id, Origin.base, Origin.head)
            ):
                elements = session.scalars(
                    select(SignedObject.element).where(SignedObject.origin_id == identifier)
                )
                signed = orjson.loads(head)["root"] if head else ""
                found[base] = (root(elements), signed)
            return found

    def items(self) -> list[dict[str, Any]]:
        """Return every offer that the site's API lists."""
        items: list[dict[str, Any]] = []
        after = ""
        while True:
            page = self.call(f"/api/v1/offers?limit=100{after}")
            items += page["items"]
            if not page["next"]:
                return items
            after = f"&after={page['next']}"

    def lists(self, identifier: str) -> bool:
        """Return whether the API lists an offer."""
        return any(item["id"] == identifier for item in self.items())

    def lacks(self, identifier: str) -> bool:
        """Return whether the API does not list an offer."""
        return not self.lists(identifier)

    def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the site's API as a program outside would."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.site.base_url + path, data, headers)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - idem
            raw = answer.read()
        return json.loads(raw) if raw else None


class Check:
    """One run: publishes one offer per origin, watches it arrive, withdraws one."""

    def __init__(self, network: Network) -> None:
        self.sites = [CheckedSite(network, site) for site in network.sites]
        self.visible: list[float] = []
        self.withdrawn: list[float] = []

    def run(self) -> dict[str, Any]:
        """Publish, wait, withdraw, wait, compare; return the summary. Raises NotInTimeError."""
        wait(self.agree, "the seeded offers were not the same everywhere")
        pilots = [one for one in self.sites if one.takes_offers]
        published = [self._publish(pilot) for pilot in pilots]
        wait(self.agree, "the copies differed after publishing")
        self._withdraw(pilots[0], published[0])
        wait(self.agree, "the copies differed after withdrawing")
        return self._summary()

    def agree(self) -> bool:
        """Return whether every site holds the same bytes and every root is the signed one."""
        first = self.sites[0].copy()
        if not first or any(one.copy() != first for one in self.sites[1:]):
            return False
        roots = [one.roots() for one in self.sites]
        hold = all(held == signed for found in roots for held, signed in found.values())
        return hold and all(found.keys() == roots[0].keys() for found in roots)

    def _publish(self, pilot: CheckedSite) -> str:
        started = time.monotonic()
        identifier: str = pilot.call("/api/v1/offers", _new_offer(pilot))["id"]
        for reader in self.sites:
            wait(partial(reader.lists, identifier), f"{reader.site.name} lacked {identifier}")
            self.visible.append(time.monotonic() - started)
        return identifier

    def _withdraw(self, pilot: CheckedSite, identifier: str) -> None:
        started = time.monotonic()
        pilot.call(f"/api/v1/offers/{identifier.rpartition('/')[2]}/withdraw", {})
        for reader in self.sites:
            wait(partial(reader.lacks, identifier), f"{reader.site.name} kept {identifier}")
            self.withdrawn.append(time.monotonic() - started)

    def _summary(self) -> dict[str, Any]:
        documents = [orjson.loads(body) for body in self.sites[0].copy().values()]
        offers = [document for document in documents if document["type"] == "Offer"]
        return {
            "offers": len(offers),
            "origins": len({document["origin"] for document in offers}),
            "seconds_to_visible_p50": round(statistics.median(self.visible), 2),
            "seconds_to_visible_max": round(max(self.visible), 2),
            "seconds_to_withdrawn_max": round(max(self.withdrawn), 2),
            "roots_equal": self.agree(),
        }


def _new_offer(pilot: CheckedSite) -> dict[str, Any]:
    """Return a new offer with the kind, place and payload of one that the pilot publishes."""
    own = [item for item in pilot.items() if item["origin"] == pilot.site.base_url]
    model = next(item for item in own if item["organisation"])
    kept = ("kind", "territory", "verify_by", "schedule", "payload")
    return {name: model[name] for name in kept if model.get(name) is not None} | {
        "title": f"Exemple : offre de contrôle de {pilot.site.name}",
        "summary": "Publiée par make demo-check.",
        "organisation": model["organisation"]["id"],
    }


def wait(condition: Callable[[], bool], otherwise: str) -> None:
    """Wait until a condition holds; NotInTimeError says what did not happen."""
    limit = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > limit:
            raise NotInTimeError(f"After {PATIENCE_SECONDS:.0f} s {otherwise}.")
        time.sleep(POLL_SECONDS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a network of instance folders; print the summary as one JSON line; 0 when all holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    folders = parser.parse_args(arguments).folders
    with tempfile.TemporaryDirectory(prefix="entraide-check-") as state:
        network = Network(folders, free_ports(len(folders)), Path(state))
        try:
            network.prepare()
            with running(network):
                summary = Check(network).run()
        except (EntraideError, NotInTimeError) as error:
            summary = {"roots_equal": False, "error": str(error)}
    print(json.dumps(summary))  # noqa: T201 - the one line that this program is for
    return 0 if summary["roots_equal"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
