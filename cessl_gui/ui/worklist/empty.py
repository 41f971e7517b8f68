"""What stands where the worklist has no rows: no ECG yet, none that matches, or none read yet."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.tokens import LIGHT, Theme
from cessl_gui.ui.parts.widgets import named

FORMATS = "WFDB, GE MUSE, HL7 aECG, Philips, Schiller, SCP-ECG, DICOM, EDF, ISHNE, HDF5, CSV, PDF and archives of them"
ZONE = (520, 220)


class EmptyList(QWidget):
    """import_wanted, clear_wanted : the button was pressed"""

    import_wanted = Signal()
    clear_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("empty_list")
        self.title = named(PlainLabel(), "empty_title", "Why the list is empty")
        self.title.setFont(font(tokens.SECTION))
        self.words = PlainLabel(wordWrap=True)
        self.button = named(QPushButton(), "import_first", "Import a folder of recordings")
        self.button.setMinimumHeight(tokens.BUTTON)
        self.button.clicked.connect(self._act)
        self.zone = QFrame()
        self.zone.setObjectName("drop_zone")
        self.zone.setFixedSize(*ZONE)
        inside = QVBoxLayout(self.zone)
        inside.setContentsMargins(24, 16, 24, 16)
        inside.addStretch(1)
        for label in (self.title, self.words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            inside.addWidget(label)
        inside.addSpacing(8)
        inside.addWidget(self.button, 0, Qt.AlignmentFlag.AlignCenter)
        inside.addStretch(1)
        column = QVBoxLayout(self)
        column.addWidget(self.zone, 0, Qt.AlignmentFlag.AlignCenter)
        # In a low window the rows, and not this, say how much room the list needs.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._has_records = False
        self.set_theme(LIGHT)

    def show_reason(self, *, is_opening: bool, has_records: bool) -> None:
        """is_opening : the project is being read; has_records : it has some, of which none matches"""
        self._has_records = has_records
        if has_records:
            title, words, button = "No ECG matches", "No ECG passes the filter and the search.", "Clear filter"
        elif is_opening:
            title, words, button = "Reading the project…", "The ECGs are listed in a moment.", ""
        else:
            title, words, button = "Drop a folder of recordings here", FORMATS, "Import a folder…"
        self.title.setText(title)
        self.words.setText(words)
        self.button.setText(button)
        self.button.setAccessibleName(button)
        self.button.setVisible(bool(button))
        self.set_theme(self.theme)

    def _act(self) -> None:
        (self.clear_wanted if self._has_records else self.import_wanted).emit()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        line = f"2px dashed {theme.border_strong}" if not self._has_records else "none"
        self.zone.setStyleSheet(f"#drop_zone {{ border: {line}; border-radius: {tokens.RADIUS_CARD}px; }}")
        self.words.setStyleSheet(f"color: {theme.muted};")
