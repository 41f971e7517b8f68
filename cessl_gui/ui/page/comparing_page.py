"""A page that compares its recording with an earlier ECG of the patient: how, with which, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from cessl_gui.core.types import Record
from cessl_gui.ecg.display.filters import DisplayFilter
from cessl_gui.ui.page.comparing import MODES, Comparison, why_not_compared

if TYPE_CHECKING:
    from cessl_gui.ui.page.bars.toolbar import Toolbar
    from cessl_gui.ui.page.layout.sheet import Sheet

PYRAMID_FROM = 500_000  # samples per lead; shorter recordings are reduced on the fly
Notes = dict[str, tuple[str, ...]]


class ComparingPage(QWidget):
    """Who inherits has a toolbar and a sheet, and shows what changes on it.

    earlier_wanted(id) an earlier ECG of the patient is to be compared, "": the last one; answered by show_earlier
    """

    earlier_wanted = Signal(str)
    toolbar: Toolbar
    _sheet: Sheet

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filters = DisplayFilter()
        self._comparison = Comparison()

    def _show(self, **changes) -> None:
        """Show the sheet with these changes."""
        raise NotImplementedError

    def _show_comparison(self) -> None:
        self._show(earlier=self._comparison.behind(self._sheet, self._filters))

    @property
    def comparing(self) -> str:
        """One of comparing.MODES."""
        return self._comparison.mode

    @Slot(str)
    def set_comparing(self, mode: str) -> None:
        """One of comparing.MODES."""
        self._comparison.mode = mode
        self.toolbar.say_comparing(mode)
        if mode == "off" or self._comparison.earlier is not None or self._sheet.record is None:
            self._show_comparison()
        else:
            self.earlier_wanted.emit("")

    @Slot(str)
    def compare_with(self, record_id: str) -> None:
        """Compare with this earlier ECG: as chosen before, else next to this one."""
        if self.comparing == "off":
            self._comparison.mode = "beside"
            self.toolbar.say_comparing("beside")
        self.earlier_wanted.emit(record_id)

    @property
    def compared_with(self) -> str:
        """The id of the earlier ECG that is compared; "" where none is."""
        earlier = self._comparison.earlier if self.comparing != "off" else None
        return earlier.id if earlier else ""

    def next_comparing(self) -> None:
        """From no comparison to beside, to behind, to none."""
        modes = list(MODES)
        self.set_comparing(modes[(modes.index(self.comparing) + 1) % len(modes)])

    def show_earlier(self, record: Record | None, notes: Notes, words: str) -> None:
        """Compare with this recording; None where there is none. words : what is to be said of it, or why not"""
        why_not = why_not_compared(self._sheet.record, record, PYRAMID_FROM) if record else ""
        self._comparison.take(None if why_not else record, notes, why_not or words)
        self._show_comparison()
