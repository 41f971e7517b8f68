"""Numbers with their nouns."""

from __future__ import annotations


def counted(n: int, word: str) -> str:
    """A number with its noun: "1 ECG", "12 ECGs"."""
    return f"{n} {word}{'s' * (n != 1)}"
