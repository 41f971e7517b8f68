"""Text cells of a CSV file that no spreadsheet takes for a formula."""

from __future__ import annotations

import re

# With the marks before it, so that taking one off gives the text back. The last four are as wide as Chinese characters.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?", re.IGNORECASE)


def guarded(cell: object) -> object:
    """A cell as it is written: text that a spreadsheet would run gets an apostrophe before it, numbers never."""
    runs = isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if runs else cell


def unguarded(cell: str) -> str:
    """The text that guarded() was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
