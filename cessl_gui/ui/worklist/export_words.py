"""Where an export goes, and what the window says when it has ended."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from cessl_gui.core.plural import counted

FORMATS = {
    "Table, a row per label (*.csv)": "csv",
    "Everything that people said (*.json)": "json",
    "Folder of WFDB recordings with labels (*)": "wfdb",
}
NAMED = 5  # recordings that were left out


def ask_where(window: QWidget) -> tuple[Path, str] | None:
    """Ask for a place and a format; None where the reader thinks better of it."""
    place, how = QFileDialog.getSaveFileName(window, "Export labels and predictions", "", ";;".join(FORMATS))
    if not place:
        return None
    format_ = FORMATS.get(how, "csv")
    if format_ != "wfdb" and Path(place).suffix.lower() != f".{format_}":
        place += f".{format_}"
    return Path(place), format_


def said_of_export(result) -> str:
    """How much was written, and which recordings were not, with the first ones' reasons.

    result : tasks.exporting.ExportResult
    """
    words = f"Exported: {counted(result.written, result.what)}."
    if not result.left_out:
        return words
    some = "; ".join(f"{name} ({reason})" for _, name, reason in result.left_out[:NAMED])
    more = "; ..." if len(result.left_out) > NAMED else ""
    return f"{words} {counted(len(result.left_out), 'recording')} left out: {some}{more}"
