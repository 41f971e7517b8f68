"""What a person chose for the window on this computer, apart from every project."""

from __future__ import annotations

from PySide6.QtCore import QSettings

from cessl_gui.core.paths import user_data


def preferences() -> QSettings:
    """The settings file of the window; no project and no patient is named there."""
    return QSettings(str(user_data() / "window.ini"), QSettings.Format.IniFormat)
