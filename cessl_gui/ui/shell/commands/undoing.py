"""Undo and Redo in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cessl_gui.bridge.reader import several

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session
    from cessl_gui.ui.shell.window import MainWindow


def step_history(window: MainWindow, session: Session, way: str) -> None:
    """Undo or redo one step, open the record it concerned, and report what was done. way : "undo" or "redo"

    What concerned several records leaves the reader where he is; the worklist says what came of it.
    """
    if several.step_back(session, way):
        return
    window.show_room("read")
    did = session.can_undo if way == "undo" else session.can_redo
    record_id = session.undo() if way == "undo" else session.redo()
    if not record_id:
        return
    window.read.records.choose(record_id)
    words = f"{'Undone' if way == 'undo' else 'Redone'}: {did}."
    if session.has_seen(record_id) and not session.prediction_shown(record_id):
        words += " Prediction and file's diagnosis are hidden again; later labels keep that you have seen them."
    window.labels.show_hint(words)
