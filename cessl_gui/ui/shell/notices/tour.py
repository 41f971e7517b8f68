"""A tour of two minutes: a card over the window that goes from room to room."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.widgets import named

WIDTH = 360
FROM_EDGE = 24


class Stop(NamedTuple):
    room: str
    title: str
    text: str


STOPS = (
    Stop("read", "The page", "An ECG as on paper. Double-click a lead, or hold Z, to magnify it. M sets calipers."),
    Stop("read", "Your reading", "Say of a statement: present, uncertain or absent, by its buttons or by digits and /. "
         "Each click is saved at once. What you do not label is not assessed."),
    Stop("read", "Blind until you confirm", "What the model and the file say stays hidden until you confirm. "
         "Enter confirms, and the next unread ECG opens; the status bar tells what the others said of the last one."),
    Stop("read", "Earlier ECGs", "Compare shows an earlier ECG of the patient, next to this one or behind it."),
    Stop("worklist", "The worklist", "All ECGs, sorted and filtered. Choose several to defer, exclude or export them."),
    Stop("model", "Your model", "One button trains a model on your labels while you go on reading. "
         "The evidence says, statement by statement, whether it is better. You decide which version is used."),
    Stop("help", "Help", "The manual and all keys are here, and the tour, to be taken again."),
)  # fmt: skip


class Tour(QFrame):
    """room_wanted(name) : the tour goes there;  ended : closed, or at its end"""

    room_wanted = Signal(str)
    ended = Signal()

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        named(self, "tour", "Tour")
        self.setProperty("card", True)
        self.setAutoFillBackground(True)
        self.setFrameShape(QFrame.Shape.Box)
        self.setFixedWidth(WIDTH)
        self.title = PlainLabel()
        self.title.setFont(font(tokens.SECTION))
        self.text = PlainLabel(wordWrap=True)
        self.count = PlainLabel()
        self.back = named(QPushButton("Back"), "tour_back", "One stop back")
        self.next = named(QPushButton("Next"), "tour_next", "To the next stop")
        self.end = named(QPushButton("End"), "tour_end", "End the tour")
        for button, act in ((self.back, lambda: self._go(-1)), (self.next, lambda: self._go(1)), (self.end, self.stop)):
            button.clicked.connect(act)
        row = QHBoxLayout()
        row.addWidget(self.count)
        row.addStretch(1)
        for button in (self.end, self.back, self.next):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        for part in (self.title, self.text):
            column.addWidget(part)
        column.addLayout(row)
        self._at = 0
        self.hide()

    def start(self) -> None:
        self._at = 0
        self._show()

    def stop(self) -> None:
        self.hide()
        self.ended.emit()

    def keyPressEvent(self, event) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.stop()
        else:
            super().keyPressEvent(event)

    def _go(self, by: int) -> None:
        if self._at + by >= len(STOPS):
            self.stop()
            return
        self._at = max(0, self._at + by)
        self._show()

    def _show(self) -> None:
        stop = STOPS[self._at]
        self.title.setText(stop.title)
        self.text.setText(stop.text)
        self.count.setText(f"{self._at + 1} of {len(STOPS)}")
        self.back.setEnabled(self._at > 0)
        self.next.setText("Next" if self._at + 1 < len(STOPS) else "Done")
        self.room_wanted.emit(stop.room)
        self.adjustSize()
        self.resize(WIDTH, self.heightForWidth(WIDTH) if self.hasHeightForWidth() else self.height())
        over = self.parentWidget()
        self.move(FROM_EDGE, max(0, over.height() - self.height() - 2 * FROM_EDGE))
        self.show()
        self.raise_()
        self.next.setFocus()
