"""What the program is and which keys it takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QGridLayout,
    QScrollArea,
    QWidget,
)

from cessl_gui import RESEARCH_USE_ONLY, __version__
from cessl_gui.ui.parts.beside import Beside
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    pass


class KeysDialog(Beside):
    """All keys on one page."""

    def __init__(self, keys: Iterable[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent, "keys", "Keys", QSize(640, 560))
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(16)
        for row, (key, what) in enumerate(keys):
            cap = PlainLabel(key)
            cap.setStyleSheet("border: 1px solid palette(mid); border-radius: 3px; padding: 1px 6px;")
            grid.addWidget(cap, row, 0)
            grid.addWidget(PlainLabel(what, wordWrap=True), row, 1)
        grid.setRowStretch(grid.rowCount(), 1)
        scroll = named(QScrollArea(), "keys_list", "Keys")
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        self.column.addWidget(scroll)
        self.add_close()


class AboutDialog(Beside):
    """What the program is, and what it is not for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, "about", "About cessl-gui", QSize(520, 280))
        name = f"cessl-gui {__version__}"
        for text in (
            name,
            RESEARCH_USE_ONLY,
            "Label ECGs, fine-tune a model on your labels by CE-SSL (arXiv 2406.14377), read its predictions by lead.",
            "Nothing leaves this computer: the program opens no network connection. MIT licence.",
        ):
            label = PlainLabel(text, wordWrap=True)
            font = label.font()
            font.setBold(text in (name, RESEARCH_USE_ONLY))
            label.setFont(font)
            self.column.addWidget(label)
        self.column.addStretch(1)
        self.add_close()
