"""The line above the page: whose ECG it is, and what was measured of it. Each has its place, whatever the record."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from cessl_gui.core.measurements import Measurements
from cessl_gui.core.types import Record, RecordInfo
from cessl_gui.ui.page.bars.figures import SLOTS, Slot, is_doubtful, reason, spoken, value_words
from cessl_gui.ui.page.layout.person import age_words, sex_words
from cessl_gui.ui.parts import icons, tokens
from cessl_gui.ui.parts.dates import moment_words
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.theme import font, width_of
from cessl_gui.ui.parts.tokens import LIGHT, Theme

GAP = 4
MARK = 14  # the "?" of a doubtful figure; its room is kept beside each figure
SIDE = 12


class Header(QWidget):
    """Name, age, sex and date at the left, the figures at the right.

    seen(record_id) : measured figures of this record are in sight now
    """

    seen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page_header")
        self.setAccessibleName("Record and measurements")
        self.setFixedHeight(tokens.HEADER)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.who = Who(self)
        self.figures = {slot.name: FigureView(slot, self) for slot in SLOTS}
        self._theme = LIGHT
        row = QHBoxLayout(self)
        row.setContentsMargins(SIDE, 0, SIDE - GAP, 1)
        row.setSpacing(0)
        row.addWidget(self.who, 1)
        for view in self.figures.values():
            row.addWidget(view)

    def show_record(self, record: Record | RecordInfo | None) -> None:
        """Say whose ECG it is; its figures come by show_measurements."""
        self.who.show_record(record)
        self.show_measurements(None, blind=True)

    def write_dates(self) -> None:
        """Write the date as it is chosen now."""
        self.who.write()

    def show_measurements(self, measured: Measurements | None, blind: bool) -> None:
        """Show figures, or dashes.

        blind : nothing that tells the rhythm is said beside them
        """
        for view in self.figures.values():
            view.show_figures(measured, blind)
        if measured is not None and measured.values:
            self.seen.emit(measured.record_id)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for part in (self.who, *self.figures.values()):
            part.set_theme(theme)
        self.update()

    def set_wide(self, wide: bool) -> None:
        """Whether there is room for all figures."""
        for view in self.figures.values():
            if view.slot.wide:
                view.setVisible(wide)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Show the figures that leave room for the name; where not all do, below their captions."""
        room = self.width() - 2 * SIDE - Who.LEAST
        shown = [view for view in self.figures.values() if not view.slot.wide or not view.isHidden()]
        for stacked in (False, True):
            for view in self.figures.values():
                view.set_stacked(stacked)
            if sum(view.sizeHint().width() for view in shown) <= room:
                break
        # The axes go first where that is not enough, then QT; rate stays longest.
        for view in shown:
            if view.slot.wide:
                continue
            with_those_before = sum(v.sizeHint().width() for v in shown[: shown.index(view) + 1])
            view.setVisible(with_those_before <= room)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("surface"))
            painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.color("border"))


