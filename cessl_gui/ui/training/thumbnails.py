"""ECGs now right and now wrong: a strip of each, with what both models said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy

from cessl_gui.core.plural import counted
from cessl_gui.core.training.flipped import Flipped
from cessl_gui.ui.parts import icons
from cessl_gui.ui.parts.plain_text import PlainLabel, plain
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.tokens import BODY, RADIUS, STRONG, Theme
from cessl_gui.ui.training.cards import Card, Painted, link

if TYPE_CHECKING:
    from cessl_gui.bridge.models.shelf import Trace

SHOWN = 4
PX_PER_MM = 4.4
TEXT_HEIGHT = 58
LEAST_WIDTH = 140  # of a strip
LEAD = {"59118001": "V1", "164909002": "V1", "713427006": "V1", "713426002": "V1", "429622005": "V5", "164931005": "V3"}


def lead_of(code: str) -> str:
    """The lead that a reader looks at first for a statement."""
    return LEAD.get(code, "II")


class Thumbnail(Painted):
    """One ECG whose answer changed; a click opens it.

    opened(record_id, code)
    """

    opened = Signal(str, str)

    def __init__(self) -> None:
        super().__init__("thumbnail", "An ECG whose answer changed", 126)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.answer: Flipped | None = None
        self._name = self._words = ""
        self._trace: Trace | None = None

    def sizeHint(self) -> QSize:
        return QSize(154, 128)

    def show_answer(self, answer: Flipped, name: str, short: str) -> None:
        """name : of the record; short : the statement's abbreviation"""
        self.answer, self._name, self._trace = answer, name, None
        self._words = f"{short} {'present' if answer.label else 'absent'}"
        said = f"{name}, you: {self._words}; before {answer.before:.2f}, now {answer.after:.2f}"
        self.setAccessibleName(said)
        self.setToolTip(plain(f"{said}. Click to open it; Esc comes back."))
        self.update()

    def show_trace(self, trace: Trace) -> None:
        self._trace = trace
        self.update()

    def draw(self, painter: QPainter) -> None:
        theme, answer = self.theme, self.answer
        if answer is None:
            return
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(theme.color("accent" if self.hasFocus() else "border"), 2 if self.hasFocus() else 1))
        painter.setBrush(theme.color("surface"))
        painter.drawRoundedRect(box, RADIUS, RADIUS)
        paper = box.adjusted(1, 1, -1, -TEXT_HEIGHT)
        painter.save()
        painter.setClipRect(paper)
        self._paper(painter, paper)
        painter.restore()
        left, top, width = 8, paper.bottom() + 2, self.width() - 16
        # What tells long names apart stands at their end.
        name = QFontMetricsF(font(STRONG)).elidedText(self._name, Qt.TextElideMode.ElideMiddle, width)
        self.text(painter, QRectF(left, top, width, 18), name, size=STRONG)
        change = f"{answer.before:.2f} → {answer.after:.2f}"
        for number, (words, color) in enumerate(((self._words, "text"), (change, "muted"))):
            self.text(painter, QRectF(left, top + 18 + 17 * number, width, 17), words, size=BODY, color=color)

    def _paper(self, painter: QPainter, paper: QRectF) -> None:
        theme = self.theme
        painter.fillRect(paper, theme.color("page"))
        for step, field in ((PX_PER_MM, "grid_fine"), (5 * PX_PER_MM, "grid_coarse")):
            painter.setPen(QPen(theme.color(field), 1))
            for i in range(int(paper.width() / step) + 1):
                x = paper.left() + i * step
                painter.drawLine(QPointF(x, paper.top()), QPointF(x, paper.bottom()))
            for i in range(int(paper.height() / step) + 1):
                y = paper.top() + i * step
                painter.drawLine(QPointF(paper.left(), y), QPointF(paper.right(), y))
        trace = self._trace
        if trace is None:
            return
        wide = max(1, int(paper.width() / (25 * PX_PER_MM) * trace.fs_hz))
        mv = trace.mv[:wide]
        finite = mv[np.isfinite(mv)]
        if len(finite):
            x = paper.left() + np.arange(len(mv)) / trace.fs_hz * 25 * PX_PER_MM
            y = paper.center().y() + 4 - (mv - np.median(finite)) * 10 * PX_PER_MM * 0.6
            painter.setPen(QPen(theme.color("trace"), 1.1))
            known = np.isfinite(y)
            painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in zip(x[known], y[known], strict=True)]))
        label = QRectF(paper.left() + 5, paper.top() + 3, 28, 16)
        painter.fillRect(label, theme.color("page", 220))
        self.text(painter, label.adjusted(3, 0, 0, 0), trace.lead, size=STRONG, color="ink")

    def mousePressEvent(self, event) -> None:
        if self.answer is not None and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(self.answer.record_id, self.answer.code)

    def keyPressEvent(self, event) -> None:
        if self.answer is not None and event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(self.answer.record_id, self.answer.code)
        else:
            super().keyPressEvent(event)


