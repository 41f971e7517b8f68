"""What the marks within numbers mean: 12,5 may be two columns or one with decimals, 1,024 a thousand or one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

LARGEST_LOOK = 1 << 22  # characters of a table in which marks of thousands are looked for
WHOLE = re.compile(r"[+-]?\d*", re.ASCII)
DECIMALS = re.compile(r"\d+(e[+-]?\d{1,3})?", re.IGNORECASE | re.ASCII)


def comma_separates(
    rows: Sequence[str], headings: Sequence[Sequence[str]], is_column: Callable[[str], bool]
) -> bool | None:
    """True between two columns, False before decimals, None where both could be meant.

    rows      : lines of numbers, the first with one comma
    headings  : the lines above, cut at their commas
    is_column : whether a cell is the name or the unit of a column
    """
    pairs = [row.strip().split(",") for row in rows if row.strip()]
    if not all(WHOLE.fullmatch(pair[0]) and all(map(DECIMALS.fullmatch, pair[1:])) for pair in pairs):
        return True
    parts = [(pair[0], pair[1]) for pair in pairs if len(pair) > 1]
    # 12 beside 12,5; or 12,05, as no whole number is written.
    if len(parts) < len(pairs) or any(_is_padded(second) and not _is_padded(first) for first, second in parts):
        return False
    # 1,25E-02: whole numbers have no exponents.
    if any("e" in second.casefold() for _, second in parts) and all(len(first.lstrip("+-")) == 1 for first, _ in parts):
        return False
    if (np.diff([float(first) if first.strip("+-") else 0.0 for first, _ in parts]) > 0).all():  # a counter, a clock
        return True
    named = {len(cells) for cells in headings if all(map(is_column, cells))}
    return 2 in named if named in ({1}, {2}) else None


def _is_padded(digits: str) -> bool:
    return re.match(r"[+-]?0\d", digits) is not None


def marked_thousands(body: str, separator: str) -> str:
    """A number whose comma or point may mark thousands, and not decimals; "" where none has."""
    if len(body) > LARGEST_LOOK:
        body = body[: body.rfind("\n", 0, LARGEST_LOOK) + 1]
    return next((found for mark in ",." if mark != separator and (found := _marked_by(mark, body, separator))), "")


def _marked_by(mark: str, body: str, separator: str) -> str:
    """Where all marks stand before three digits and after one to three, and a column has numbers without one, too."""
    point = re.escape(mark)
    if mark not in body or re.search(rf"{point}(?!\d{{3}}(?!\d))|(?<!\d)0?{point}|\d{{4}}{point}", body):
        return ""
    rows = (line.split(None if separator == " " else separator) for line in body.split("\n"))
    for column in zip(*rows, strict=False):
        marked = [cell.strip(' "') for cell in column if mark in cell]
        if marked and any(re.search(r"\d", cell) for cell in column if mark not in cell):
            return marked[0]
    return ""
