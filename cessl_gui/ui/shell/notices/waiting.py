"""Work while there is no window to wait in: it runs in the background, and a dialog says how far it is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication, QProgressDialog, QWidget

from cessl_gui.bridge.background.runner import Runner, Work
from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.types import Outcome, Progress
from cessl_gui.ui.parts.plain_text import plain

PERCENT = 100


class Waiting(QObject):
    """One work at a time, which its dialog can cancel."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = Runner(self)
        self._runner.progress.connect(self._show)
        self._runner.ended.connect(self._ended)
        self._then: Callable[[Outcome], None] | None = None
        self.dialog: QProgressDialog | None = None

    @property
    def is_busy(self) -> bool:
        return self._then is not None

    def start(self, words: str, work: Work, then: Callable[[Outcome], None], parent: QWidget | None = None) -> None:
        """Begin, with a dialog that says so. Nothing is begun while another work runs.

        then : is told what came of it, once the dialog is closed
        """
        if self.is_busy:
            return
        self._then = then
        QApplication.setQuitOnLastWindowClosed(False)  # the dialog may be the only one, and a window follows
        self.dialog = QProgressDialog(plain(words), "Cancel", 0, 0, parent)
        self.dialog.setWindowTitle("cessl-gui")
        self.dialog.setAutoClose(False)
        self.dialog.setAutoReset(False)
        self.dialog.canceled.connect(self.cancel)
        self.dialog.setMinimumDuration(0)
        self.dialog.show()
        self._runner.start(TaskKind.WAIT, work)

    @Slot()
    def cancel(self) -> None:
        self._runner.stop(TaskKind.WAIT)

    @Slot(object)
    def _show(self, progress: Progress) -> None:
        if self.dialog is not None and progress.fraction is not None:
            self.dialog.setMaximum(PERCENT)
            self.dialog.setValue(round(PERCENT * progress.fraction))

    @Slot(object, object)
    def _ended(self, _kind: TaskKind, outcome: Outcome) -> None:
        dialog, then = self.dialog, self._then
        self.dialog = self._then = None
        if dialog is not None:
            dialog.canceled.disconnect(self.cancel)
            dialog.close()
            dialog.deleteLater()
        if then is not None:
            then(outcome)
        QApplication.setQuitOnLastWindowClosed(not self.is_busy)  # unless another work was begun
