"""Labels of a file: looked at in the window, their words explained, taken in, taken back."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from cessl_gui.core.types import ReadingState, State
from cessl_gui.ui.reading.label_import import LabelsDialog
from tests.ui.conftest import AF, SB, SR

CSV = "ecg;finding;verdict\nECG 1;VHF-Verdacht;ja\nECG 2;AF;vielleicht\nECG 9;AF;ja\nECG 3;AF;ja\n"


@pytest.fixture
def dialog(qtbot, session, tmp_path):
    """Looking at CSV."""
    made = LabelsDialog(session)
    qtbot.addWidget(made)
    (tmp_path / "other.csv").write_text(CSV, "utf-8")
    look(qtbot, made, lambda: made.open_file(tmp_path / "other.csv"))
    return made


def look(qtbot, dialog, act):
    with qtbot.waitSignal(dialog._files.looked, timeout=20_000):
        act()


def choose_columns(qtbot, dialog, **columns):
    for what, column in columns.items():
        box = dialog.boxes[what]
        box.setCurrentIndex(box.findData(column))
        look(qtbot, dialog, lambda box=box: box.activated.emit(0))


def take(qtbot, dialog, button):
    with qtbot.waitSignal(dialog.taken, timeout=20_000):
        button.click()


def rows(table):
    model = table.model()
    return [tuple(model.index(r, c).data() for c in range(model.columnCount())) for r in range(model.rowCount())]


def test_the_first_rows_are_shown(dialog):
    assert rows(dialog.rows)[0] == ("ECG 1", "VHF-Verdacht", "ja")


def test_a_file_without_a_known_column_is_said(qtbot, session, tmp_path):
    made = LabelsDialog(session)
    qtbot.addWidget(made)
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n", "utf-8")
    look(qtbot, made, lambda: made.open_file(tmp_path / "odd.csv"))
    assert "No column of the file names the ECGs." in made.said.text()


def test_a_column_is_named_by_a_person(qtbot, dialog):
    choose_columns(qtbot, dialog, state="verdict")
    assert dialog.said.text().startswith("1 new label of 1 ECG, 3 not matched.")


def test_what_does_not_match_is_listed_with_its_reason(qtbot, dialog):
    choose_columns(qtbot, dialog, state="verdict")
    assert rows(dialog.unmatched)[1] == ("3", "ECG 2", "AF", "vielleicht", "dr test", "vielleicht is no state")


def test_words_without_a_meaning_are_counted_on_their_tab(qtbot, dialog):
    choose_columns(qtbot, dialog, state="verdict")
    assert dialog.tabs.tabText(1) == "Words (2 unknown)"


def explain(qtbot, dialog):
    """VHF-Verdacht is AF, vielleicht is uncertain."""
    choose_columns(qtbot, dialog, state="verdict")
    dialog.words.table.selectRow(0)
    dialog.words.search.typed.setText("atrial fibrillation")
    look(qtbot, dialog, lambda: qtbot.keyClick(dialog.words.search.typed, Qt.Key.Key_Return))
    dialog.words.table.selectRow(dialog.words._rows.index(("vielleicht", "a state")))
    look(qtbot, dialog, dialog.words.buttons["Uncertain"].click)


def test_words_are_given_a_meaning(qtbot, dialog):
    explain(qtbot, dialog)
    assert (dialog.words.words, dialog.words.states) == ({"VHF-Verdacht": AF}, {"vielleicht": State.UNCERTAIN})


def test_explained_words_are_taken_in(qtbot, session, dialog):
    explain(qtbot, dialog)
    take(qtbot, dialog, dialog.go)
    assert [session.labels(f"r{n}") for n in (1, 2, 3)] == [
        {AF: State.PRESENT},
        {AF: State.UNCERTAIN},
        {AF: State.PRESENT},
    ]


def test_a_meaning_can_be_taken_away(qtbot, dialog):
    explain(qtbot, dialog)
    dialog.words.table.selectRow(dialog.words._rows.index(("vielleicht", "a state")))
    look(qtbot, dialog, dialog.words.clear.click)
    assert dialog.words.states == {}


def test_the_last_import_is_taken_back_whoever_the_labels_are_of(qtbot, session, dialog):
    session.set_label("r3", SR, State.PRESENT)
    dialog.reader.setCurrentText("dr b")
    choose_columns(qtbot, dialog, state="verdict")
    take(qtbot, dialog, dialog.go)
    take(qtbot, dialog, dialog.back)
    assert session.labels("r3") == {SR: State.PRESENT}


def test_what_the_reader_sets_while_labels_are_taken_in_stays_in_sight(qtbot, session, dialog):
    explain(qtbot, dialog)
    with qtbot.waitSignal(dialog.taken, timeout=20_000):
        dialog.go.click()
        session.set_label("r5", SB, State.ABSENT)
    assert session.labels("r5") == {SB: State.ABSENT}


def test_a_confirmed_reading_stays_as_it_is_and_this_is_said(qtbot, session, dialog):
    session.set_reading("r3", ReadingState.CONFIRMED)
    choose_columns(qtbot, dialog, state="verdict")
    assert (session.labels("r3"), "Labels of confirmed and excluded readings stay" in dialog.said.text()) == ({}, True)


def test_what_did_not_match_is_saved(qtbot, dialog, monkeypatch, tmp_path):
    choose_columns(qtbot, dialog, state="verdict")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "rest"), ""))
    dialog.report.click()
    assert "no ECG of the project has this name" in (tmp_path / "rest.csv").read_text("utf-8")


def test_the_menu_opens_it(window):
    window.acts["import_labels"].trigger()
    assert window.files._labels.isVisible()


def test_a_column_that_may_deny_is_asked_about_until_a_person_says_that_it_does_not(qtbot, session, tmp_path):
    made = LabelsDialog(session)
    qtbot.addWidget(made)
    (tmp_path / "denied.csv").write_text("ecg,finding,negated\nECG 1,AF,1\n", "utf-8")
    look(qtbot, made, lambda: made.open_file(tmp_path / "denied.csv"))
    made.reader.setCurrentText("dr other")
    look(qtbot, made, lambda: made.reader.activated.emit(0))
    asked = made.said.text()
    look(qtbot, made, lambda: made.boxes["state"].activated.emit(0))
    assert (asked[:12], made.said.text()[:11]) == ("0 new labels", "1 new label")


def test_a_column_that_may_deny_is_asked_about_until_a_person_names_the_state(qtbot, session, tmp_path):
    made = LabelsDialog(session)
    qtbot.addWidget(made)
    (tmp_path / "negated.csv").write_text("record,statement,state,negated\nECG 1,AF,present,yes\n", "utf-8")
    look(qtbot, made, lambda: made.open_file(tmp_path / "negated.csv"))
    made.reader.setCurrentText("dr other")
    look(qtbot, made, lambda: made.reader.activated.emit(0))
    assert made.said.text().startswith("0 new labels")
