"""The stored classification: what each column and payload field holds, kept after its plugin."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from entraide import clock, runtime
from entraide.classification import Marking
from entraide.database import metadata
from entraide.fields import label_of
from entraide.i18n import speaking
from entraide.kinds import Kind
from entraide.privacy.models import PrivacySnapshot
from entraide.privacy.tables import name_of_type

Document = dict[str, Any]
"""`{"tables": {table: {"owner", "columns": {column: {mark members, "type",
"references"}}}}, "kinds": {kind: {"label", "plugin", "fields": {field: {mark members,
"label"}}, "version", "formerly", "workflow"}}}`; `owner` is the first subject column, whose data the personal columns are."""


def take(
    session: Session,
    tables: Iterable[Table] | None = None,
    kinds: Mapping[str, Kind] | None = None,
) -> bool:
    """Store the classification if it changed since the last time; tell whether it did.

    Without arguments it is that of every loaded table and of the running site's kinds.
    """
    known = _newest(session)
    document = merge(known.document if known else {}, describe(tables, kinds))
    digest = hashlib.sha256(as_stored(document)).hexdigest()
    if known and known.digest == digest:
        return False
    session.add(PrivacySnapshot(digest=digest, taken_at=clock.now(), document=document))
    session.flush()
    return True


def latest(session: Session) -> Document:
    """Return the last stored classification; empty tables and kinds when there is none."""
    known = _newest(session)
    return merge(known.document if known else {}, {})


def merge(old: Mapping[str, Any], new: Mapping[str, Any]) -> Document:
    """Return everything known of both; where both know a column or field, `new` is right."""
    return {
        "tables": _merge_parts(old.get("tables", {}), new.get("tables", {}), "columns"),
        "kinds": _merge_parts(old.get("kinds", {}), new.get("kinds", {}), "fields"),
    }


def describe(
    tables: Iterable[Table] | None = None, kinds: Mapping[str, Kind] | None = None
) -> Document:
    """Return the classification of tables and kinds as JSON; unmarked columns are left out."""
    tables = metadata.tables.values() if tables is None else tables
    kinds = runtime.current().kinds if kinds is None else kinds
    with speaking("fr"):
        return {
            "tables": {str(table.name): _describe_table(table) for table in tables},
            "kinds": {name: _describe_kind(kind) for name, kind in kinds.items()},
        }


def as_stored(document: Mapping[str, Any]) -> bytes:
    """Return a classification as its digest is made of it; TypeError for what JSON does not hold."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def _newest(session: Session) -> PrivacySnapshot | None:
    return session.scalar(select(PrivacySnapshot).order_by(PrivacySnapshot.id.desc()).limit(1))


def _merge_parts(
    old: Mapping[str, Any], new: Mapping[str, Any], inner: str
) -> dict[str, dict[str, Any]]:
    merged = {}
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, {inner: {}}), new.get(name, {inner: {}})
        merged[name] = {**before, **after, inner: {**before[inner], **after[inner]}}
    return merged


def _describe_table(table: Table) -> dict[str, Any]:
    columns = {}
    for column in table.columns:
        mark = column.info.get("mark")
        if isinstance(mark, Marking):
            target = next((key.target_fullname for key in column.foreign_keys), "")
            columns[str(column.name)] = {
                **mark.as_dict(),
                "type": name_of_type(column.type),
                "references": target,
            }
    subjects = [name for name, column in columns.items() if column["kind"] == "subject"]
    return {"owner": subjects[0] if subjects else "", "columns": columns}


def _describe_kind(kind: Kind) -> dict[str, Any]:
    fields = {}
    for name, field in kind.schema().fields.items():
        mark = field.metadata.get("mark")
        if isinstance(mark, Marking):
            fields[name] = {**mark.as_dict(), "label": str(label_of(name, field))}
    # With these the rows of a kind change too, so that a start sees a change.
    flow = kind.workflow
    states = {name: flow.is_listed(name) for name in sorted(flow.names)} if flow else {}
    follow = {
        "version": kind.schema_version,
        "formerly": list(kind.formerly),
        "workflow": {"initial": flow.initial, "listed": states} if flow else {},
        "federated": kind.federated,
    }
    return {"label": str(kind.label), "plugin": kind.plugin, "fields": fields, **follow}
