"""What model, file and ECG machine say stays apart from what a person says, and hidden until it may be seen."""

from dataclasses import replace

import pytest

from cessl_gui.bridge.reader.panel import add, remove
from cessl_gui.core.types import Prediction, State
from cessl_gui.ui.reading.figure import HIDDEN, UNKNOWN, Figure
from tests.records import record_of, shown_labels
from tests.ui.conftest import AF, PANEL, SB, SR
from tests.ui.panels import click
from tests.ui.panels import panel as panel


def test_the_files_own_opinion_is_hidden_until_the_reading_is_confirmed(panel, session):
    remove(session, AF)
    assert panel.row(AF) is None, "a line of its own would tell"
    add(session, AF)
    assert not panel.row(AF).file
    panel.say(SB, State.ABSENT)
    panel.confirm()
    assert panel.row(AF).file
    session.undo()
    assert not panel.row(AF).file
    assert panel.row(AF).bar.reason == HIDDEN
    session.set_setting("blind", "off")
    remove(session, AF)
    assert panel.row(AF).file


def test_the_same_chip_says_that_something_is_hidden_whatever_the_file_says(panel, session):
    chips = []
    for record_id in ("r0", "r1"):  # with and without a diagnosis in the file
        panel.show_record(record_id)
        chips.append((panel.chip.text, panel.chip.toolTip(), panel.opinions.isVisible(), panel.basis.isVisible()))
    hidden = "Prediction and file's diagnosis are hidden until you confirm."
    assert chips == [("Blind until you confirm", hidden, False, False)] * 2


def test_the_files_own_opinion_is_marked_and_is_no_label(panel, session):
    session.set_setting("blind", "off")
    row = panel.row(AF)
    assert row.file == State.PRESENT
    assert "The file states: Atrial fibrillation present" in row.toolTip()
    assert row.state is None
    assert session.labels("r0") == {}
    assert not bool(panel.row(SR).file)
    panel.show_record("r1")
    assert not panel.row(AF).file


def test_the_prediction_is_hidden_until_the_reading_is_confirmed(panel, session, qtbot):
    assert panel.row(AF).bar == Figure(reason=HIDDEN, is_quiet=True)
    click(qtbot, panel, AF, State.PRESENT)
    assert panel.row(AF).bar.p is None
    panel.confirm()
    row = panel.row(AF)
    assert (row.bar.p, row.bar.threshold) == (0.95, 0.6)
    assert row.accessibleDescription().startswith("Model: probability 0.95, likely: above its cut-off 0.60")
    assert panel.chip.text == "Confirmed, read blind"


def test_blind_rows_show_nothing_of_the_model_not_even_that_it_does_not_know(panel, session):
    assert {row.bar.mark for row in panel.list.rows()} == {""}
    session.reveal("r0")
    assert panel.row(PANEL[8].code).bar.mark == "–"


def test_a_reading_with_the_prediction_in_sight_is_not_called_blind(panel, session):
    panel.reveal()
    assert panel.chip.text == "Not blind"
    panel.say(AF, State.PRESENT)
    panel.confirm()
    assert panel.chip.text == "Confirmed"


def test_show_prediction_is_a_recorded_act(panel, session):
    next(a for a in panel.footer.more_menu().actions() if a.text().startswith("Show the prediction")).trigger()
    assert panel.row(SB).bar.p == 0.0
    assert "r0" in set(session.project.records.seen())


def test_always_blind_offers_no_way_round(panel, session):
    session.set_setting("blind", "always")
    assert panel.chip.text == "Blind until you confirm"
    assert not any("prediction" in action.text() for action in panel.footer.more_menu().actions())


def test_statements_unknown_to_the_model_say_so(panel):
    assert panel.row(PANEL[8].code).bar.reason == UNKNOWN
    assert panel.row(PANEL[8].code).accessibleDescription() == "No model yet"


def test_a_record_that_is_not_predicted_says_why_and_not_that_it_is_blind(panel, session):
    session._predictions.refused["r0"] = "all leads are flat"
    panel.refresh()
    assert panel.chip.text == "Not predicted"
    assert panel.basis.text().startswith("Not predicted: all leads are flat.")
    assert panel.basis.isVisible()


def test_that_an_ecg_is_unlike_what_the_model_knows_is_said_with_its_prediction(panel, session):
    record_id = panel.record_id
    assert not panel.basis.isVisibleTo(panel)
    session.project.predictions.write("m1", [Prediction(record_id, "m1", {AF: 0.9}, likeness=0.003)])
    session._predictions.of = session.project.predictions.all("m1")
    panel.refresh()
    assert not panel.basis.isVisibleTo(panel)
    session.reveal(record_id)
    panel.refresh()
    assert panel.basis.isVisibleTo(panel)
    assert panel.basis.text() == "Predicted from all 12 leads, unlike the ECGs that the model knows."


@pytest.fixture
def stated(session, project):
    """What the device of r1 wrote under the ECG, which is opened."""
    project.waveforms.write(replace(record_of(1), device_statements=("Sinus bradycardia", "<b>Normal</b> ECG")))
    session.record("r1")
    return "Sinus bradycardia / <b>Normal</b> ECG"


def test_what_the_device_stated_is_hidden_as_long_as_the_prediction_is(panel, session, stated):
    panel.show_record("r1")
    assert not panel.opinions.said["File"].isVisible()
    assert panel.opinions.said["File"].text() == ""
    assert session.device_statements("r1") == ()
    session.reveal("r1")
    assert panel.opinions.said["File"].isVisible()
    assert panel.opinions.said["File"].text() == stated


def test_a_label_given_beside_it_carries_that_the_file_was_visible(panel, session, stated):
    panel.show_record("r1")
    assert session.set_label("r1", SB, State.ABSENT)
    session.reveal("r1")
    assert session.set_label("r1", AF, State.PRESENT)
    seen = {row["code"]: bool(row["file_visible"]) for row in shown_labels(session.project)}
    assert seen == {SB: False, AF: True}


def test_nothing_is_said_of_a_device_that_stated_nothing(panel, session, stated):
    session.set_setting("blind", "off")
    session.record("r2")
    panel.show_record("r1")
    panel.show_record("r2")
    assert not panel.opinions.said["File"].isVisible()
    assert panel.opinions.said["File"].text() == ""


def test_what_the_device_stated_comes_with_the_ecg(panel, session, stated):
    session.set_setting("blind", "off")
    panel.show_record("r1", on_page=False)
    assert not panel.opinions.said["File"].isVisible()
    panel.set_on_page()
    assert panel.opinions.said["File"].isVisible()
