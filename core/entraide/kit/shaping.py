"""Python as `ruff format` writes it, as far as a migration needs: calls, lists, double quotes."""

from __future__ import annotations

import ast
import io
import tokenize

WIDTH = 100
INDENT = "    "


def shape(code: str, indent: str = "") -> str:
    """Return statements with double quotes and lines that are not too long.

    It knows what Alembic writes: `with` blocks, calls, and lists and calls in them.
    """
    return "\n".join(line for node in ast.parse(code).body for line in _statement(node, indent))


def _statement(node: ast.stmt, indent: str) -> list[str]:
    if isinstance(node, ast.With):
        head = _flat(ast.With(node.items, [ast.Pass()])).splitlines()[0]
        inner = [line for child in node.body for line in _statement(child, indent + INDENT)]
        return [f"{indent}{head}", *inner]
    if isinstance(node, ast.Expr):
        return _wrapped(node.value, indent, "")
    return [f"{indent}{line}" for line in _flat(node).splitlines()]


def _wrapped(node: ast.expr, indent: str, after: str, before: str = "") -> list[str]:
    """Return an expression in one line when it fits, else its parts in lines of their own."""
    line = f"{indent}{before}{_flat(node)}{after}"
    parts = _parts(node)
    if len(line) <= WIDTH or not parts:
        return [line]
    head, tail = (f"{_flat(node.func)}(", ")") if isinstance(node, ast.Call) else ("[", "]")
    together = f"{indent}{INDENT}{', '.join(name + _flat(part) for name, part in parts)}"
    if len(together) <= WIDTH:
        inner = [together]
    else:
        inner = [
            line
            for name, part in parts
            for line in _wrapped(part, indent + INDENT, ",", before=name)
        ]
    return [f"{indent}{before}{head}", *inner, f"{indent}{tail}{after}"]


def _parts(node: ast.expr) -> list[tuple[str, ast.expr]]:
    if isinstance(node, ast.Call):
        named = [(f"{word.arg}=", word.value) for word in node.keywords]
        return [("", part) for part in node.args] + named
    return [("", part) for part in node.elts] if isinstance(node, ast.List) else []


def _flat(node: ast.AST) -> str:
    text = ast.unparse(ast.fix_missing_locations(node))
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    lines = text.splitlines(keepends=True)
    for token in reversed([token for token in tokens if token.type == tokenize.STRING]):
        row, start, end = token.start[0] - 1, token.start[1], token.end[1]
        lines[row] = lines[row][:start] + _quoted(token.string) + lines[row][end:]
    return "".join(lines)


def _quoted(written: str) -> str:
    """Return a string with double quotes, unless single ones need fewer backslashes."""
    inner = written[1:-1]
    if not written.startswith("'") or inner.count('"') > inner.count("\\'"):
        return written
    inner = inner.replace("\\'", "'").replace('"', '\\"')
    return f'"{inner}"'
