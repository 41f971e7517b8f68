"""All statements by all leads: the same bars as in the drawer, side by side, in a window of its own."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QScrollArea, QSizePolicy, QWidget

from cessl_gui.core.statements.vocabulary import Vocabulary
from cessl_gui.core.types import LEADS_12, PerLead
from cessl_gui.ui.evidence.lead_strip import FULL_POINTS, LEAST_POINTS, sharp
from cessl_gui.ui.parts.beside import Beside
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.tokens import CAPTION, LIGHT, STRONG, Theme
from cessl_gui.ui.parts.widgets import named

NAME, CELL, ROW, HEAD = 290, 50, 22, 24


class LeadTable(QWidget):
    """One row a statement, the likeliest first, one column a lead."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("lead_table")
        self.setAccessibleName("Influence of each lead on each statement")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.theme = LIGHT
        self._per_lead: PerLead | None = None
        self._rows: list[tuple[str, int]] = []
        self._alone = False

    def show_per_lead(self, per_lead: PerLead, vocabulary: Vocabulary, *, alone: bool = False) -> None:
        """alone : show what each lead says by itself in place of what is lost without it"""
        self._per_lead, self._alone = per_lead, alone
        order = sorted(range(len(per_lead.statements)), key=lambda column: -float(per_lead.full[column]))
        self._rows = [(vocabulary[per_lead.statements[column]].name, column) for column in order]
        self.setFixedSize(self.sizeHint())
        self.setAccessibleDescription(". ".join(self._words(name, column) for name, column in self._rows))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(NAME + 44 + CELL * len(LEADS_12) + 8, HEAD + ROW * len(self._rows) + 8)

    def _words(self, name: str, column: int) -> str:
        assert self._per_lead is not None
        found = self._per_lead
        values = found.alone[:, column] if self._alone else 100 * (found.without[:, column] - found.full[column])
        said = ", ".join(
            f"{lead} {value:.2f}" if self._alone else f"{lead} {value:+.0f}"
            for lead, value in zip(LEADS_12, values, strict=True)
        )
        return f"{name} {found.full[column]:.2f}: {said}"

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._per_lead is None:
            return
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self.theme.color("surface"))
            for number, lead in enumerate(LEADS_12):
                box = QRectF(NAME + 44 + number * CELL, 0, CELL, HEAD)
                self._text(painter, box, lead, strong=True, align=Qt.AlignmentFlag.AlignCenter)
            for number, (name, column) in enumerate(self._rows):
                self._row(painter, name, column, HEAD + number * ROW)

    def _text(self, painter: QPainter, box: QRectF, words: str, *, strong: bool = False, align=None) -> None:
        painter.setFont(font(STRONG if strong else CAPTION))
        painter.setPen(self.theme.color("text"))
        painter.drawText(box, int(align or Qt.AlignmentFlag.AlignVCenter), words)

    def _row(self, painter: QPainter, name: str, column: int, top: float) -> None:
        assert self._per_lead is not None
        full = float(self._per_lead.full[column])
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, NAME - 8)
        self._text(painter, QRectF(8, top, NAME, ROW), shown)
        self._text(painter, QRectF(NAME, top, 44, ROW), f"{full:.2f}", strong=True)
        for number, lead in enumerate(LEADS_12):
            cell = QRectF(NAME + 44 + number * CELL + 4, top + 7, CELL - 8, ROW - 14)
            if lead in self._per_lead.left_out:
                continue
            if self._alone:
                self._share(painter, cell, float(self._per_lead.alone[number, column]))
            else:
                self._change(painter, cell, float(self._per_lead.without[number, column]) - full)

    def _share(self, painter: QPainter, cell: QRectF, share: float) -> None:
        painter.fillRect(cell, self.theme.color("track"))
        cell.setWidth(cell.width() * share)
        painter.fillRect(cell, self.theme.color("unset"))

    def _change(self, painter: QPainter, cell: QRectF, change: float) -> None:
        middle = cell.center().x()
        painter.setPen(QPen(self.theme.color("border_strong"), 1))
        painter.drawLine(QPointF(middle, cell.top() - 5), QPointF(middle, cell.bottom() + 5))
        if abs(change) < LEAST_POINTS:
            return
        long = cell.width() / 2 * min(1.0, abs(change) / FULL_POINTS)
        if change < 0:
            bar = QRectF(middle - long, cell.top(), long, cell.height())
            painter.fillRect(bar, self.theme.color("supports"))
        else:
            painter.setPen(QPen(self.theme.color("opposes"), 1))
            painter.drawRect(sharp(QRectF(middle, cell.top(), max(2.0, long), cell.height())))


class LeadTableDialog(Beside):
    """Stays open beside the record it is of, and empties when another one is opened."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, "lead_table_window", "Influence of each lead on each statement", QSize(1000, 640))
        self.table = LeadTable()
        self.note = PlainLabel(
            "Left: the probability falls without the lead; outlined, right: it rises. Ends: 50 points.", wordWrap=True
        )
        self.alone = named(QCheckBox("What each lead says alone, 0 to 1"), "lead_table_alone", "Each lead alone")
        scroll = QScrollArea()
        scroll.setWidget(self.table)
        self.column.addWidget(self.note)
        self.column.addWidget(self.alone)
        self.column.addWidget(scroll, 1)
        self.add_close()
        self._shown: tuple[PerLead, Vocabulary] | None = None
        self.alone.toggled.connect(self._again)

    def show_per_lead(self, per_lead: PerLead, vocabulary: Vocabulary, theme: Theme) -> None:
        self._shown = per_lead, vocabulary
        self.table.theme = theme
        self._again()

    @Slot()
    def _again(self) -> None:
        if self._shown is not None:
            self.table.show_per_lead(*self._shown, alone=self.alone.isChecked())
