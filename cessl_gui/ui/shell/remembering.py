"""Size of the window and choices of its page, from one time to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize

from cessl_gui import RESEARCH_USE_ONLY
from cessl_gui.ui.page.layout.layouts import LAYOUTS
from cessl_gui.ui.parts.preferences import preferences

if TYPE_CHECKING:
    from cessl_gui.ui.shell.window import MainWindow

LEAST = QSize(640, 300)  # of the window
DEFAULTS = {"layout": "3x4+1", "speed": 25.0, "gain": 10.0, "influence": "true", "evidence": "false"}


def restore(window: MainWindow) -> None:
    """Size and choices as they were when the window was last closed."""
    kept = preferences()
    window.setMinimumSize(LEAST)
    window.resize(QSize(1366, 740).boundedTo(window.screen().availableSize()))
    geometry = kept.value("geometry")
    if geometry is not None:
        window.restoreGeometry(geometry)
    wanted = {name: kept.value(name, default) for name, default in DEFAULTS.items()}
    window.set_theme(window.theme_choice)
    window.page.set_layout(wanted["layout"] if wanted["layout"] in LAYOUTS else DEFAULTS["layout"])
    window.page.set_speed(float(wanted["speed"]))
    window.page.set_gain(float(wanted["gain"]))
    window.influence.set_on_page(str(wanted["influence"]) == "true")
    window.read.set_evidence(str(wanted["evidence"]) == "true")
    if not kept.value("research_use_read", False, bool):
        window.toasts.say(RESEARCH_USE_ONLY, "I understand", _research_read, seconds=0)


def _research_read() -> None:
    preferences().setValue("research_use_read", True)


def remember(window: MainWindow) -> None:
    """Size and page choices, for the next time."""
    sheet = window.page.sheet
    for name, value in (
        ("geometry", window.saveGeometry()),
        ("layout", sheet.layout.name),
        ("speed", sheet.speed_mm_per_s),
        ("gain", sheet.gain_mm_per_mv),
        ("influence", "true" if window.influence.on_page else "false"),
        ("evidence", "true" if window.read.has_evidence else "false"),
    ):
        preferences().setValue(name, value)
