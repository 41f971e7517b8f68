"""The page beside, or on top of, an earlier ECG of the same patient: which one, as what, and where it is shown."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from cessl_gui.core.types import Record
from cessl_gui.ecg.display.filters import DisplayFilter
from cessl_gui.ecg.hints import Hint
from cessl_gui.ecg.measuring.align import r_peaks_s
from cessl_gui.ecg.measuring.beats import LONGEST_S
from cessl_gui.ui.page.canvas import PageCanvas
from cessl_gui.ui.page.layout.filtering import AT_ONCE, filtered
from cessl_gui.ui.page.layout.mark_set import Marks
from cessl_gui.ui.page.layout.sheet import Earlier, Sheet, Stretch

MODES = {"off": "No comparison", "beside": "Earlier ECG next to this one", "over": "Earlier ECG behind this one"}
NOTHING, NOT_SURE = "Nothing to compare with", "Which ECG came first is not sure"
SIDE_BY_SIDE_FROM = 2.2  # width to height; below, one page under the other keeps them larger


def laid_behind(record: Record, other: Record, rhythm: tuple[str, ...]) -> Earlier:
    """An earlier ECG, to be drawn behind `record`: by the beats of a lead that both have, a rhythm lead if possible."""
    both = [lead for lead in (*rhythm, "II", *record.leads) if lead in record.leads and lead in other.leads]
    if not both:
        return Earlier(other, why="no lead that both have")
    if max(record.duration_s, other.duration_s) > LONGEST_S:  # finding the beats would hold the window
        return Earlier(other, why="longer than a minute")
    own, earlier = (r_peaks_s(r.signal_mv[r.leads.index(both[0])], r.fs_hz) for r in (record, other))
    if not (own.size and earlier.size):
        return Earlier(other, why=f"no beats found in {both[0]}")
    return Earlier(other, both[0], own, earlier)


def why_not_compared(record: Record | None, other: Record, longest: int) -> str:
    """Why two recordings are not compared, a sentence; "" where they are. longest : samples per lead"""
    if record is None or max(r.signal_mv.shape[1] for r in (record, other)) >= longest:
        return "Recordings as long as this are not compared."
    return "Recordings as long as this are not compared." if other.signal_mv.size > AT_ONCE else ""


class Comparison:
    """The earlier ECG that the page is compared with.

    mode    : one of MODES
    earlier : None until it came, and where there is none
    """

    def __init__(self) -> None:
        self.mode = "off"
        self.take(None, {}, "")

    def take(self, earlier: Record | None, notes: dict[str, tuple[str, ...]], words: str) -> None:
        """words : what is to be said of it, or why there is none"""
        self.earlier, self._notes, self._words = earlier, notes, words
        self._named = earlier and replace(earlier, name=f"Earlier: {earlier.name}")  # on a page of its own

    @property
    def hint(self) -> Hint | None:
        """What is to be said of the earlier one, or why there is none; None where there is nothing to say."""
        if self.mode == "off" or not self._words:
            return None
        return Hint(NOT_SURE if self.earlier else NOTHING, self._words, warns=False)

    def behind(self, sheet: Sheet, filters: DisplayFilter) -> Earlier | None:
        """The earlier ECG where it is to be drawn behind the one on the sheet, through the same filters."""
        if self.earlier is None or self.mode != "over":
            return None
        drawn = replace(self.earlier, signal_mv=filters.apply(self.earlier.signal_mv, self.earlier.fs_hz))
        return laid_behind(sheet.record, drawn, sheet.layout.rhythm)

    def beside(self, sheet: Sheet, filters: DisplayFilter, kept: Stretch | None) -> Sheet | None:
        """The earlier ECG where it is to have a page of its own, like `sheet`. kept : what was filtered of it before"""
        if self.earlier is None or self.mode != "beside":
            return None
        beside = replace(
            sheet,
            record=self._named,
            notes=self._notes,
            filters=filters.possible(self.earlier.fs_hz),
            filtered=kept,
            pyramid=None,
            calipers=(),
            marks=Marks(),
            tint=None,
            earlier=None,
            headline=True,
        )
        beside = replace(beside, t0_s=beside.begins_s(sheet.t0_s))
        return replace(beside, filtered=filtered(beside))


class Pages(QWidget):
    """The canvas of the page; with an earlier ECG beside it a second one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = PageCanvas(self)
        self.other = PageCanvas(self)
        self.other.setObjectName("earlier_canvas")
        self.other.setAccessibleName("ECG traces of the earlier recording")
        self.other.can_measure = False
        self.other.hide()
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(2)
        self._row.addWidget(self.canvas, 1)
        self._row.addWidget(self.other, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._row, 1)

    def show_sheet(self, sheet: Sheet, beside: Sheet | None) -> None:
        """beside : the earlier ECG, on a page of its own"""
        self.canvas.show_sheet(sheet)
        self.other.setVisible(beside is not None)
        if beside is not None:
            self.other.show_sheet(beside)

    def set_true_size(self, dots_per_mm: float | None) -> None:
        for canvas in (self.canvas, self.other):
            canvas.set_true_size(dots_per_mm)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() > SIDE_BY_SIDE_FROM * self.height()
        self._row.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
