"""The table of figures: measured, the reader's, the device's; and the ST levels of the leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QTableWidget, QTableWidgetItem, QWidget

from cessl_gui.core.measurements import DEVICE_QUANTITIES, Measurements
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.measuring.measurements import bazett_warning
from cessl_gui.ui.page.bars.figures import sayable
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.tokens import LIGHT, Theme
from cessl_gui.ui.parts.units import VOLTAGES, voltage_unit
from cessl_gui.ui.parts.widgets import named, table_to_read

HEADINGS = ("Quantity", "Measured", "Yours", "Device", "Unit")
MEASURED, YOURS, DEVICE = 1, 2, 3  # columns
ROW_PX, HEADING_PX = 18, 22
LEVEL_PX = 17  # a line of the ST levels
NOT_STATED, HIDDEN = "not stated", "hidden"


@dataclass(frozen=True)
class Row:
    """One line of the table. joined : between its quantities; optional : only where it is asked for or stated"""

    words: str
    quantities: tuple[str, ...]
    joined: str = ""
    optional: bool = False

    @property
    def name(self) -> str:
        return self.quantities[0]

    @property
    def unit(self) -> str:
        return DEVICE_QUANTITIES[self.name][1]


def _single(name: str, optional: bool = False) -> Row:
    return Row(DEVICE_QUANTITIES[name][0], (name,), optional=optional)


ROWS = (
    _single("rate"),
    Row("RR, shortest to longest", ("rr_shortest", "rr_longest"), " – "),
    _single("rr", optional=True),
    *map(_single, ("p", "pr", "qrs", "qt", "qtc_fridericia", "qtc_bazett")),
    _single("qtc_framingham", optional=True),
    _single("qtc_hodges", optional=True),
    _single("qtc", optional=True),
    Row("Axes P, QRS, T", ("p_axis", "qrs_axis", "t_axis"), ", "),
)
ON_REQUEST = ("qtc_framingham", "qtc_hodges", "rr")


class MeasurementTable(QTableWidget):
    """Only to be read; a figure that is not there or not sure has its reason in the tooltip."""

    def __init__(self) -> None:
        super().__init__(len(ROWS), len(HEADINGS))
        named(self, "measurement_table", "Measurements")
        table_to_read(self, HEADINGS)
        self.verticalHeader().setMinimumSectionSize(ROW_PX)
        self.verticalHeader().setDefaultSectionSize(ROW_PX)
        self.horizontalHeader().setFixedHeight(HEADING_PX)
        for column in range(len(HEADINGS)):
            side = Qt.AlignmentFlag.AlignRight if MEASURED <= column <= DEVICE else Qt.AlignmentFlag.AlignLeft
            self.horizontalHeaderItem(column).setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self.setFrameShape(self.Shape.NoFrame)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def fill(self, m: Measurements, reader: Mapping[str, float], *, more: bool, blind: bool) -> None:
        """Show figures.

        reader : what the reader's marks change
        more   : rows that are shown on request too
        blind  : nothing that tells the rhythm is said, and nothing that the file says
        """
        warning = bazett_warning(m.values.get("rate"))
        for index, row in enumerate(ROWS):
            stated = not blind and any(name in m.device for name in row.quantities)
            self.setRowHidden(index, row.optional and not stated and not (more and row.name in ON_REQUEST))
            warned = warning if row.name == "qtc_bazett" and "qtc_bazett" in m.values else ""
            why = " ".join(dict.fromkeys(filter(None, (*reasons(row, m, blind), warned))))
            doubt = " ?" if any(name in m.doubtful for name in row.quantities) else ""
            measured = _joined(row, m.values)
            device = _joined(row, m.device) if stated else HIDDEN if blind and m.record_id else NOT_STATED
            cells = (
                row.words + (" ⚠" if warned else ""),
                measured + doubt if measured else "–",
                _joined(row, reader) if any(name in reader for name in row.quantities) else "–",
                device,
                row.unit,
            )
            for column, text in enumerate(cells):
                self.setItem(index, column, _item(row, column, text, why))
        heights = sum(self.rowHeight(i) for i in range(len(ROWS)) if not self.isRowHidden(i))
        self.setFixedHeight(heights + HEADING_PX + 2)


def reasons(row: Row, m: Measurements, blind: bool) -> list[str]:
    """Why figures of a row are not there or not sure; of one that is not there nothing while the reading is blind."""
    found = [m.figure(name).reason for name in row.quantities if not (blind and name not in m.values)]
    return [sayable(why, row.name, blind) for why in found]


def _joined(row: Row, figures: Mapping[str, float]) -> str:
    if not any(name in figures for name in row.quantities):
        return ""
    return row.joined.join(f"{figures[n]:.0f}".replace("-", "−") if n in figures else "–" for n in row.quantities)


def _item(row: Row, column: int, text: str, why: str) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setToolTip(plain(why))
    said = f"{row.words}, {HEADINGS[column]}: {text} {row.unit}. {why}" if MEASURED <= column <= DEVICE else row.words
    item.setData(Qt.ItemDataRole.AccessibleTextRole, said.strip())
    if column == MEASURED:
        item.setFont(font(tokens.STRONG))
    if MEASURED <= column <= DEVICE:
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item


class StLevels(QWidget):
    """ST level at J + 60 ms of each lead, in the chosen unit, in two lines."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "st_levels", "ST level at J + 60 ms")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = LIGHT
        self._levels: Mapping[str, float] = {}
        self._doubt = ""

    def sizeHint(self) -> QSize:
        return QSize(400, 3 * LEVEL_PX + 2)

    def show_levels(self, m: Measurements, *, blind: bool) -> None:
        """Show the levels. blind : nothing that tells the rhythm is said"""
        self._levels, self._doubt = m.st_mv, sayable(m.doubtful.get("st", ""), "st", blind)
        words = "; ".join(f"{lead} {level_words(self._levels.get(lead))}" for lead in LEADS_12)
        self.setAccessibleDescription(f"{words}. {self._doubt}")
        self.setToolTip(plain(self._doubt or "Above the line before the QRS complex, from the median beat."))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        width = (self.width() - 16) / 6
        with QPainter(self) as painter:
            painter.setFont(font(tokens.BODY))
            painter.setPen(self._theme.color("muted"))
            title = f"ST level at J + 60 ms, {VOLTAGES[voltage_unit()]}" + (" ?" if self._doubt else "")
            painter.drawText(QRectF(8, 0, self.width(), LEVEL_PX), left, title)
            for number, lead in enumerate(LEADS_12):
                box = QRectF(8 + (number % 6) * width, LEVEL_PX * (1 + number // 6), width - 14, LEVEL_PX)
                painter.setPen(self._theme.color("muted"))
                painter.drawText(box, left, lead)
                painter.setPen(self._theme.color("text"))
                painter.drawText(box, right, level_words(self._levels.get(lead)))


def level_words(mv: float | None) -> str:
    """ "+0.12", "−0.05", "0.00" in mV, "+120" in µV; a dash where there is none."""
    if mv is None:
        return "–"
    if voltage_unit() == "uV":
        return f"{10 * round(100 * mv):+d}".replace("-", "−") if abs(mv) >= 0.005 else "0"
    return f"{mv:+.2f}".replace("-", "−") if abs(mv) >= 0.005 else "0.00"
