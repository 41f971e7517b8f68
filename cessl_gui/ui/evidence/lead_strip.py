"""The strip of twelve leads: how a statement's probability changes without each lead, and what each says alone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cessl_gui.core.types import LEADS_12, PerLead, rests_on
from cessl_gui.core.vocabulary import Vocabulary
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.tokens import FONT_FAMILIES, LIGHT, Theme

FULL_BAR = 0.25  # a change of 25 points fills half a cell's bar; larger ones are cut off there, the number is not

NOTHING = "no signal"  # in the place of figures that would be those of an empty lead

LEGENDS = (
    "▼ falls without it   ▲ rises without it   below: from that lead alone",
    "▼ falls ▲ rises without it   below: alone",
    "▼ ▲ without it   below: alone",
)


class LeadStrip(QWidget):
    """Influence of one statement: per lead a bar, the change in points, the probability from it alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lead_strip")
        self.setAccessibleName("Influence per lead")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = LIGHT
        self._title = ""
        self._rows: list[tuple[str, float, float]] = []  # lead, change when left out, probability alone
        self._full = 0.0
        self._leads = frozenset(LEADS_12)
        self._doubtful: dict[str, tuple[str, ...]] = {}
        self.show_per_lead(None, "", None)

    def sizeHint(self) -> QSize:
        return QSize(600, 5 * self.fontMetrics().height() + 8)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, self.sizeHint().height())

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
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
    ) -> None:
        """Show one statement of a per-lead result; None, or a statement unknown to the model, empties the strip.

        leads : those that the prediction rests on; of the others there is nothing to say
        """
        self._leads = frozenset(leads)
        if per_lead is None or code not in per_lead.statements:
            self._rows = []
            self._title = "Influence: choose a statement that the model predicts"
        else:
            column = per_lead.statements.index(code)
            self._full = float(per_lead.full[column])
            self._rows = [
                (lead, float(per_lead.without[i, column]) - self._full, float(per_lead.alone[i, column]))
                for i, lead in enumerate(LEADS_12)
            ]
            name = vocabulary[code].name if vocabulary else code
            self._title = f"Influence · {name} · {self._full:.0%} {rests_on(leads)}"
        self.setAccessibleDescription(". ".join([self._title, *map(self._words, self._rows)]))
        self.update()

    def _words(self, row: tuple[str, float, float]) -> str:
        lead, change, alone = row
        if lead not in self._leads:
            return f"{lead}: {NOTHING}"
        return f"{lead}: {100 * change:+.0f} points when left out, {alone:.0%} from it alone"

    def _legend(self, width: float) -> str:
        """What the marks mean, in as many words as leave room for the title."""
        for legend in LEGENDS:
            if self.fontMetrics().horizontalAdvance(f"{self._title}   {legend}") <= width:
                return legend
        return LEGENDS[-1]

    def _cell(self, index: int) -> QRectF:
        line = self.fontMetrics().height()
        width = self.width() / len(LEADS_12)
        return QRectF(index * width, line + 4, width, self.height() - line - 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, line = self._theme, self.fontMetrics().height()
        painter.fillRect(self.rect(), theme.color("surface"))
        plain, bold = QFont(self.font()), QFont(self.font())
        for font in (plain, bold):
            font.setFamilies(FONT_FAMILIES)
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(plain)
        painter.setPen(theme.color("muted"))
        head = QRectF(8, 2, self.width() - 16, line)
        legend = self._legend(head.width()) if self._rows else ""
        painter.drawText(head, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, legend)
        metrics = painter.fontMetrics()
        room = head.width() - metrics.horizontalAdvance(f"{legend}   ")
        title = metrics.elidedText(self._title, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
        for index, lead in enumerate(LEADS_12):
            cell = self._cell(index)
            painter.setPen(theme.color("border"))
            if index:
                painter.drawLine(cell.topLeft(), cell.bottomLeft())
            pale = lead in self._doubtful
            painter.setFont(bold)
            painter.setPen(theme.color("muted" if pale or not self._rows else "text"))
            row = QRectF(cell.left(), cell.top() + 2, cell.width(), line)
            painter.drawText(row, Qt.AlignmentFlag.AlignCenter, lead)
            if self._rows:
                if lead in self._leads:
                    self._bar(painter, cell, self._rows[index], plain, pale)
                else:
                    painter.setFont(plain)
                    painter.setPen(theme.color("muted"))
                    painter.drawText(row.translated(0, 1.5 * line), Qt.AlignmentFlag.AlignCenter, NOTHING)

    def _bar(self, painter: QPainter, cell: QRectF, row: tuple[str, float, float], font: QFont, pale: bool) -> None:
        theme, line = self._theme, self.fontMetrics().height()
        _, change, alone = row
        middle = cell.center().x()
        half = cell.width() / 2 - 6
        track = QRectF(cell.left() + 6, cell.top() + line + 4, 2 * half, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("border", 130))
        painter.drawRoundedRect(track, 2, 2)
        # A lead whose loss lowers the probability speaks for the statement.
        painter.setBrush(theme.color("supports" if change < 0 else "opposes", 110 if pale else 255))
        long = half * min(1.0, abs(change) / FULL_BAR)
        left = middle if change < 0 else middle - long
        painter.drawRect(QRectF(left, track.top(), long, track.height()))
        painter.setFont(font)
        painter.setPen(theme.color("muted" if pale else "text"))
        mark = "▼" if change < -0.005 else "▲" if change > 0.005 else ""
        below = QRectF(cell.left(), track.bottom() + 2, cell.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, f"{mark} {abs(100 * change):.0f}" if mark else "0")
        painter.setPen(theme.color("muted"))
        below.translate(0, line)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, f"{alone:.0%}")

    def event(self, event: QEvent) -> bool:
        """The reason in words on hover, also why a lead is paler."""
        if event.type() == QEvent.Type.ToolTip and self._rows:
            index = min(len(LEADS_12) - 1, max(0, int(event.pos().x() / self.width() * len(LEADS_12))))
            words = self._words(self._rows[index])
            doubtful = self._doubtful.get(LEADS_12[index])
            if doubtful:
                words += f". Doubtful: {', '.join(doubtful)}"
            QToolTip.showText(event.globalPos(), plain(words), self)
            return True
        return super().event(event)
