"""Small controls that several views share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QWidget,
)

from cessl_gui.ui.parts.plain_text import PlainLabel, literal, plain
from cessl_gui.ui.parts.tokens import Theme


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


class MessageBar(QFrame):
    """A line across the window that says something and waits without blocking; one button acts, the other closes."""

    closed = Signal()

    def __init__(self, name: str, close_text: str = "Close", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.text = PlainLabel(wordWrap=True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.action = QPushButton()
        self.action.setObjectName(f"{name}_action")
        self.close_button = QPushButton(close_text)
        self.close_button.setObjectName(f"{name}_close")
        self.close_button.setAccessibleName(close_text)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 5, 10, 5)
        row.addWidget(self.text, 1)
        row.addWidget(self.action)
        row.addWidget(self.close_button)
        self._act: Callable[[], None] | None = None
        self._going = QTimer(self, singleShot=True)
        self._going.timeout.connect(self.dismiss)
        self.action.clicked.connect(self._on_action)
        self.close_button.clicked.connect(self.dismiss)
        self.hide()

    def say(self, text: str, action: str = "", act: Callable[[], None] | None = None, seconds: int = 0) -> None:
        """Show a text, with a button if there is something to do about it.

        seconds : it goes by itself after so long; 0 stays until it is closed
        """
        self._going.stop()
        if seconds:
            self._going.start(1000 * seconds)
        self.text.setText(text)
        self.setAccessibleName(text)
        self.action.setText(literal(action))
        self.action.setAccessibleName(action)
        self.action.setVisible(bool(action))
        self._act = act
        self.show()

    def set_theme(self, theme: Theme) -> None:
        self.setStyleSheet(
            f"#{self.objectName()} {{ background: {theme.surface}; border: 1px solid {theme.warning};"
            f" border-left: 5px solid {theme.warning}; }}"
        )

    def dismiss(self) -> None:
        release_focus(self)
        self.hide()
        self.closed.emit()

    def _on_action(self) -> None:
        if self._act:
            self._act()


def table_to_read(table: QTableWidget, headings: Sequence[str]) -> QTableWidget:
    """Make a table one that is only read: no grid, no cursor, its first column as wide as there is room; returns it."""
    table.setHorizontalHeaderLabels(headings)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 7)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    table.setShowGrid(False)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return table


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
