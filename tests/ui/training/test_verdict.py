"""What a new version shows: its verdict, the choice to adopt it, charts, ECGs now right and wrong."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt

from cessl_gui.bridge.reader import panel
from cessl_gui.core.training.evidence import within_a_sentence
from cessl_gui.core.types import ReadingState, State
from cessl_gui.ui.training.evidence_tab import EvidenceTab
from tests.ui.conftest import AF
from tests.ui.training.training_room import CLICK, shown
from tests.ui.training_stand_in import candidate


def test_the_verdict_is_in_words_and_says_what_it_rests_on(judged):
    assert judged.evidence.verdict.text() == "No difference that your labels can show."
    assert "judged by models trained without its patient's labels" in judged.evidence.basis.text()
    assert judged.title.text() == "Version 1 against Base model"


def test_it_says_what_was_adapted_and_which_ecgs_were_not_used(judged, session):
    model = session.candidate()
    made = replace(model.summary, why="the output layer", computed="processor, fp32", no_ecg={"A2": "flat"})
    judged.evidence.show_judged(replace(model, summary=made), "Base model", judged.evidence._judged)
    assert judged.evidence.basis.text().endswith("Adapted: the output layer. Not used: A2 (flat).")


def test_each_statement_is_told_in_words_too(judged):
    said = judged.evidence.forest.accessibleDescription()
    assert "Atrial fibrillation, 23 with it" in said
    assert "4 more needed to tell" in said
    assert " ECGs: " in said.partition(". ")[0]


def test_statements_that_were_renamed_elsewhere_are_told_by_their_new_names_on_return(judged, session, qtbot):
    judged.hide()
    panel.word(session, AF, name="Vorhofflimmern")
    judged.show()
    qtbot.waitUntil(lambda: "Vorhofflimmern, 23 with it" in judged.evidence.forest.accessibleDescription())
    assert "Vorhofflimmern" in [judged.tabs.calibration.choice.itemText(row) for row in (1, 2)]


def test_keeping_is_the_default_where_nothing_better_is_shown(judged):
    assert judged.evidence.keep.property("primary")
    assert not judged.evidence.adopt.property("primary")


def test_adopting_is_the_default_where_it_is_shown_to_be_better(view, session, qtbot):
    candidate(session, gain=0.4)
    shown(view, qtbot)
    assert view.evidence.verdict.text() == "Better at atrial fibrillation; no loss shown."
    assert view.evidence.adopt.property("primary")


def test_adopting_is_no_default_where_another_version_than_the_active_one_was_bettered(view, session, qtbot):
    candidate(session, gain=0.4)
    shown(view, qtbot)
    judged = view.evidence._judged
    other = SimpleNamespace(**{**judged.__dict__, "compared": replace(judged.compared, before="m0")})
    view.evidence.show_judged(session.candidate(), "Base model (tiny)", other)
    assert view.evidence.keep.property("primary")


@pytest.mark.parametrize("focus", ["view", "adopt"])
def test_enter_keeps_and_never_adopts(view, session, qtbot, focus):
    candidate(session, gain=0.4)
    shown(view, qtbot)
    widget = view if focus == "view" else view.evidence.adopt
    qtbot.keyClick(widget, Qt.Key.Key_Return)
    assert session.active_model().id == "m1"
    assert session.candidate() is None


def test_adopting_takes_a_click_and_makes_the_version_active(judged, session, qtbot):
    qtbot.mouseClick(judged.evidence.adopt, CLICK)
    assert session.active_model().id == "v1"
    qtbot.waitUntil(lambda: not session.busy)


def test_hidden_ecgs_are_counted_and_not_named(judged, session):
    right = judged.evidence.right
    assert right.title.text() == "2 ECGs with a statement now right"
    assert right.hidden.text() == "2 of them hidden until you have read them"
    assert all(thumb.isHidden() for thumb in right.thumbs)
    session.set_label("r0", AF, State.PRESENT)
    session.set_reading("r0", ReadingState.CONFIRMED)
    assert right.thumbs[0].accessibleName() == "ECG 0, you: AF absent; before 0.90, now 0.10"
    session.undo()
    assert all(thumb.isHidden() for thumb in right.thumbs)


def test_a_click_on_a_thumbnail_opens_the_ecg_with_its_trace_shown_before(judged, session, qtbot, monkeypatch):
    said = []
    session.set_label("r0", AF, State.PRESENT)
    with qtbot.waitSignal(session.shelf.traced):
        session.set_reading("r0", ReadingState.CONFIRMED)
    thumb = judged.evidence.right.thumbs[0]
    monkeypatch.setattr(thumb, "text", lambda painter, box, words, **_: said.append(words))
    thumb.show_answer(thumb.answer, "ECG 0", "ABCDEFGHI")
    thumb.grab()
    assert said == ["ECG 0", "ABCDEFGHI absent", "0.90 → 0.10"], "a long name leaves whether it is there"
    with qtbot.waitSignal(session.shelf.traced):
        judged.evidence.refresh_lists()
    assert thumb._trace.lead == "II"
    with qtbot.waitSignal(judged.opened) as caught:
        qtbot.mouseClick(thumb, CLICK)
    assert caught.args == ["r0", AF]


def test_the_title_is_larger_than_what_stands_under_it(judged):
    assert judged.title.fontMetrics().height() > judged.evidence.basis.fontMetrics().height() + 4


def test_where_only_the_output_layer_was_fitted_no_empty_chart_is_shown(judged, session, qtbot):
    assert judged.evidence.curve_card.isVisible()
    assert judged.evidence.ranks_card.isVisible()
    model = session.candidate()
    fitted = replace(model, summary=replace(model.summary, ranks=(0, 0, 0), curve=()))
    judged.evidence.show_judged(fitted, "Base model", judged.evidence._judged)
    assert not judged.evidence.curve_card.isVisible()
    assert not judged.evidence.ranks_card.isVisible()
    forest = judged.evidence.forest
    qtbot.waitUntil(lambda: forest.width() > 0.9 * judged.evidence.viewport().width())


def test_calibration_shows_figures_before_and_after(judged):
    tab = judged.tabs.calibration
    table = tab.table
    evidence = judged.evidence._judged.compared.evidence
    assert f"{evidence.n} ECGs of {evidence.n_patients} patients." in tab.threshold.text()
    tab.choice.setCurrentIndex(1)
    one = evidence.statements[0]
    assert tab.threshold.text().startswith(f"From {one.n_present} ECGs with it and {one.n_absent} without.")
    named = {table.item(row, 0).text(): table.item(row, 0).toolTip() for row in range(table.rowCount())}
    assert named["Sensitivity"] == "Sensitivity: Found, of those who have it"
    assert "[" in table.item(0, 1).text()


def test_the_names_of_figures_are_whole_next_to_the_longest_statement(judged, qtbot):
    judged.show_tab("Calibration")
    tab = judged.tabs.calibration
    tab.choice.setMinimumWidth(300)  # which such a name needs
    needed = 3 * tab.table.fontMetrics().horizontalAdvance("+0.16 [+0.12, +0.19]") + tab.table.sizeHintForColumn(0)
    qtbot.wait(50)  # until it is laid out
    assert tab.table.viewport().width() >= needed


def test_a_base_model_says_that_there_is_nothing_to_compare(view, qtbot):
    view.choose("m1")
    assert view.evidence.verdict.text() == "Base model knows none of your labels."
    assert not view.evidence.keep.isVisible()


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("Atrial fibrillation", "atrial fibrillation"),
        ("First degree AV block", "first degree AV block"),
        *((name, name) for name in ("ST depression", "Q wave abnormal", "Brugada pattern", "Wolff-Parkinson-White")),
    ],
)
def test_names_within_a_sentence(name, inside):
    assert within_a_sentence(name) == inside


def test_before_there_is_a_version_the_evidence_says_so_instead_of_empty_charts(qapp, session):
    tab = EvidenceTab(session)
    assert tab.verdict.text() == "No version to compare yet."
    assert not any(part.isVisibleTo(tab) for part in (tab.forest, tab.curve, tab.keep, tab.adopt))


def test_all_ecgs_now_right_are_opened_in_the_worklist(window, session, qtbot):
    window.model_room.listed.emit(("r2", "r0"))
    assert window.room == "worklist"
    assert sorted(window.worklist.table.ids) == ["r0", "r2"]
    qtbot.waitUntil(lambda: not session.busy)


def test_no_chip_is_marked_while_chosen_ecgs_alone_are_shown(window, session, qtbot):
    window.model_room.listed.emit(("r0",))
    assert not any(chip.isChecked() for chip in window.worklist.chips.buttons.values())
    window.worklist.chips.buttons["All"].click()
    assert window.worklist.chips.buttons["All"].isChecked()
    assert len(window.worklist.table.ids) == session.count
    qtbot.waitUntil(lambda: not session.busy)
