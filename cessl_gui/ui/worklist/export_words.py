"""What the window says of an export that has ended."""

from __future__ import annotations

from cessl_gui.core.plural import counted

NAMED = 5  # recordings that were left out


def said_of_export(result) -> str:
    """How much was written, and which recordings were not, with the first ones' reasons.

    result : tasks.export.exporting.ExportResult
    """
    words = f"Exported: {counted(result.written, result.what)}."
    if not result.left_out:
        return words
    some = "; ".join(f"{name} ({reason})" for _, name, reason in result.left_out[:NAMED])
    more = "; ..." if len(result.left_out) > NAMED else ""
    return f"{words} {counted(len(result.left_out), 'recording')} left out: {some}{more}"
