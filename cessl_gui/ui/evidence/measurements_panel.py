"""The measurements of the open record: ours beside the reader's and the device's, and the median beat of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cessl_gui.core.measurements import DEVICE_QUANTITIES, QUANTITIES, Measurements
from cessl_gui.core.types import Change
from cessl_gui.ecg.measurements import bazett_warning, intervals
from cessl_gui.ui.evidence.median_beat import MedianBeat
from cessl_gui.ui.parts.beside import Beside
from cessl_gui.ui.parts.plain_text import PlainLabel, plain
from cessl_gui.ui.parts.tokens import Theme
from cessl_gui.ui.parts.widgets import named, table_to_read

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

OPTIONAL = ("qtc_framingham", "qtc_hodges")
HEADINGS = ("", "Measured", "Reader", "Device", "")
FIGURES, DEVICE = (1, 2, 3), 3  # columns

KEYS = (
    ("↑ ↓", "the mark before or after"),
    ("← →", "move the mark a sample (2 ms); with Shift five"),
    ("Delete", "take your mark back: the measured one holds again"),
)


class MeasurementsPanel(Beside):
    """Follows the record that show_record names; asks the session to measure it while the window is open."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent, "measurements", "Measurements", QSize(980, 480))
        self._session = session
        self._record_id = ""
        self._measured: Measurements | None = None
        self.beat = MedianBeat()
        self.table = named(QTableWidget(len(DEVICE_QUANTITIES), len(HEADINGS)), "measurement_table", "Measurements")
        self.more = named(QCheckBox("Framingham and Hodges"), "more_qtc", "Also QTc by Framingham and Hodges")
        self.notes = named(PlainLabel(wordWrap=True), "measurement_notes", "About these measurements")
        table_to_read(self.table, HEADINGS).setMinimumWidth(420)  # with the longest words, and the device's column
        left = QVBoxLayout()
        for part in (self.table, self.more, self.notes):
            left.addWidget(part)
        row = QHBoxLayout()
        row.addLayout(left, 2)
        row.addWidget(self.beat, 3)
        self.column.addLayout(row)
        self.more.toggled.connect(self._refresh)
        self.beat.mark_set.connect(self._set_mark)
        self.beat.mark_moving.connect(self._moving)
        session.measurements_ready.connect(self._measured_came)
        session.changed.connect(self._on_changed)
        self._refresh()

    def set_theme(self, theme: Theme) -> None:
        self.beat.set_theme(theme)

    def show_record(self, record_id: str) -> None:
        """Turn to a record; it is measured in the background once the window is open."""
        if record_id != self._record_id:
            self._record_id, self._measured = record_id, None
        if self.isVisible() and record_id and self._measured is None:
            self._session.request_measurements(record_id)
        self._refresh()

    def open(self) -> None:
        """Show the window and measure the record it has been turned to."""
        self.show()
        self.raise_()
        self.beat.setFocus()
        self.show_record(self._record_id)

    @Slot(object)
    def _measured_came(self, measured: Measurements) -> None:
        if measured.record_id == self._record_id:
            self._measured = measured
            self._refresh()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.kind == "marks" and self._record_id in change.ids:
            self._refresh()

    @Slot(str, object)
    def _set_mark(self, mark: str, ms: float | None) -> None:
        self._session.set_mark(self._record_id, mark, ms)
        self._refresh()  # a refused commit too: the view shows what is stored

    @Slot(str, float)
    def _moving(self, mark: str, ms: float) -> None:
        self._fill(self._reader_marks() | {mark: ms})

    def _reader_marks(self) -> dict[str, float]:
        return self._session.reader_marks(self._record_id) if self._record_id else {}

    @Slot()
    def _refresh(self) -> None:
        marks = self._reader_marks()
        self.beat.show_beat(self._measured, marks)
        self._fill(marks)

    def _fill(self, marks: dict[str, float]) -> None:
        """Fill the table; the reader's column has what the reader's marks change, the other marks being ours.

        The device's column is there only where the recording states its figures.
        """
        m = self._measured or Measurements(self._record_id)
        reader = {}
        if marks:
            both = intervals({**m.marks_ms, **marks}, m.values.get("rr"))
            reader = {name: value for name, value in both.items() if value != m.values.get(name)}
        warning = bazett_warning(m.values.get("rate"))
        self.table.setColumnHidden(DEVICE, not m.device)
        for row, (name, (words, unit)) in enumerate(DEVICE_QUANTITIES.items()):
            unasked = name in OPTIONAL and not self.more.isChecked()
            self.table.setRowHidden(row, unasked or (name not in QUANTITIES and name not in m.device))
            ours = m.values.get(name)
            warned = warning if name == "qtc_bazett" and ours is not None else ""
            doubt = m.doubtful.get(name, "")
            why = m.missing.get(name, "") if ours is None else " ".join(filter(None, (doubt, warned)))
            figures = (
                _figure(ours) + (" ?" if doubt else ""),
                _figure(reader.get(name), ""),
                _figure(m.device.get(name), ""),
            )
            cells = (f"{words} ⚠" if warned else words, *figures, unit)
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(plain(why))
                said = f"{words}, {HEADINGS[column]}: {text} {unit}. {why}" if column in FIGURES else words
                item.setData(Qt.ItemDataRole.AccessibleTextRole, said.strip())
                if column in FIGURES:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)
        name = f"{self._session.info(self._record_id).name}." if self._record_id else "No record open."
        waiting = "" if self._measured or not self._record_id else "Measuring ..."
        sentences = dict.fromkeys((name, waiting, *m.notes, *m.missing.values(), *m.doubtful.values(), warning))
        self.notes.setText(" ".join(filter(None, sentences)))


def _figure(value: float | None, none: str = "–") -> str:
    return none if value is None else f"{value:.0f}"
