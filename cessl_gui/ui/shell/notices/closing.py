"""Closing the window while a training runs: its best so far is kept, it is discarded, or it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtWidgets import QMessageBox, QProgressDialog, QWidget

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.types import Ending, Outcome
from cessl_gui.ui.parts.plain_text import plain_box

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

QUESTION = (
    "A training is running. Its best model can be kept: it then waits for your decision when you open the"
    " project again. Your labels are saved in any case."
)


def may_close(window: QWidget, session: Session) -> bool:
    """Ask what becomes of a running training, and do it; False where the window stays open."""
    if TaskKind.TRAIN not in session.busy:
        return True
    box = plain_box(window, QMessageBox.Icon.Question, "A training is running", QUESTION)
    keep = box.addButton("Keep the best model and close", QMessageBox.ButtonRole.AcceptRole)
    discard = box.addButton("Discard and close", QMessageBox.ButtonRole.DestructiveRole)
    go_on = box.addButton("Go on training", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(go_on)
    box.setEscapeButton(go_on)
    box.exec()
    if box.clickedButton() is keep:
        return _keep_best(window, session)
    return box.clickedButton() is discard


def _keep_best(window: QWidget, session: Session) -> bool:
    """Wait until the training has kept its best, unless the reader gives that up; False where it failed."""
    if TaskKind.TRAIN not in session.busy:  # it came to its end while the reader decided
        return True
    loop, endings = QEventLoop(), []

    def ended(kind: TaskKind, outcome: Outcome) -> None:
        if kind == TaskKind.TRAIN:
            endings.append(outcome.ending)
            loop.quit()

    wait = QProgressDialog("Keeping the best model…", "Discard and close", 0, 0, window)
    wait.setWindowTitle("Closing")
    wait.setWindowModality(Qt.WindowModality.WindowModal)
    wait.setMinimumDuration(0)
    wait.canceled.connect(lambda: session.cancel(TaskKind.TRAIN))
    session.ended.connect(ended)
    session.stop_and_keep()
    wait.show()
    loop.exec()
    session.ended.disconnect(ended)
    wait.close()
    wait.deleteLater()
    return endings[0] != Ending.FAILED  # what failed is said in the window
