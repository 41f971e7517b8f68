"""The panel of a project: which statement each digit key answers for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cessl_gui.bridge.reading import Reading

DIGITS = 9


def digits(session: Reading) -> tuple[str, ...]:
    """The codes that the keys 1 to 9 answer for, "" for a key without: chosen, else the first of the panel."""
    codes = [statement.code for statement in session.panel()]
    chosen = [code if code in codes else "" for code in session.setting("digits", [])]
    return tuple(chosen or codes)[:DIGITS]


def set_digit(session: Reading, digit: int, code: str) -> None:
    """Give a statement of the panel the key 1 to 9; it leaves the key that it had, and "" frees the key."""
    codes = [*digits(session), *[""] * DIGITS][:DIGITS]
    codes = ["" if code and taken == code else taken for taken in codes]
    codes[digit - 1] = code
    session.set_setting("digits", codes)
