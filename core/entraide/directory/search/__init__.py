"""Search over public offers and organisations: a cache beside the database, never the truth."""

from entraide.directory.search.documents import (
    Changes,
    Document,
    Hit,
    IndexUnusable,
    Position,
    SearchQuery,
    SearchResult,
    Source,
)
from entraide.directory.search.folder import request_rebuild
from entraide.directory.search.follower import Follower
from entraide.directory.search.index import SearchIndex

__all__ = [
    "Changes",
    "Document",
    "Follower",
    "Hit",
    "IndexUnusable",
    "Position",
    "SearchIndex",
    "SearchQuery",
    "SearchResult",
    "Source",
    "request_rebuild",
]
