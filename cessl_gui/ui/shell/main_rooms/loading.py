"""Loads what the Model room is drawn with before it is opened: its import alone takes half a second."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from cessl_gui.ecg import scipy_later

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

ROOM = "cessl_gui.ui.training.view"
LOOK_MS = 2000


class LoadsAhead(QObject):
    """Loads it in a thread once nothing else goes on.

    Two threads that open libraries wait for each other with Python's lock in their hands, and the window with them: so
    not while SciPy or torch may be loading.
    """

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._looking = QTimer(self, interval=LOOK_MS)
        self._looking.timeout.connect(self._load_if_quiet)
        self._looking.start()

    @Slot()
    def _load_if_quiet(self) -> None:
        if scipy_later.is_loaded() and not self._session.busy:
            self._looking.stop()
            threading.Thread(target=import_module, args=(ROOM,), name="loading", daemon=True).start()
