"""Text cells of a CSV file that no spreadsheet takes for a formula."""

from __future__ import annotations

import re

# With the marks before it, so that taking one off gives the text back. The last four are as wide as Chinese characters.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?", re.IGNORECASE)


_PART = re.compile(rf"(?<=[,;])(?={_FORMULA.pattern})")
_GUARDED_PART = re.compile(rf"(?<=[,;])'(?={_FORMULA.pattern})")


def guarded(cell: object) -> object:
    """A cell as it is written: text that a spreadsheet would run gets an apostrophe before it, numbers never."""
    runs = isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if runs else cell


def unguarded(cell: str) -> str:
    """The text that guarded() was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def guarded_line(text: str) -> str:
    """A line of text above a table, which a spreadsheet divides at its commas: no part of it is run."""
    return _PART.sub("'", text)


def unguarded_line(text: str) -> str:
    """The text that guarded_line() was given."""
    return _GUARDED_PART.sub("", text)
