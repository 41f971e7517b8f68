"""Small controls that several views share."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QLineEdit,
    QSizePolicy,
    QTableWidget,
    QWidget,
)

from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.plain_text import PlainLabel, plain


class ElidedLabel(PlainLabel):
    """A line of text that shortens itself with an ellipsis where there is no room; the tooltip has all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.bold = False  # not by setFont: a change of theme gives all widgets the program's font again
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(plain(text))

    def set_bold(self, bold: bool) -> None:
        if bold != self.bold:
            self.bold = bold
            self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance("mmm"), super().minimumSizeHint().height())

    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        font = self.font()
        font.setBold(self.bold)
        painter.setFont(font)
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), text)


class TypingEdit(QLineEdit):
    """A text box that keeps Enter, Escape and the arrows for itself: elsewhere in the window they act on the record.

    navigated : -1 or +1 for Up and Down;  left : Escape
    entered   : Enter, with the keyboard modifiers
    """

    navigated = Signal(int)
    left = Signal()
    entered = Signal(object)

    _KEPT = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_Up, Qt.Key.Key_Down)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and event.key() in self._KEPT:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event) -> None:
        match event.key():
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                self.navigated.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.entered.emit(event.modifiers())
            case Qt.Key.Key_Escape:
                self.clear()
                self.left.emit()
            case _:
                super().keyPressEvent(event)


def table_to_read(table: QTableWidget, headings: Sequence[str]) -> QTableWidget:
    """Make a table one that is only read: no grid, no cursor, its first column as wide as there is room; returns it."""
    table.setHorizontalHeaderLabels(headings)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 7)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    table.setShowGrid(False)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return table


def put_box(table: QTableWidget, row: int, column: int, box: QWidget) -> None:
    """Put a control into a cell, its column as wide as the widest: Qt measures a column before these come."""
    table.setCellWidget(row, column, box)
    header = table.horizontalHeader()
    if header.sectionResizeMode(column) != QHeaderView.ResizeMode.Fixed:
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(column, header.sectionSizeHint(column))
    width = box.sizeHint().width() + 2 * tokens.CELL
    if header.sectionSize(column) < width:
        header.resizeSection(column, width)


def release_focus(widget: QWidget) -> None:
    """Call before hiding a control that may have the focus. Qt would hand the focus to the next control, say a text
    box or an answer of a statement, where the reader's next key would do something else than meant."""
    focus = QApplication.focusWidget()
    if focus is not None and (focus is widget or widget.isAncestorOf(focus)):
        widget.window().setFocus()


def named(widget: QWidget, object_name: str, accessible: str, tip: str = "") -> QWidget:
    """Give a control its object name, its accessible name and its tooltip; returns it."""
    widget.setObjectName(object_name)
    widget.setAccessibleName(accessible)
    if tip:
        widget.setToolTip(plain(tip))
    return widget
