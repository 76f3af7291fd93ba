"""Counts local names that say nothing of the thing they hold, such as `one`, `found` or `said`."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from budgets import Source

DIALECT = frozenset({"one", "found", "said", "told", "wanted"})
"""Words of ours where other programs have a noun of the thing."""

MOST = 0.005


def bound(source: Source) -> Iterator[str]:
    """Yield each name that a file binds: parameters, variables, targets of loops."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def dialect(sources: list[Source]) -> dict[str, int]:
    """Return how many names of the dialect each file binds."""
    counts = {source.path: sum(name in DIALECT for name in bound(source)) for source in sources}
    return {path: count for path, count in counts.items() if count}


def share(sources: list[Source]) -> float:
    """Return the share of the dialect among all bound names."""
    names = Counter(name for source in sources for name in bound(source))
    return sum(names[word] for word in DIALECT) / names.total()
