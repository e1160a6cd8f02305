"""Checks the sizes that the project keeps to: no function over 60 lines, no file over 400."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

MAX_FUNCTION, MAX_FILE = 60, 400
ROOT = Path(__file__).parents[1]
FOLDERS = ("src", "tests", "gazette", "tools", "bench", "widget/src", "widget/test")


def sources() -> list[Path]:
    """Return the hand-written Python and JavaScript files."""
    found = [
        p for folder in FOLDERS for suffix in ("*.py", "*.js", "*.mjs") for p in (ROOT / folder).rglob(suffix)
    ]
    skipped = {"migrations", "node_modules", "static", "var"}
    return sorted(path for path in found if not skipped & set(path.relative_to(ROOT).parts))


def long_functions(path: Path) -> list[str]:
    """Name the functions of a Python file that are too long."""
    if path.suffix != ".py":
        return []
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, functions) and node.end_lineno and node.end_lineno - node.lineno >= MAX_FUNCTION
    ]


def main() -> int:
    """Print what is too long and return the exit code."""
    faults = [fault for path in sources() for fault in long_functions(path)]
    for path in sources():
        lines = len(path.read_text().splitlines())
        if lines > MAX_FILE:
            faults.append(f"{path.relative_to(ROOT)}: {lines} lines")
    print("\n".join(faults) or "sizes: all within bounds")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
