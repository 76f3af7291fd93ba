"""A reader of EFP/1 written from docs/reference/protocol.md alone: it verifies one whole origin.

    python minimal_reader.py BASE [ROOT_FINGERPRINT]

Prints one line of JSON; exits 0 when every root is its signed Head's, else 1; `notShown`
counts the objects under the root that break a rule themselves.
"""

import json
import re
import sys
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.client import HTTPConnection, HTTPSConnection

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CONTEXT = "https://entraide.example/ns/federation/v1"
FIXED = {"@context": CONTEXT, "type": "DataIntegrityProof"}
FIXED |= {"cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod"}
OTHERS = {"verificationMethod", "created", "proofValue"}
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
KEY = re.compile(r"[A-Za-z@$][A-Za-z0-9_$-]{0,39}")
REFUSED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
UUID7 = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
DEAD = re.compile("Tombstone [1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
SKEW = timedelta(seconds=300)
MAX_DEPTH, MAX_OBJECT, MAX_BODY = 8, 16_384, 256 * 2**20
BROKEN = object()  # has no canonical form, so that whatever holds it counts nowhere


def require(condition, sentence):
    if not condition:
        raise ValueError(sentence)


def get(base, path, media="application/vnd.efp+json"):
    scheme, _, host = base.partition("://")
    kind = HTTPSConnection if scheme == "https" else HTTPConnection
    with closing(kind(host, timeout=20)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read(MAX_BODY + 1)
    found = answer.status, answer.getheader("Content-Type"), len(body) <= MAX_BODY
    require(found == (200, media, True), f"{path}: answered {found}")
    return body


def read_number(text):
    is_integer = re.fullmatch("0|-?[1-9][0-9]{0,15}", text) and abs(int(text)) < 2**53
    return int(text) if is_integer else BROKEN


def parse(raw):
    hooks = dict.fromkeys(("parse_int", "parse_float", "parse_constant"), read_number)
    hooks["object_pairs_hook"] = lambda some: dict(some) if len(dict(some)) == len(some) else BROKEN
    return json.loads(raw.decode("utf-8"), **hooks)


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def check_profile(value, depth=1):
    require(not isinstance(value, str) or not REFUSED.search(value), "a control character")
    if isinstance(value, dict | list):
        keys = value if isinstance(value, dict) else ()
        require(depth <= MAX_DEPTH and all(map(KEY.fullmatch, keys)), "too deep, or a strange key")
        for inner in value.values() if isinstance(value, dict) else value:
            check_profile(inner, depth + 1)


def base58(text, size):
    require(isinstance(text, str) and text[:1] == "z", "not multibase base58btc")
    number = 0
    for letter in text[1:]:
        number = number * 58 + ALPHABET.index(letter)
    return number.to_bytes(size, "big")


def public_keys(members):
    raws = {one["id"]: one["publicKeyMultibase"] for one in members if "revoked" not in one}
    return {name: base58(raw, 34)[2:] for name, raw in raws.items() if raw[:4] == "z6Mk"}


def moment(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def verify(document, keys, proof):
    require(document.get("@context") == CONTEXT, "another @context")
    check_profile(document)
    require(proof.keys() == FIXED.keys() | OTHERS and proof | FIXED == proof, "not its members")
    require(proof["verificationMethod"] in keys, "an unknown or revoked key")
    moment(proof["created"])
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    key = Ed25519PublicKey.from_public_bytes(keys[proof["verificationMethod"]])
    signed = sha256(canonical(options)).digest() + sha256(canonical(unsigned)).digest()
    key.verify(base58(proof["proofValue"], 64), signed)


def check_keyset(keyset, base, pinned, now):
    require((keyset["type"], keyset["origin"]) == ("Keyset", base), "not this origin's Keyset")
    require(moment(keyset["issued"]) <= now + SKEW, "the Keyset is from the future")
    told = {"silent": keyset["expires"]} if moment(keyset["expires"]) < now else {}
    ids = [member["id"] for member in keyset["root"] + keyset["keys"]]
    require(all(one.startswith(f"{base}/federation/actor#") for one in ids), "foreign keys")
    roots, proofs = public_keys(keyset["root"]), keyset["proof"]
    ours = [one for one in proofs if one | FIXED == one and one["verificationMethod"] in roots]
    for proof in ours:
        verify(keyset, roots, proof)
    signers = {f"sha256:{sha256(roots[one['verificationMethod']]).hexdigest()}" for one in ours}
    require(signers and (pinned is None or pinned in signers), "not the pinned root key")
    return public_keys(keyset["keys"]), told | {"fingerprint": min(signers)}


def take(item, base, keys, objects, wrong):
    try:
        item = parse(item) if isinstance(item, bytes) else item
        require(len(canonical(item)) <= MAX_OBJECT and item["origin"] == base, "not to be counted")
        require(UUID7.fullmatch(item["id"].removeprefix(f"{base}/federation/o/")), "no id")
        require(type(item["version"]) is int and item["version"] > 0, "a strange version")
    except (AttributeError, KeyError, TypeError, ValueError):
        return
    if item["version"] < objects.get(item["id"], item)["version"]:
        return
    objects[item["id"]] = item
    wrong[item["id"]] = "profile"
    with suppress(Exception):  # only this item is not shown
        check_profile(item)
        wrong[item["id"]] = "proof"
        verify(item, keys, item["proof"])
        del wrong[item["id"]]


def element(item):
    content = sha256(canonical(item)).digest()
    return sha256(f"efp1-elt\0{item['id']}\0{item['version']}\0".encode() + content).digest()


def check_head(head, objects, wrong, base, keys, now):
    require((head["type"], head["origin"]) == ("Head", base), "not this origin's Head")
    require(moment(head["issued"]) <= now + SKEW, "the Head is from the future")
    verify(head, keys, head["proof"])
    sets = []
    for left_out in (("profile",), ()):
        some = [one for one in objects.values() if wrong.get(one["id"]) not in left_out]
        timed = [one for one in some if DEAD.fullmatch(f"{one.get('type')} {one.get('deleted')}")]
        past = {one["id"] for one in timed if one["deleted"] < head["tombstonesFrom"]}
        some = [one for one in some if one["id"] not in past]
        dead = sum(one.get("type") == "Tombstone" for one in some)
        root = sha256(b"".join(sorted(map(element, some)))).hexdigest()
        sets.append((f"sha256:{root}", len(some) - dead, dead))
    require((head["root"], head["count"], head["tombstones"]) in sets, "not those of the Head")


def read_snapshot(base, keys, now, wrong):
    lines = get(base, "/federation/v1/snapshot", "application/vnd.efp+ndjson").split(b"\n")
    require(lines.pop() == b"", "the snapshot is cut short")
    first, head, objects = parse(lines[0]), parse(lines[-1]), {}
    require(first["snapshot"]["origins"] == [base], "another origin's snapshot")
    for line in lines[1:-1]:
        take(line, base, keys, objects, wrong)
    check_head(head, objects, wrong, base, keys, now)
    return objects, first["snapshot"]["cursor"]


def read_changes(base, keys, now, objects, wrong, cursor=None):
    page = {"more": True, "next": cursor}
    while page["more"]:
        since = f"?since={page['next']}" if page["next"] else ""
        page = parse(get(base, "/federation/v1/changes" + since))
        for item in page["items"]:
            take(item, base, keys, objects, wrong)
    check_head(page["head"], objects, wrong, base, keys, now)
    return page["head"]


def main(base, pinned=None):
    now = datetime.now(UTC)
    discovery = parse(get(base, "/.well-known/entraide-federation"))
    require("1.0" in discovery["efp"], "another protocol")
    keys, told = check_keyset(parse(get(base, "/federation/v1/keyset")), base, pinned, now)
    wrong = {}
    objects, cursor = read_snapshot(base, keys, now, wrong)
    read_changes(base, keys, now, objects, wrong, cursor)
    head = read_changes(base, keys, now, {}, wrong)
    told |= {name: head[name] for name in ("origin", "seq", "count", "tombstones", "root")}
    return {"ok": True, **told, "notShown": len(wrong)}


if __name__ == "__main__":
    try:
        summary = main(*sys.argv[1:3])
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the answer is no
        summary = {"ok": False, "error": f"{type(error).__name__}: {error}"}
    sys.stdout.write(json.dumps(summary) + "\n")
    sys.exit(0 if summary["ok"] else 1)
