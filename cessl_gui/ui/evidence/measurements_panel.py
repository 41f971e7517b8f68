"""The drawer of measurements: the median beat with its marks, and the figures that come from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QScrollArea, QToolButton, QVBoxLayout, QWidget

from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.measurements import Measurements, tells_rhythm
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.measuring.measurements import bazett_warning, intervals
from cessl_gui.ui.evidence.measurement_table import MeasurementTable, StLevels
from cessl_gui.ui.evidence.median_beat import MedianBeat
from cessl_gui.ui.parts import icons, tokens
from cessl_gui.ui.parts.key_tips import with_keys
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.tokens import LIGHT, Theme
from cessl_gui.ui.parts.widgets import ElidedLabel, named, release_focus

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

ALL = "All"
BEAT_PX, FIGURES_PX = 166, 200  # least heights; with these all figures are in sight in a window of 1366 x 740

KEYS = (
    ("↑ ↓", "the mark before or after"),
    ("← →", "move the mark a sample (2 ms); with Shift five"),
    ("Delete", "clear your mark: the measured one is used again"),
)


class MeasurementsPanel(QFrame):
    """Follows the record that show_record names; asks the session to measure it while it is open.

    It lies over other parts of its parent, which says where, and takes the keyboard only where a person clicks into it.

    closed() : a person closed it
    """

    LEAST_HEIGHT = 320

    closed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "measurements", "Measurements")
        self._session = session
        self._record_id = ""
        self._measured: Measurements | None = None
        self._theme = LIGHT
        self.beat, self.table, self.levels = MedianBeat(), MeasurementTable(), StLevels()
        self.notes = named(PlainLabel(wordWrap=True), "measurement_notes", "About these measurements")
        self.notes.setContentsMargins(8, 4, 8, 8)
        self.beat.setMinimumHeight(BEAT_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(tokens.DRAWER_EDGE, 0, 0, 1)
        column.setSpacing(0)
        column.addLayout(self._title())
        column.addLayout(self._leads())
        column.addWidget(self.beat, 1)
        column.addWidget(self._figures())
        self.more.toggled.connect(self._refresh)
        self.beat.mark_set.connect(self._set_mark)
        self.beat.mark_moving.connect(self._moving)
        session.measurements_ready.connect(self._measured_came)
        session.changed.connect(self._on_changed)
        self.set_theme(LIGHT)
        self.hide()
        self._refresh()

    def _title(self) -> QHBoxLayout:
        self.about = named(ElidedLabel(), "measurement_about", "Which beats were measured")
        title = PlainLabel("Measurements")
        title.setObjectName("measurement_title")
        self.more = self._button("more_qtc", "More", "Also mean RR, and QTc by Framingham and Hodges")
        self.more.setCheckable(True)
        self.close_button = self._button("measurements_close", "", "Close the measurements")
        with_keys(self.close_button, "Close (Esc[ or {measurements}])")
        self.close_button.clicked.connect(self.close_drawer)
        row = QHBoxLayout()
        row.setContentsMargins(12, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(title)
        row.addWidget(self.about, 1)
        row.addWidget(self.more)
        row.addWidget(self.close_button)
        return row

    def _leads(self) -> QHBoxLayout:
        self.leads = QButtonGroup(self)
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(0)
        for lead in (ALL, *LEADS_12):
            named_as = "All leads alike" if lead == ALL else f"Lead {lead} before the others"
            button = self._button(f"beat_{lead}", lead, named_as)
            button.setCheckable(True)
            button.setChecked(lead == ALL)
            self.leads.addButton(button)
            row.addWidget(button)
        row.addStretch(1)
        self.leads.buttonClicked.connect(lambda button: self.beat.set_lead(button.text()))
        return row

    def _button(self, name: str, text: str, about: str, tip: str = "") -> QToolButton:
        button = named(QToolButton(), name, about, tip or about)
        button.setText(text)
        button.setProperty("quiet", True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _figures(self) -> QScrollArea:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self.table, self.levels, self.notes):
            column.addWidget(part)
        area = named(_Figures(self.notes), "measurement_figures", "Figures")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumHeight(FIGURES_PX)
        area.setWidget(inside)
        self._inside, self._area = inside, area
        return area

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setStyleSheet(
            f"#measurements {{ background: {theme.surface};"
            f" border-left: {tokens.DRAWER_EDGE}px solid {theme.border_strong};"
            f" border-bottom: 1px solid {theme.border_strong}; }}"
            f"#measurement_title {{ font-size: {tokens.SECTION.size_px}px; font-weight: 600; }}"
            f"#measurement_about, #measurement_notes {{ color: {theme.muted}; }}"
            f"#measurements QToolButton {{ min-width: 18px; min-height: {tokens.TARGET - 2}px; padding: 0 5px; }}"
            f"#measurements QTableView {{ border: none; }}"
        )
        self._inside.setStyleSheet(f"background: {theme.surface};")
        self.close_button.setIcon(icons.icon("x", theme.text))
        self.beat.set_theme(theme)
        self.levels.set_theme(theme)

    # --- the record ----------------------------------------------------------------------------------------------

    def show_record(self, record_id: str) -> None:
        """Turn to a record; it is measured in the background while the drawer is open."""
        if record_id != self._record_id:
            self._record_id, self._measured = record_id, None
        if self.isVisible():
            if record_id and (self._measured is None or (self._measured.has_beat and self._measured.beat_mv is None)):
                self._session.request_measurements(record_id)
            self._refresh()

    def open(self) -> None:
        """Show the drawer and measure the record it has been turned to. The focus stays where it is."""
        self.show()
        self.raise_()
        self.show_record(self._record_id)

    @Slot()
    def close_drawer(self) -> None:
        release_focus(self)
        self.hide()
        self.closed.emit()

    @Slot(object)
    def _measured_came(self, measured: Measurements) -> None:
        has_more = self._measured is None or self._measured.beat_mv is None
        if measured.record_id == self._record_id and (has_more or measured.beat_mv is not None):
            self._measured = measured
            self._refresh()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        concerned = not change.ids or self._record_id in change.ids
        if change.kind in (ChangeKind.MARKS, ChangeKind.READING, ChangeKind.PREDICTIONS) and concerned:
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
        if self.isVisible():
            marks = self._reader_marks()
            self.beat.empty = "Measuring…" if self._record_id else "No record open"
            self.beat.show_beat(self._measured, marks)
            self._fill(marks)

    def _fill(self, marks: dict[str, float]) -> None:
        """Fill the table; the reader's column has what the reader's marks change, the other marks being ours."""
        m = self._measured or Measurements(self._record_id)
        blind = not self._record_id or not self._session.prediction_shown(self._record_id)
        reader = {}
        if marks:
            both = intervals({**m.marks_ms, **marks}, m.values.get("rr"))
            reader = {name: value for name, value in both.items() if value != m.values.get(name)}
        self.table.fill(m, reader, more=self.more.isChecked(), blind=blind)
        self.levels.show_levels(m, blind=blind)
        waiting = "Measuring…" if self._measured is None and self._record_id else ""
        beats = f"median of {len(m.alike_s)} of {len(m.peaks_s)} beats" if m.has_beat else ""
        self.about.setText(waiting or beats or "No record open" * (not self._record_id))
        self.notes.setText(" ".join(sentences(m, blind)))
        self._area.updateGeometry()


class _Figures(QScrollArea):
    """As high as what is in it, where there is room for that; Qt's own is at most 24 lines high.

    Where there is less, it ends at a whole line of the notes below the figures.
    """

    def __init__(self, notes: PlainLabel) -> None:
        super().__init__()
        self._notes = notes
        notes.installEventFilter(self)  # they move as the figures above them come

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._end_at_a_line()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Move:
            self._end_at_a_line()
        return super().eventFilter(watched, event)

    def _end_at_a_line(self) -> None:
        first = self._notes.y() + self._notes.contentsMargins().top()
        line, room = self._notes.fontMetrics().lineSpacing(), self.height() - first
        whole = self.height() >= self.sizeHint().height()
        self.setViewportMargins(0, 0, 0, 0 if whole or room < 0 else room % line)

    def sizeHint(self) -> QSize:
        inside = self.widget()
        high = inside.heightForWidth(self.width()) if inside.hasHeightForWidth() else inside.sizeHint().height()
        return QSize(super().sizeHint().width(), high)


def sentences(m: Measurements, blind: bool) -> list[str]:
    """What is to be said about measurements. blind : without what tells the rhythm"""
    said = [*m.notes, *m.doubtful.values(), bazett_warning(m.values.get("rate"))]
    said += [] if blind else m.missing.values()
    return [s for s in dict.fromkeys(filter(None, said)) if not (blind and tells_rhythm(s))]
