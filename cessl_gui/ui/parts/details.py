"""The technical details of a problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QPlainTextEdit,
    QWidget,
)

from cessl_gui.ui.parts.beside import Beside
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    pass


class DetailsDialog(Beside):
    """The technical details of a problem, to be copied for whoever maintains the program."""

    def __init__(self, what: str, details: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, "details", "Details", QSize(760, 420))
        self.column.addWidget(PlainLabel(what, wordWrap=True))
        text = named(QPlainTextEdit(details), "details_text", "Details")
        text.setReadOnly(True)
        self.column.addWidget(text)
        self.add_close()
