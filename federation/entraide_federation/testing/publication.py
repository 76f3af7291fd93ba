"""What an origin signs in tests: keys, objects, Tombstones, Heads; no network."""

from __future__ import annotations

import base64
import random
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from entraide_federation.protocol import heads, keysets, profile, proofs, spelling, types
from entraide_federation.protocol.limits import DEFAULT


class FakePublication:
    """What an origin has signed: its keys, its objects by id, its Head; no network.

    `now` tells the time, `seed` makes keys and ids; the same calls give the same bytes. A Keyset
    names the keys for `keyset_days`.
    """

    def __init__(self, base: str, now: Callable[[], datetime], seed: str = "") -> None:
        self.base, self.now = base, now
        self.chance = random.Random(f"{base} {seed}")  # noqa: S311 - repeatable on purpose
        self.key = self._make_key()
        self.root_key = self._make_key()
        self.method = spelling.method_of(base, "k1")
        self.objects: dict[str, dict[str, Any]] = {}
        self.numbers: dict[str, int] = {}
        self.seq = 0
        self.tombstones_from = heads.tombstones_from(now())
        self.keyset_days = DEFAULT.keyset_days
        self.epoch = self._make_epoch()
        self.keysets = [self._make_keyset()]
        self.organisation = ""
        self.head: dict[str, Any] = {}
        self.reissue_head()

    @property
    def fingerprint(self) -> str:
        """Return what a reader may pin."""
        return proofs.root_fingerprint(proofs.public_key(self.root_key))

    def publish(self, **fields: Any) -> str:
        """Sign an offer, or a new version of the one named by `id`; return its id."""
        identifier = fields.pop("id", None) or self._make_id()
        organisation = fields.pop("org", None) or self.organisation or self.organise()
        reissues = fields.pop("reissues", True)
        now = self.now()
        document = types.OFFER.make(
            id=identifier,
            origin=self.base,
            version=self._next_version(identifier),
            created=now,
            updated=now,
            org=organisation,
            **self._usual_fields(now) | fields,
        )
        self.store(document, reissues=reissues)
        return identifier

    def _usual_fields(self, now: datetime) -> dict[str, Any]:
        return {
            "lang": "fr",
            "kind": "tutoring",
            "title": f"Offre exemple {len(self.objects)}",
            "summary": "Un exemple.",
            "relay": "public",
            "territory": ["58079"],
            "contactUrl": f"{self.base}/offres/exemple",
            "validUntil": now.date() + timedelta(90),
        }

    def organise(self, name: str = "Association Exemple", **fields: Any) -> str:
        """Sign an organisation, to which later offers belong; return its id."""
        identifier = fields.pop("id", None) or self._make_id()
        now = self.now()
        usual: dict[str, Any] = {"lang": "fr", "form": "association", "territory": ["58079"]}
        self.store(
            types.ORGANISATION.make(
                id=identifier,
                origin=self.base,
                version=self._next_version(identifier),
                created=now,
                updated=now,
                name=name,
                **usual | fields,
            )
        )
        self.organisation = identifier
        return identifier

    def describe(self, kind: str = "toyloan", **members: Any) -> str:
        """Sign what a kind is called and asks, or a new version of it by `id`; return its id."""
        identifier = members.pop("id", None) or self._make_id()
        usual: dict[str, Any] = {
            "schemaVersion": "1.0",
            "languages": ["fr", "en"],
            "label": ["Prêt de jouets", "Toy loan"],
            "fields": [{"name": "toy", "type": "text", "label": ["Jouet", "Toy"]}],
        }
        self.store(
            types.KIND.make(
                id=identifier,
                origin=self.base,
                version=self._next_version(identifier),
                updated=self.now(),
                kind=kind,
                **usual | members,
            )
        )
        return identifier

    def withdraw(self, identifier: str, reason: str = "withdrawn") -> None:
        """Sign the Tombstone of an object."""
        self.store(
            types.TOMBSTONE.make(
                id=identifier,
                origin=self.base,
                version=self._next_version(identifier),
                deleted=self.now(),
                reason=reason,
            )
        )

    def store(self, document: dict[str, Any], *, reissues: bool = True) -> None:
        """Sign any document, number it and sign a new Head."""
        signed = proofs.sign(document, self.key, self.method, self.now())
        self.seq += 1
        self.objects[document["id"]] = signed
        self.numbers[document["id"]] = self.seq
        if reissues:
            self.reissue_head()

    def reissue_head(self, **lies: Any) -> None:
        """Sign a Head over everything there is now; `lies` replace its members."""
        issued = self.now()
        dead = [
            document
            for document in self.objects.values()
            if document["type"] == types.TOMBSTONE.name
        ]
        unsigned = heads.make_head(
            origin=self.base,
            epoch=self.epoch,
            seq=self.seq,
            count=len(self.objects) - len(dead),
            tombstones=len(dead),
            tombstones_from=self.tombstones_from,
            root=heads.root(map(profile.element_of, self.objects.values())),
            keyset=self.keysets[-1]["version"],
            issued=issued,
        )
        self.head = proofs.sign({**unsigned, **lies}, self.key, self.method, issued)

    def forget(self, identifier: str) -> None:
        """Drop an object without a Tombstone, as a restored backup does."""
        del self.objects[identifier], self.numbers[identifier]

    def begin_epoch(self) -> None:
        """Start a new epoch, as after a restored backup."""
        self.epoch = self._make_epoch()
        self.reissue_head()

    def rotate_key(self, *, is_compromised: bool = False) -> None:
        """Sign a Keyset with another publishing key; the old one is revoked or kept."""
        old = keysets.Key(
            self.method,
            proofs.public_key(self.key),
            revoked_at=self.now() if is_compromised else None,
        )
        self.key = self._make_key()
        self.method = spelling.method_of(self.base, f"k{len(self.keysets) + 1}")
        self.keysets.append(self._make_keyset(len(self.keysets) + 1, [old]))
        self.reissue_head()

    def renew_keyset(self, days: int = DEFAULT.keyset_days) -> None:
        """Sign the next Keyset with the same keys, for so many days, and a Head that names it."""
        self.keyset_days = days
        last = keysets.read_keyset(self.keysets[-1], development=True)
        others = [key for name, key in last.keys.items() if name != self.method]
        self.keysets.append(self._make_keyset(last.version + 1, others))
        self.reissue_head()

    def after(self, number: int) -> list[dict[str, Any]]:
        """Return the objects numbered after `number`, in order."""
        later = sorted(
            (position, identifier)
            for identifier, position in self.numbers.items()
            if position > number
        )
        return [self.objects[identifier] for _, identifier in later]

    def _make_keyset(self, version: int = 1, older: Any = ()) -> dict[str, Any]:
        root_method = spelling.method_of(self.base, "r1")
        now = self.now()
        return keysets.make_keyset(
            origin=self.base,
            version=version,
            issued=now,
            expires=now + timedelta(days=self.keyset_days),
            roots={root_method: proofs.public_key(self.root_key)},
            keys=[*older, keysets.Key(self.method, proofs.public_key(self.key))],
            signers={root_method: self.root_key},
        )

    def _make_key(self) -> Any:
        return proofs.generate_key(self.chance.randbytes(proofs.KEY_BYTES))

    def _make_epoch(self) -> str:
        raw = self.chance.randbytes(heads.EPOCH_BYTES)
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def _make_id(self) -> str:
        milliseconds = int(self.now().timestamp() * 1000) + len(self.objects)
        value = milliseconds << 80 | 0x7 << 76 | self.chance.getrandbits(12) << 64
        value |= 0b10 << 62 | self.chance.getrandbits(62)
        return f"{self.base}/federation/o/{uuid.UUID(int=value)}"

    def _next_version(self, identifier: str) -> int:
        before = self.objects.get(identifier, {"version": 0})
        return types.next_version(before["version"], self.now())
