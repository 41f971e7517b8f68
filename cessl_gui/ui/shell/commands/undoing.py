"""Undo and Redo in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cessl_gui.bridge.reader import several, stepping

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session
    from cessl_gui.ui.shell.window import MainWindow


def step_history(window: MainWindow, session: Session, way: str) -> None:
    """Undo or redo one step, open the record it concerned, and report what was done. way : "undo" or "redo"

    What concerned several records, or the panel, leaves the reader where he is, as does in the worklist what put off or
    excluded one.
    """
    stepped = stepping.step(session, way)
    if stepped is None:
        return
    stays = window.room == "worklist" and stepped.done in several.MOVES
    done = f"1 ECG {stepped.done}" if stays else stepped.done
    words = f"{'Undone' if way == stepping.UNDO else 'Redone'}: {done}."
    if stays or not stepped.record_id:
        window.toasts.say(words)
        return
    window.show_room("read")
    window.read.records.choose(stepped.record_id)
    if session.has_seen(stepped.record_id) and not session.prediction_shown(stepped.record_id):
        words += " Prediction and file's diagnosis are hidden again; later labels keep that you have seen them."
    window.labels.show_hint(words)
