"""Where recordings and folders are dropped: names what can be read."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cessl_gui.ui.parts import icons, tokens
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.tokens import Theme
from cessl_gui.ui.parts.widgets import named

# The files that hospitals have; the others are in docs/formats.md.
FORMATS = (
    ("WFDB", "DICOM", "GE MUSE", "HL7 aECG"),
    ("SCP-ECG", "EDF+", "Philips", "ISHNE", "CSV"),
)

HEADING = "Drop recordings or folders here"
WORDS = "They stay where they are and are never changed.\nWhat cannot be read is listed with the reason."
READING = "Reading your recordings…"
READING_WORDS = "The first ECG opens as soon as it is there.\nYou can read it while the others come."


class DropZone(QFrame):
    """Says what can be dropped; a click on its button asks for a folder. folder_wanted : that button"""

    folder_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("drop_zone")
        self.setMinimumSize(QSize(380, 228))
        self.resize(392, 228)
        self._mark = PlainLabel()
        self.heading = PlainLabel(HEADING)
        self.heading.setFont(font(tokens.SECTION))
        self.words = PlainLabel(WORDS)
        self.words.setProperty("muted", True)
        self.button = named(QPushButton("Choose a folder…"), "drop_choose", "Choose a folder of recordings")
        self.button.clicked.connect(self.folder_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addStretch(1)
        for part in (self._mark, self.heading, self.words):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(part)
        for names in FORMATS:
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addStretch(1)
            for name in names:
                chip = PlainLabel(name)
                chip.setProperty("format", True)
                row.addWidget(chip)
            row.addStretch(1)
            column.addLayout(row)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(1)
        self._theme = tokens.LIGHT
        self._is_over = False
        self.set_theme(tokens.LIGHT)

    def show_reading(self, on: bool) -> None:
        """Whether recordings are being read now."""
        self.heading.setText(READING if on else HEADING)
        self.words.setText(READING_WORDS if on else WORDS)
        self.button.setEnabled(not on)

    def set_over(self, on: bool) -> None:
        """Whether something that can be dropped is over the window."""
        self._is_over = on
        self.set_theme(self._theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        edge, ground = (theme.accent, theme.accent_wash) if self._is_over else (theme.border_strong, theme.surface)
        self._mark.setPixmap(icons.pixmap("tray-arrow-down", theme.accent, 32))
        self.setStyleSheet(
            f"#drop_zone {{ background: {ground}; border: 1px dashed {edge};"
            f" border-radius: {tokens.RADIUS_CARD}px; }}"
            f'QLabel[muted="true"] {{ color: {theme.muted}; }}'
            f'QLabel[format="true"] {{ background: {theme.sunk}; color: {theme.muted};'
            f" border-radius: 10px; padding: 3px 10px; font-size: 11px; }}"
        )
