"""What a switch of records does once and not again: counted, as a time would depend on the machine."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject

from cessl_gui.core.measurements import Measurements
from cessl_gui.ui.page.layout import ruler
from tests.records import make_record
from tests.ui.pages import record, shown


class Counted(QObject):
    """Counts the events of one kind that widgets get."""

    def __init__(self, kind: QEvent.Type, *widgets) -> None:
        super().__init__(widgets[0])
        self.kind, self.count = kind, 0
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched, event) -> bool:
        self.count += event.type() == self.kind
        return False


@pytest.fixture
def page(qtbot, qapp):
    made = shown(qtbot, "3x4+1", record(10))
    qapp.processEvents()
    return made


def switch(page, qapp, to) -> None:
    page.set_record(to)
    qapp.processEvents()


def test_the_next_record_styles_nothing_again(page, qapp):
    styled = Counted(QEvent.Type.StyleChange, *page.footer.children()[1:], page.footer)
    switch(page, qapp, record(10, name="ECG 2"))
    assert styled.count == 0


def test_the_next_record_does_not_read_the_settings_of_screens(page, qapp, monkeypatch):
    asked = []
    monkeypatch.setattr(ruler, "_settings", lambda: asked.append(1))
    switch(page, qapp, record(10, name="ECG 2"))
    assert not asked


def test_dashes_that_stay_dashes_are_not_painted_again(page, qapp):
    figures = Counted(QEvent.Type.Paint, *page.header.figures.values())
    switch(page, qapp, record(10, name="ECG 2"))
    assert figures.count == 0


def test_figures_that_change_are_painted(page, qapp):
    rate = page.header.figures["rate"]
    figures = Counted(QEvent.Type.Paint, rate)
    page.show_measurements(Measurements(record_id="ECG 1", values={"rate": 71.0}, doubtful={}, missing={}), blind=False)
    qapp.processEvents()
    assert figures.count == 1
    assert rate.text == "71"


def test_the_overview_is_that_of_a_corrected_file_too(page, qapp):
    before = page.footer.bar.grab().toImage()
    t = np.arange(1000) / 100
    signal = np.tile(np.sign(np.sin(t)), (12, 1)).astype(np.float32)
    corrected = make_record(signal, id="ECG 1", name="ECG 1", fs_hz=100)
    switch(page, qapp, corrected)
    assert page.footer.bar.grab().toImage() != before
