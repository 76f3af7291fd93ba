"""Search over public offers and organisations: a cache beside the database, never the truth."""

from entraide.directory.search.documents import (
    Document,
    DocumentSource,
    Hit,
    IndexUnusable,
    ListingChanges,
    Position,
    SearchQuery,
    SearchResult,
)
from entraide.directory.search.folder import request_rebuild
from entraide.directory.search.follower import Follower
from entraide.directory.search.index import SearchIndex
from entraide.runtime import Slot

INDEX = Slot[SearchIndex]("search index")

__all__ = [
    "INDEX",
    "Document",
    "DocumentSource",
    "Follower",
    "Hit",
    "IndexUnusable",
    "ListingChanges",
    "Position",
    "SearchIndex",
    "SearchQuery",
    "SearchResult",
    "request_rebuild",
]
