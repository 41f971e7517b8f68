"""Loads libraries before they are needed, in threads: SciPy takes a second, what the Model room is drawn with half."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget

from cessl_gui.ecg import scipy_later

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

ROOMS = (
    "cessl_gui.ui.training.view",
    "cessl_gui.ui.reading.editor",
    "cessl_gui.ui.worklist.history",
    "cessl_gui.ui.shell.main_rooms.help_room",
    "cessl_gui.ui.shell.main_rooms.settings",
)
LOOK_MS = 2000


def load_rooms() -> None:
    """Load what rooms are made of that are not shown at first."""
    for room in ROOMS:
        import_module(room)


def load_scipy() -> None:
    """Load what the first ECG is read with, while the reader chooses a project."""
    threading.Thread(target=scipy_later.load, name="loading", daemon=True).start()


class LoadsAhead(QObject):
    """Loads the rooms once nothing else goes on.

    Two threads that open libraries wait for each other with Python's lock in their hands, and the window with them: so
    not while SciPy or torch may be loading.
    """

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self._look_later()

    def _look_later(self) -> None:
        QTimer.singleShot(LOOK_MS, self, self._load_if_quiet)

    @Slot()
    def _load_if_quiet(self) -> None:
        if scipy_later.is_loaded() and not self._session.busy:
            threading.Thread(target=load_rooms, name="loading", daemon=True).start()
        elif self._window.isVisible():
            self._look_later()