class Changed(Card):
    """The ECGs of one kind, with a statement now right or now wrong; one ECG may be of both.

    opened(record_id, code);  listed(record ids) : all of them are wanted in the worklist
    """

    opened = Signal(str, str)
    listed = Signal(object)

    def __init__(self, what: str, icon: str, field: str) -> None:
        super().__init__(f"ECGs with a statement {what}")
        self._what, self._icon, self._field = what, icon, field
        self.mark = PlainLabel()
        self.side.insertWidget(0, self.mark)
        self.all = link(
            "Open all in the worklist", f"list_{what.replace(' ', '_')}", f"Open all ECGs with a statement {what}"
        )
        self.side.addWidget(self.all)
        self.hidden = PlainLabel()
        self.column.addWidget(self.hidden)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.thumbs = [Thumbnail() for _ in range(SHOWN)]
        for thumb in self.thumbs:
            row.addWidget(thumb, 1)
            thumb.opened.connect(self.opened)
        self.column.addLayout(row)
        self.column.addStretch(1)
        self._ids: list[str] = []
        self._filled = 0
        self.all.clicked.connect(lambda: self.listed.emit(tuple(self._ids)))

    def set_theme(self, theme: Theme) -> None:
        self.mark.setPixmap(icons.pixmap(self._icon, theme.color(self._field)))
        for thumb in self.thumbs:
            thumb.set_theme(theme)

    def show_answers(
        self, answers: Sequence[Flipped], unread: int, names: Mapping[str, str], short: Mapping[str, str]
    ) -> None:
        """answers : of ECGs that may be seen; unread : how many more there are that may not"""
        self._ids = list(dict.fromkeys(a.record_id for a in answers))
        self.title.setText(f"{counted(len(self._ids) + unread, 'ECG')} with a statement {self._what}")
        self.hidden.setText(f"{unread} of them hidden until you have read them" if unread else "")
        self.hidden.setVisible(bool(unread))
        self.all.setVisible(bool(self._ids))
        chosen = list({a.record_id: a for a in reversed(answers)}.values())[::-1][:SHOWN]
        for thumb, answer in zip(self.thumbs, chosen, strict=False):
            thumb.show_answer(answer, names.get(answer.record_id, answer.record_id), short[answer.code])
        self._filled = len(chosen)
        self._show_as_many_as_fit()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._show_as_many_as_fit()

    def _show_as_many_as_fit(self) -> None:
        room = max(1, (self.width() - 24) // LEAST_WIDTH)
        for number, thumb in enumerate(self.thumbs):
            thumb.setVisible(number < min(self._filled, room))

    def wanted(self) -> list[tuple[str, str]]:
        """(record id, lead) of the strips that are shown."""
        return [(t.answer.record_id, lead_of(t.answer.code)) for t in self.thumbs[: self._filled] if t.answer]

    def show_traces(self, traces: Sequence[Trace]) -> None:
        of = {trace.record_id: trace for trace in traces}
        for thumb in self.thumbs:
            if thumb.answer and thumb.answer.record_id in of:
                thumb.show_trace(of[thumb.answer.record_id])
