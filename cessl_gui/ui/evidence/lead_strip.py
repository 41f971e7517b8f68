"""The drawer of twelve leads: what a statement loses without each lead, and what each lead says alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cessl_gui.core.statements.vocabulary import Vocabulary
from cessl_gui.core.types import LEADS_12, PerLead, rests_on
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.tokens import CAPTION, LIGHT, STRONG, Theme, Type

FULL_POINTS = 0.5  # the ends of the axis: one scale for all statements and records
LEAST_POINTS = 0.005  # a smaller change is drawn as none
TITLE, HEAD, ROW, FOOT = 24, 30, 15, 20  # heights in px
LEFT_MARGIN, NAME, NUMBER = 12, 32, 32  # widths in px
NOTHING = "no signal"  # in the place of figures that would be those of an empty lead
LEFT_OUT = "left out"
RIGHT, CENTRE, LEFT = (
    side | Qt.AlignmentFlag.AlignVCenter
    for side in (Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignLeft)
)


@dataclass(frozen=True)
class LeadRow:
    """change : of the probability when this lead is left out; alone : probability from it alone"""

    lead: str
    change: float
    alone: float


def sharp(box: QRectF) -> QRectF:
    """The box on whole pixels, so that its outline of one pixel is not blurred over two."""
    return QRectF(round(box.left()) + 0.5, round(box.top()) + 0.5, max(1, round(box.width())), round(box.height()))


class LeadStrip(QWidget):
    """Influence of one statement: per lead a bar left and right of the middle, and one from 0 to 1."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lead_strip")
        self.setAccessibleName("Influence per lead")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.theme = LIGHT
        self._title = self._said = ""
        self._rows: list[LeadRow] = []
        self._cut: float | None = None
        self._leads = frozenset(LEADS_12)
        self._left_out: frozenset[str] = frozenset()
        self._doubtful: dict[str, tuple[str, ...]] = {}
        self.show_per_lead(None, "", None)

    def sizeHint(self) -> QSize:
        return QSize(280, TITLE + HEAD + ROW * len(LEADS_12) + FOOT)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, self.sizeHint().height())

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.update()

    def set_notes(self, notes: dict[str, tuple[str, ...]]) -> None:
        """Leads with words about what is doubtful in them; they are drawn paler."""
        self._doubtful = notes
        self.update()

    def show_per_lead(
        self,
        per_lead: PerLead | None,
        code: str,
        vocabulary: Vocabulary | None,
        leads: Sequence[str] = LEADS_12,
        cut: float | None = None,
    ) -> None:
        """Show one statement of a per-lead result; None, or a statement unknown to the model, empties the drawer.

        leads : those that the prediction rests on; of the others there is nothing to say
        cut   : the statement's threshold
        """
        self._leads, self._cut = frozenset(leads), cut
        if per_lead is None or code not in per_lead.statements:
            self._rows, self._left_out = [], frozenset()
            self._title, self._said = "Influence: choose a statement that the model predicts", ""
        else:
            column = per_lead.statements.index(code)
            full = float(per_lead.full[column])
            self._left_out = frozenset(per_lead.left_out)
            self._rows = [
                LeadRow(lead, float(per_lead.without[i, column]) - full, float(per_lead.alone[i, column]))
                for i, lead in enumerate(LEADS_12)
            ]
            name = vocabulary[code].name if vocabulary else code
            short = vocabulary[code].abbreviation if vocabulary else code
            rest = [lead for lead in leads if lead not in self._left_out]
            self._title, self._said = "Influence per lead", f"{short} {full:.2f}"
            if len(rest) < len(LEADS_12):
                self._said += f" from {len(rest)} of 12"
            self.setAccessibleDescription(
                ". ".join([f"Influence · {name} · {full:.0%} {rests_on(rest)}", *map(self._words, self._rows)])
            )
            self.update()
            return
        self.setAccessibleDescription(self._title)
        self.update()

    def _words(self, row: LeadRow) -> str:
        if row.lead in self._left_out:
            return f"{row.lead}: {LEFT_OUT}"
        if row.lead not in self._leads:
            return f"{row.lead}: {NOTHING}"
        return f"{row.lead}: {100 * row.change:+.0f} points when left out, {row.alone:.0%} from it alone"

    # --- painting

    def _columns(self) -> tuple[QRectF, QRectF]:
        """Where the two axes lie, from the first row to the last."""
        room = self.width() - 2 * LEFT_MARGIN - NAME - 2 * NUMBER - 18
        top, high = TITLE + HEAD, ROW * len(LEADS_12)
        change = QRectF(LEFT_MARGIN + NAME, top, room * 0.55, high)
        alone = QRectF(change.right() + NUMBER + 12, top, room * 0.45, high)
        return change, alone

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint(painter)

    def _text(
        self, painter: QPainter, box: QRectF, words: str, color: str = "text", *, size: Type = CAPTION, align=LEFT
    ) -> None:
        painter.setFont(font(size))
        painter.setPen(self.theme.color(color))
        painter.drawText(box, int(align), words)

    def _paint(self, painter: QPainter) -> None:
        theme = self.theme
        painter.fillRect(self.rect(), theme.color("surface"))
        painter.fillRect(QRectF(0, 0, self.width(), 1), theme.color("border_strong"))
        head = QRectF(LEFT_MARGIN, 2, self.width() - 2 * LEFT_MARGIN, TITLE - 2)
        self._text(painter, head, self._title, size=STRONG if self._rows else CAPTION)
        self._text(painter, head, self._said, size=STRONG, align=RIGHT)
        if not self._rows:
            return
        change, alone = self._columns()
        self._axes(painter, change, alone)
        for number, row in enumerate(self._rows):
            self._row(painter, row, change.top() + number * ROW, (change, alone))
        self._legend(painter, change.bottom() + 2)

    def _axes(self, painter: QPainter, change: QRectF, alone: QRectF) -> None:
        top = change.top() - HEAD
        self._text(painter, QRectF(change.left() - 8, top, 130, 14), "left out, in points", "muted")
        self._text(painter, QRectF(alone.left(), top, 60, 14), "alone", "muted")
        for x, words in ((change.left(), "−50"), (change.center().x(), "0"), (change.right(), "+50")):
            self._text(painter, QRectF(x - 20, top + 14, 40, 14), words, "muted", align=CENTRE)
        for x, words in ((alone.left(), "0"), (alone.right(), "1")):
            self._text(painter, QRectF(x - 20, top + 14, 40, 14), words, "muted", align=CENTRE)
        for x in (change.left(), change.center().x(), change.right(), alone.left(), alone.right()):
            strong = x == change.center().x()
            painter.setPen(QPen(self.theme.color("border_strong" if strong else "border"), 1))
            painter.drawLine(QPointF(x, change.top()), QPointF(x, change.bottom()))
        if self._cut is not None:
            x = alone.left() + self._cut * alone.width()
            painter.setPen(QPen(self.theme.color("text"), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, change.top()), QPointF(x, change.bottom()))
            self._text(painter, QRectF(alone.right() - 40, top, 40 + NUMBER, 14), "┊ cut-off", "muted", align=RIGHT)

    def _row(self, painter: QPainter, row: LeadRow, top: float, columns: tuple[QRectF, QRectF]) -> None:
        change, alone = columns
        pale = row.lead in self._doubtful
        there = row.lead in self._leads and row.lead not in self._left_out
        name = f"{row.lead} ?" if pale else row.lead
        color = "text" if there and not pale else "muted"
        self._text(painter, QRectF(LEFT_MARGIN, top, NAME + 6, ROW), name, color, size=STRONG)
        if not there:
            words = LEFT_OUT if row.lead in self._left_out else NOTHING
            self._text(painter, QRectF(change.left(), top, change.width(), ROW), words, "muted", align=CENTRE)
            return
        self._change_bar(painter, row, QRectF(change.left(), top + 4, change.width(), ROW - 8), pale)
        points = f"{100 * row.change:+.0f}".replace("-", "−") if abs(row.change) >= LEAST_POINTS else "0"
        self._text(painter, QRectF(change.right(), top, NUMBER, ROW), points, color, align=RIGHT)
        bar = QRectF(alone.left(), top + 4, alone.width() * row.alone, ROW - 8)
        said = self._cut is not None and row.alone >= self._cut
        painter.fillRect(bar, self.theme.color("supports" if said else "unset", 110 if pale else 255))
        box = QRectF(alone.right(), top, NUMBER, ROW)
        self._text(painter, box, f"{row.alone:.2f}", color, align=RIGHT)

    def _change_bar(self, painter: QPainter, row: LeadRow, track: QRectF, pale: bool) -> None:
        """Filled to the left where the lead speaks for the statement, outlined to the right where against it."""
        if abs(row.change) < LEAST_POINTS:
            return
        long = track.width() / 2 * min(1.0, abs(row.change) / FULL_POINTS)
        middle = track.center().x()
        if row.change < 0:
            bar = QRectF(middle - long, track.top(), long, track.height())
            painter.fillRect(bar, self.theme.color("supports", 110 if pale else 255))
        else:
            painter.setPen(QPen(self.theme.color("opposes", 130 if pale else 255), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(sharp(QRectF(middle, track.top(), max(2.0, long), track.height())))

    def _legend(self, painter: QPainter, top: float) -> None:
        theme = self.theme
        painter.fillRect(QRectF(LEFT_MARGIN, top + 4, 14, 8), theme.color("supports"))
        self._text(painter, QRectF(LEFT_MARGIN + 18, top, 60, 16), "falls", "muted")
        box = QRectF(LEFT_MARGIN + 54, top + 4, 14, 8)
        painter.fillRect(box, QBrush(theme.color("opposes"), Qt.BrushStyle.BDiagPattern))
        painter.setPen(QPen(theme.color("opposes"), 1))
        painter.drawRect(box)
        self._text(painter, QRectF(LEFT_MARGIN + 72, top, 200, 16), "rises without it; ends: 50 points", "muted")

    def event(self, event: QEvent) -> bool:
        """The reason in words on hover, also why a lead is paler."""
        if event.type() == QEvent.Type.ToolTip and self._rows:
            index = min(len(LEADS_12) - 1, max(0, int((event.pos().y() - TITLE - HEAD) / ROW)))
            words = self._words(self._rows[index])
            doubtful = self._doubtful.get(LEADS_12[index])
            if doubtful:
                words += f". Doubtful: {', '.join(doubtful)}"
            QToolTip.showText(event.globalPos(), plain(words), self)
            return True
        return super().event(event)
