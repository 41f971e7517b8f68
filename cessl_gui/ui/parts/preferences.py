"""What a person chose for the window on this computer, apart from every project."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import QSettings

from cessl_gui.core.paths import user_data


def preferences() -> QSettings:
    """The settings file of the window; no project and no patient is named there."""
    with suppress(OSError):  # Qt would make a folder that others on this computer can look into
        user_data().mkdir(mode=0o700, parents=True, exist_ok=True)
    return QSettings(str(user_data() / "window.ini"), QSettings.Format.IniFormat)
