"""The button that opens the note and the marks of an ECG: whether there is one, and how many there are."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter

from cessl_gui.ui.parts import theme as dressing
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.reading.key_button import CAP_PX, KeyButton, cap_width, draw_cap

DOT_PX, COUNT_PX = 6, 18
TIP = "Your note on this ECG, and the list of its marks"


class NoteButton(KeyButton):
    """Always as wide: it moves nothing. A dot says that there is a note, a figure how many marks."""

    def __init__(self) -> None:
        self._has_note, self._marks = False, 0
        super().__init__("Note", "T", TIP)
        self.setObjectName("open_note")

    def show_remarks(self, has_note: bool, marks: int) -> None:
        """Say whether there is a note, and how many marks."""
        if (has_note, marks) != (self._has_note, self._marks):
            self._has_note, self._marks = has_note, marks
            self._describe()
            self.update()

    def _describe(self) -> None:
        super()._describe()
        note = "a note" if self._has_note else "no note"
        marks = f"{self._marks} mark{'s' * (self._marks != 1)}"
        self.setAccessibleName(f"Note and marks: {note}, {marks}")

    def sizeHint(self) -> QSize:
        return QSize(self._word_width() + COUNT_PX + cap_width(self.key) + 12, tokens.TARGET)

    minimumSizeHint = sizeHint

    def _word_width(self) -> int:
        return QFontMetrics(self._text_font()).horizontalAdvance(self.text())

    def _paint_parts(self, painter: QPainter, text, line) -> None:
        wide, middle = self._word_width(), self.height() / 2
        ink = self.theme.color("accent" if self._has_note else "text")
        painter.setPen(ink)
        painter.setFont(self._text_font())
        painter.drawText(QRectF(COUNT_PX + 2, 0, wide + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
        if self._has_note:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink)
            painter.drawEllipse(QRectF(COUNT_PX + 2 + wide, middle - DOT_PX - 2, DOT_PX, DOT_PX))
        if self._marks:
            painter.setPen(self.theme.color("text"))
            painter.setFont(dressing.font(tokens.CAPTION))
            count = str(self._marks) if self._marks < 100 else "99+"
            painter.drawText(QRectF(0, 0, COUNT_PX, self.height()), Qt.AlignmentFlag.AlignCenter, count)
        cap = QRectF(self.width() - cap_width(self.key) - 2, middle - CAP_PX / 2, cap_width(self.key), CAP_PX)
        if self.key:
            draw_cap(painter, cap, self.key, line, self.theme.color("muted"))