class Who(QWidget):
    """Name, and age, sex and date; in two lines where the name is long."""

    LEAST = 120

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("page_who")
        self.setAccessibleName("Record")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._theme = LIGHT
        self._name = self._about = ""
        self._is_synthetic = False
        self._record: Record | RecordInfo | None = None

    def show_record(self, record: Record | RecordInfo | None) -> None:
        self._record = record
        self.write()

    def write(self) -> None:
        """Find the words for the record again."""
        record = self._record
        self._name = record.name if record else "No recording on the page"
        self._is_synthetic = record is not None and record.synthetic
        self._about = about_words(record) if record else ""
        whole = ", ".join(filter(None, (self._name, self._about, "synthetic" * self._is_synthetic)))
        self.setToolTip(plain(whole))
        self.setAccessibleDescription(whole)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        large, small = font(tokens.SECTION), font(tokens.BODY)
        mark = "SYNTHETIC" if self._is_synthetic else ""
        gap = 12.0
        needed = width_of(self._name, tokens.SECTION) + gap + width_of(self._about, tokens.BODY)
        one_line = needed + (width_of(mark, tokens.BODY) + gap if mark else 0) <= self.width()
        with QPainter(self) as painter:
            if one_line:
                x = self._draw(painter, large, self._name, "text", QRectF(self.rect())) + gap
                if mark:
                    x += self._draw(painter, small, mark, "note", QRectF(self.rect()).adjusted(x, 0, 0, 0)) + gap
                self._draw(painter, small, self._about, "muted", QRectF(self.rect()).adjusted(x, 0, 0, 0))
            else:
                half = self.height() / 2
                upper, lower = QRectF(0, 2, self.width(), half - 2), QRectF(0, half, self.width(), half - 2)
                self._draw(painter, font(tokens.STRONG), self._name, "text", upper)
                x = self._draw(painter, font(tokens.CAPTION), mark, "note", lower) + 8 if mark else 0.0
                self._draw(painter, font(tokens.CAPTION), self._about, "muted", lower.adjusted(x, 0, 0, 0))

    def _draw(self, painter: QPainter, letters, text: str, color: str, box: QRectF) -> float:
        painter.setFont(letters)
        painter.setPen(self._theme.color(color))
        side = Qt.TextElideMode.ElideMiddle if text is self._name else Qt.TextElideMode.ElideRight
        text = QFontMetricsF(letters).elidedText(text, side, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        return QFontMetricsF(letters).horizontalAdvance(text)


class FigureView(QWidget):
    """A caption, its figures, their unit, and a mark where they are doubtful; as wide as the widest figures need.

    Stacked, in a narrow header, the figures stand below their caption and unit.
    """

    def __init__(self, slot: Slot, parent: QWidget) -> None:
        super().__init__(parent)
        self.slot = slot
        self.setObjectName(f"figure_{slot.name}")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._theme = LIGHT
        self.doubtful = self._is_stacked = False
        self.text = ""
        self.show_figures(None, blind=True)

    def show_figures(self, measured: Measurements | None, blind: bool) -> None:
        text, doubtful = value_words(self.slot, measured, blind), is_doubtful(self.slot, measured)
        if (text, doubtful) != (self.text, self.doubtful):
            self.text, self.doubtful = text, doubtful
            self.update()
        why = reason(self.slot, measured, blind)
        named = "QTcF: corrected by Fridericia's formula. " if self.slot.name == "qt" else ""
        self.setToolTip(plain(f"{named}{why}".strip()))
        self.setAccessibleName(spoken(self.slot, measured, blind))
        self.setAccessibleDescription(why)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_stacked(self, on: bool) -> None:
        if on != self._is_stacked:
            self._is_stacked = on
            self.updateGeometry()
            self.update()

    @property
    def _heading(self) -> str:
        """What stands above the figures where they are stacked."""
        return f"{self.slot.caption} {self.slot.unit}".strip()

    def _widths(self, value: str) -> tuple[float, float, float]:
        unit = self.slot.unit
        caption = width_of(self.slot.caption, tokens.BODY) + GAP
        return caption, width_of(value, tokens.VALUE), width_of(unit, tokens.BODY) + GAP if unit else 0.0

    def sizeHint(self) -> QSize:
        width = round(sum(self._widths(self.slot.widest))) + MARK + 3 * GAP
        if self._is_stacked:
            value = width_of(self.slot.widest, tokens.STRONG) + MARK
            width = round(max(width_of(self._heading, tokens.CAPTION), value)) + 2 * GAP
        return QSize(width, tokens.HEADER - 1)

    minimumSizeHint = sizeHint

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            x = self._paint_stacked(painter) if self._is_stacked else self._paint_in_line(painter)
            if self.doubtful:
                mark = icons.pixmap("question", self._theme.warning, MARK)
                middle = (3 if self._is_stacked else 2) * self.height() // 4
                painter.drawPixmap(round(x + 2), middle - MARK // 2, mark)

    def _paint_stacked(self, painter: QPainter) -> float:
        """Returns where the figures end."""
        lines = ((self._heading, tokens.CAPTION, "muted"), (self.text, tokens.STRONG, "text"))
        for y, (text, size, color) in zip((2, self.height() // 2), lines, strict=True):
            painter.setFont(font(size))
            painter.setPen(self._theme.color(color))
            box = QRectF(GAP, y, self.width(), self.height() // 2 - 1)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        return GAP + width_of(self.text, tokens.STRONG)

    def _paint_in_line(self, painter: QPainter) -> float:
        """Returns where the unit ends."""
        caption, value, unit = self._widths(self.text)
        x = self.width() - MARK - GAP - unit - value - caption
        parts = ((self.slot.caption, caption, tokens.BODY, "muted"), (self.text, value, tokens.VALUE, "text"))
        for text, width, size, color in (*parts, (self.slot.unit, unit, tokens.BODY, "muted")):
            painter.setFont(font(size))
            painter.setPen(self._theme.color(color))
            inset = GAP if text is self.slot.unit else 0
            box = QRectF(x + inset, 0, width + 20, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
            x += width
        return x


def about_words(record: Record | RecordInfo) -> str:
    """Age, sex and date, e.g. "85 y · female · 5 Feb 2020 11:39"."""
    return " · ".join(filter(None, (age_words(record.age), sex_words(record.sex), moment_words(record.recorded_at))))
