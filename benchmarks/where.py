"""Ten lines of code picked at random, without their file: can a reader tell from CONTRIBUTING.md where each belongs?

python -m benchmarks.where [--seed N]            prints the lines
python -m benchmarks.where [--seed N] --answers  prints the file and line of each
"""

from __future__ import annotations

import ast
import random
from pathlib import Path

from benchmarks.report import arguments

PACKAGE = Path(__file__).resolve().parent.parent / "cessl_gui"
COUNT = 10
LEAST_LETTERS = 25  # a shorter line says as little as `return x`


def statements() -> list[tuple[str, int, str]]:
    """(file, line number, text) of the first line of each statement within a function that says enough."""
    found = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text("utf-8")
        lines = text.splitlines()
        for function in ast.walk(ast.parse(text)):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.stmt) and not _is_plain(node):
                        line = lines[node.lineno - 1].strip()
                        if sum(map(str.isalpha, line)) >= LEAST_LETTERS:
                            found.add((str(path.relative_to(PACKAGE.parent)), node.lineno, line))
    return sorted(found)


def _is_plain(node: ast.stmt) -> bool:
    """Docstrings tell too much, imports too."""
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef))


def picked(seed: int) -> list[tuple[str, int, str]]:
    """The same lines for the same seed and the same code."""
    return random.Random(seed).sample(statements(), COUNT)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--answers", action="store_true")
    args = parser.parse_args()
    for number, (path, line, text) in enumerate(picked(args.seed), 1):
        print(f"{number:2}. {f'{path}:{line}' if args.answers else text}")


if __name__ == "__main__":
    main()
