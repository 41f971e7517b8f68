"""The phases of a training in a row: which are over, and how long each took or takes."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from cessl_gui.core.training.pace import Pace
from cessl_gui.ui.parts.tokens import BODY, CAPTION, STRONG, Type
from cessl_gui.ui.training.cards import Painted, width_of


class Phases(Painted):
    """The phases of a training, each with its bar and its time."""

    def __init__(self) -> None:
        super().__init__("phases", "Phases of the training", 72)
        self._pace: Pace | None = None
        self._message = ""

    def show_pace(self, pace: Pace | None, message: str = "") -> None:
        self._pace, self._message = pace, message
        if pace is not None:
            self.setAccessibleDescription(", ".join(f"{p}: {pace.share_of(p):.0%}" for p in pace.phases))
        self.update()

    def draw(self, painter: QPainter) -> None:
        pace = self._pace
        if pace is None or not pace.phases:
            return
        phases = pace.phases
        each = self.width() / len(phases)
        for number, phase in enumerate(phases):
            box = QRectF(number * each, 2, each - 8, 6)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("track"))
            painter.drawRoundedRect(box, 3, 3)
            share, is_now = pace.share_of(phase), phase == pace.phase
            painter.setBrush(self.theme.color("accent"))
            if share:
                painter.drawRoundedRect(QRectF(box.left(), box.top(), box.width() * share, box.height()), 3, 3)
            took, expected = pace.took(phase), pace.expected(phase)
            if is_now:
                below = self._message
            elif took is not None:
                below = f"done, {took:.0f} s"
            else:
                below = f"about {expected:.0f} s" if expected is not None else ""
            size = STRONG if is_now else BODY
            mark = "● " if is_now else "✓ " if took is not None else "○ "
            room, top = each - 10, 14
            for line in in_two(mark + phase, room, size):
                self.text(painter, QRectF(box.left(), top, room, 18), line, size=size)
                top += 18
            if width_of(below, CAPTION) <= room:
                self.text(painter, QRectF(box.left(), top, room, 18), below, size=CAPTION, color="muted")


def in_two(words: str, room: float, size: Type) -> list[str]:
    """Words in one line, or in two where one has no room for them; of longer ones as many as there is room for."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if width_of(longer, size) <= room or not lines[-1]:
            lines[-1] = longer
        elif len(lines) == 2:
            return [*lines[:1], f"{lines[1]} …"]
        else:
            lines.append(word)
    return lines
