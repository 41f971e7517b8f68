"""The window says what is not predicted, and on how many leads a prediction rests."""

from PySide6.QtCore import Qt

from cessl_gui.bridge.worklist import Column
from cessl_gui.core.types import Prediction
from cessl_gui.ui.reading.figure import REFUSED
from cessl_gui.ui.worklist.columns import section_of
from tests.ui.conftest import SR


def tell(window, qtbot, predictions=(), refused=()):
    """Let the model say this, and show record r1."""
    session = window._session
    session.set_setting("blind", "off")
    session.project.predictions.write("m1", predictions, dict(refused))
    session._predictions._read()
    qtbot.waitUntil(lambda: not session.busy)
    window.records.choose("r1")


def test_a_refused_record_has_its_reason_in_panel_list_and_strip(window, qtbot):
    tell(window, qtbot, refused={"r1": "all leads are flat"})
    assert window.labels.basis.text().startswith("Not predicted: all leads are flat.")
    assert not window.labels.basis.isHidden()
    assert window.labels.row(SR).bar.reason == REFUSED
    assert "all leads are flat" in window.influence.note.text()
    table = window.records.table
    cell = table.index(table.row_of("r1"), section_of(Column.MODEL))
    assert table.data(cell) == "no ECG"
    assert table.data(cell, Qt.ItemDataRole.ToolTipRole) == "Not predicted: all leads are flat"


def test_few_leads_are_said_beside_the_prediction(window, qtbot):
    tell(window, qtbot, [Prediction("r1", "m1", {SR: 0.76}, ("V5",))])
    assert window.labels.basis.text() == "Predicted from 1 of 12 leads (V5)."
    table = window.records.table
    cell = table.index(table.row_of("r1"), section_of(Column.MODEL))
    assert table.data(cell).endswith("0.76 1/12")
    assert table.data(cell, Qt.ItemDataRole.ToolTipRole).endswith("from 1 of 12 leads (V5)")


def test_all_leads_need_no_line_of_their_own(window, qtbot):
    tell(window, qtbot)
    assert window.labels.basis.isHidden()
