"""A reader of EFP/1 written from docs/reference/protocol.md alone: it verifies one whole origin.

    python minimal_reader.py BASE [ROOT_FINGERPRINT]

Needs the standard library and `cryptography`. Prints one line of JSON; exits 0 when every proof
holds and every root is that of its Head, else 1.
"""

import hashlib
import json
import re
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CONTEXT = "https://entraide.example/ns/federation/v1"
FIXED = {
    "@context": CONTEXT, "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022",
    "proofPurpose": "assertionMethod",
}  # fmt: skip
OTHERS = {"verificationMethod", "created", "proofValue"}
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
KEY = re.compile(r"[A-Za-z@$][A-Za-z0-9_$-]{0,39}")
REFUSED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
UUID7 = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
SKEW = timedelta(seconds=300)
MAX_INTEGER, MAX_DEPTH, MAX_OBJECT, MAX_BODY = 2**53 - 1, 8, 16_384, 256 * 2**20


class Refused(Exception):
    """Something is not as the protocol says."""


def require(condition, sentence):
    if not condition:
        raise Refused(sentence)


def get(base, path, media="application/vnd.efp+json"):
    scheme, _, host = base.partition("://")
    kind = HTTPSConnection if scheme == "https" else HTTPConnection
    with closing(kind(host, timeout=20)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read(MAX_BODY + 1)
    require(answer.status == 200, f"{path}: answered {answer.status}")
    require(answer.getheader("Content-Type") == media, f"{path}: wrong media type")
    require(len(body) <= MAX_BODY, f"{path}: too large")
    return body


def no_twins(pairs):
    require(len(dict(pairs)) == len(pairs), "a key appears twice")
    return dict(pairs)


def read_number(text):
    require(re.fullmatch("0|-?[1-9][0-9]{0,15}", text), f"{text[:20]} is no integer")
    require(abs(int(text)) <= MAX_INTEGER, "an integer out of range")
    return int(text)


def parse(raw):
    numbers = dict.fromkeys(("parse_int", "parse_float", "parse_constant"), read_number)
    return json.loads(raw.decode("utf-8"), object_pairs_hook=no_twins, **numbers)


def canonical(value):
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")


def check_profile(value, depth=1):
    if isinstance(value, str):
        require(not REFUSED.search(value), "a control character")
    elif isinstance(value, dict | list):
        require(depth <= MAX_DEPTH, "nested too deeply")
        if isinstance(value, dict):
            require(all(KEY.fullmatch(key) for key in value), "a strange key")
        for inner in value.values() if isinstance(value, dict) else value:
            check_profile(inner, depth + 1)


def base58(text):
    require(isinstance(text, str) and text[:1] == "z", "not multibase base58btc")
    number = 0
    for letter in text[1:]:
        require(letter in ALPHABET, "not base58btc")
        number = number * 58 + ALPHABET.index(letter)
    zeros = len(text[1:]) - len(text[1:].lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def public_key(member):
    raw = base58(member["publicKeyMultibase"])
    require(len(raw) == 34 and raw[:2] == b"\xed\x01", "not an Ed25519 Multikey")
    return raw[2:]


def moment(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def verify(document, proof, keys):
    """Verify one proof: SHA-256 of its options, then of the document without proof, both JCS."""
    require(document.get("@context") == CONTEXT, "another @context")
    check_profile(document)
    require(proof.keys() == FIXED.keys() | OTHERS, "a proof without its seven members")
    require(proof | FIXED == proof, "a proof of another kind")
    require(proof["verificationMethod"] in keys, "an unknown or revoked key")
    moment(proof["created"])
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    data = hashlib.sha256(canonical(options)).digest()
    data += hashlib.sha256(canonical(unsigned)).digest()
    try:
        key = Ed25519PublicKey.from_public_bytes(keys[proof["verificationMethod"]])
        key.verify(base58(proof["proofValue"]), data)
    except InvalidSignature as error:
        raise Refused(f"{document.get('id', document['type'])}: the proof does not hold") from error


def read_keyset(base, pinned, now):
    keyset = parse(get(base, "/federation/v1/keyset"))
    require((keyset["type"], keyset["origin"]) == ("Keyset", base), "not this origin's Keyset")
    require(moment(keyset["issued"]) <= now + SKEW, "the Keyset is from the future")
    require(moment(keyset["expires"]) >= now, "the Keyset has expired")
    prefix = f"{base}/federation/actor#"
    members = keyset["root"] + keyset["keys"]
    require(all(member["id"].startswith(prefix) for member in members), "keys of another origin")
    roots = {member["id"]: public_key(member) for member in keyset["root"]}
    for proof in keyset["proof"]:
        verify(keyset, proof, roots)
    signers = {roots[proof["verificationMethod"]] for proof in keyset["proof"]}
    fingerprints = {"sha256:" + hashlib.sha256(raw).hexdigest() for raw in signers}
    require(fingerprints and (pinned is None or pinned in fingerprints), "not the pinned root key")
    keys = {one["id"]: public_key(one) for one in keyset["keys"] if "revoked" not in one}
    return keys, min(fingerprints)


def read_object(item, base, keys, now):
    require(len(canonical(item)) <= MAX_OBJECT, "an object is too large")
    require(item["origin"] == base, "an object of another origin")
    spelled = rf"{re.escape(base)}/federation/o/{UUID7}"
    require(re.fullmatch(spelled, item["id"]), f"{item['id']} is no id")
    latest = int((now + SKEW).timestamp() * 1000)
    require(type(item["version"]) is int and 0 < item["version"] <= latest, "a strange version")
    verify(item, item["proof"], keys)
    return item["id"], item


def element(item):
    content = hashlib.sha256(canonical(item)).digest()
    name = f"{item['id']}\0{item['version']}\0".encode()
    return hashlib.sha256(b"efp1-elt\0" + name + content).digest()


def check_head(head, objects, base, keys, now):
    """Verify a Head and that these objects are all that it covers."""
    require((head["type"], head["origin"]) == ("Head", base), "not this origin's Head")
    require(moment(head["issued"]) <= now + SKEW, "the Head is from the future")
    verify(head, head["proof"], keys)
    start = moment(head["tombstonesFrom"])
    dead = [item for item in objects.values() if item["type"] == "Tombstone"]
    dead = [item for item in dead if moment(item["deleted"]) >= start]
    live = [item for item in objects.values() if item["type"] != "Tombstone"]
    root = hashlib.sha256(b"".join(sorted(map(element, live + dead)))).hexdigest()
    require(head["root"] == f"sha256:{root}", "the objects are not those of the Head")
    require((head["count"], head["tombstones"]) == (len(live), len(dead)), "miscounted")


def read_snapshot(base, keys, now):
    lines = get(base, "/federation/v1/snapshot", "application/vnd.efp+ndjson").split(b"\n")
    require(lines.pop() == b"", "the snapshot is cut short")
    first, *rows, head = map(parse, lines)
    require(all(canonical(parse(line)) == line for line in lines), "a line is not canonical")
    require(first["snapshot"]["origins"] == [base], "another origin's snapshot")
    objects = dict(read_object(row, base, keys, now) for row in rows)
    check_head(head, objects, base, keys, now)
    return objects, first["snapshot"]["cursor"]


def read_changes(base, keys, now, objects, cursor=None):
    """Follow the change feed to its end; the newest version of each object counts."""
    more = True
    while more:
        page = parse(get(base, "/federation/v1/changes" + (f"?since={cursor}" if cursor else "")))
        for item in page["items"]:
            name, item = read_object(item, base, keys, now)
            if item["version"] >= objects.get(name, item)["version"]:
                objects[name] = item
        more, cursor = page["more"], page["next"]
    check_head(page["head"], objects, base, keys, now)
    return page["head"]


def main(base, pinned=None):
    now = datetime.now(UTC)
    discovery = parse(get(base, "/.well-known/entraide-federation"))
    require("1.0" in discovery["efp"] and discovery["base"] == base, "another site or protocol")
    keys, fingerprint = read_keyset(base, pinned, now)
    objects, cursor = read_snapshot(base, keys, now)
    read_changes(base, keys, now, objects, cursor)
    head = read_changes(base, keys, now, {})
    return {
        "origin": base, "ok": True, "fingerprint": fingerprint, "seq": head["seq"],
        "objects": head["count"], "tombstones": head["tombstones"], "root": head["root"],
    }  # fmt: skip


if __name__ == "__main__":
    try:
        summary = main(*sys.argv[1:3])
    except (
        Refused,
        OSError,
        HTTPException,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ) as error:
        summary = {"ok": False, "error": f"{type(error).__name__}: {error}"}
    print(json.dumps(summary))
    sys.exit(0 if summary["ok"] else 1)
