"""The label panel: real clicks and keys give labels; the model and the file stay apart from what a person says."""

import itertools
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLineEdit

from cessl_gui.bridge.session import Session
from cessl_gui.core.errors import ProjectError
from cessl_gui.core.types import Prediction, ReadingState, State
from cessl_gui.ui.reading.label_panel import LabelPanel
from cessl_gui.ui.reading.statement_row import ProbabilityBar
from tests.ui.conftest import AF, PANEL, SB, SR, make_record

WPW = "74390002"  # not in the panel of a new project


@pytest.fixture
def panel(session, qtbot):
    widget = LabelPanel(session)
    qtbot.addWidget(widget)
    widget.resize(400, 700)
    widget.show_record("r0")
    widget.show()
    return widget


def click(qtbot, panel, code, state):
    qtbot.mouseClick(panel.row(code).buttons[state], Qt.MouseButton.LeftButton)


def test_a_click_says_it_and_a_second_click_takes_it_back(panel, session, qtbot):
    click(qtbot, panel, SB, State.ABSENT)
    assert session.labels("r0") == {SB: State.ABSENT}
    assert panel.row(SB).buttons[State.ABSENT].isChecked()
    click(qtbot, panel, SB, State.UNCERTAIN)
    assert session.labels("r0") == {SB: State.UNCERTAIN}
    assert [s for s, b in panel.row(SB).buttons.items() if b.isChecked()] == [State.UNCERTAIN]
    click(qtbot, panel, SB, State.UNCERTAIN)
    assert session.labels("r0") == {}
    assert not any(b.isChecked() for b in panel.row(SB).buttons.values())


def test_a_refused_label_leaves_the_buttons_as_they_were(panel, session, qtbot, monkeypatch):
    monkeypatch.setattr(session, "set_label", lambda *a: None)
    click(qtbot, panel, SB, State.PRESENT)
    assert not panel.row(SB).buttons[State.PRESENT].isChecked()


def test_each_state_looks_different_without_colour(panel, session, qtbot):
    pictures = []
    for state in State:
        panel.say(SB, state)
        image = panel.row(SB).grab().toImage().convertToFormat(panel.grab().toImage().Format.Format_Grayscale8)
        pictures.append(bytes(image.constBits()))
    assert len(set(pictures)) == 3


def test_digits_answer_for_the_first_statements(panel, session):
    panel.press_digit(2, State.PRESENT)
    panel.press_digit(3, State.ABSENT)
    assert session.labels("r0") == {PANEL[1].code: State.PRESENT, PANEL[2].code: State.ABSENT}
    panel.press_digit(2, State.PRESENT)
    assert session.labels("r0") == {PANEL[2].code: State.ABSENT}
    assert panel.row(PANEL[1].code).digit.text() == "2"


def test_type_ahead_finds_any_statement_by_real_keys(panel, session, qtbot):
    panel.search.typed.setFocus()
    qtbot.keyClicks(panel.search.typed, "wolff")
    assert panel.search.matches.isVisible()
    qtbot.keyClick(panel.search.typed, Qt.Key.Key_Return)
    assert session.labels("r0") == {WPW: State.PRESENT}
    assert panel.row(WPW).isVisible(), "outside the panel it gets a line of its own"
    assert panel.code == WPW
    assert panel.search.typed.text() == ""
    assert not panel.search.matches.isVisible()


def test_type_ahead_moves_with_the_arrows_and_answers_absent_with_shift(panel, session, qtbot):
    qtbot.keyClicks(panel.search.typed, "atrial f")
    second = panel.search.matches.item(1).data(Qt.ItemDataRole.UserRole)
    qtbot.keyClick(panel.search.typed, Qt.Key.Key_Down)
    qtbot.keyClick(panel.search.typed, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert session.labels("r0") == {second: State.ABSENT}


def test_words_that_no_statement_has_become_one_of_the_project(panel, session, qtbot):
    panel.search.typed.setFocus()
    qtbot.keyClicks(panel.search.typed, "Ganong")
    assert panel.search.matches.item(0).text() == "No such statement. Add “Ganong”  (↓ Enter)"
    qtbot.keyClick(panel.search.typed, Qt.Key.Key_Return)
    assert session.labels("r0") == {}, "Enter alone adds nothing"
    qtbot.keyClick(panel.search.typed, Qt.Key.Key_Down)
    qtbot.keyClick(panel.search.typed, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    own = session.panel()[-1]
    assert session.labels("r0") == {own.code: State.UNCERTAIN}
    assert own.name == "Ganong"
    assert panel.row(own.code).isVisible()
    assert panel.code == own.code
    assert panel.others.isHidden()
    assert "Ganong" in panel.hint.text()
    assert "Ctrl+Z" in panel.hint.text()
    assert panel.hint.isVisible()
    qtbot.keyClicks(panel.search.typed, "ganong")
    assert panel.search.matches.count() == 1, "it is there already"
    qtbot.keyClick(panel.search.typed, Qt.Key.Key_Return)
    assert session.labels("r0") == {own.code: State.PRESENT}
    session.undo()
    session.undo()
    assert panel.row(own.code) is None


def test_what_is_found_comes_before_what_could_be_added(panel, qtbot):
    qtbot.keyClicks(panel.search.typed, "wolff")
    assert panel.search.matches.count() == 2
    assert panel.search.matches.currentRow() == 0
    assert panel.search.matches.item(1).text() == "Add “wolff”  (↓ Enter)"
    for typed in ("wo", "wpw"):
        panel.search.typed.setText(typed)
        lines = [panel.search.matches.item(i).text() for i in range(panel.search.matches.count())]
        assert lines
        assert not any("Add" in line for line in lines)


def test_the_files_own_opinion_is_hidden_until_the_reading_is_confirmed(panel, session):
    session.remove_panel(AF)
    assert panel.row(AF) is None, "a line of its own would tell"
    session.add_panel(AF)
    assert not panel.row(AF).header.isVisible()
    panel.say(SB, State.ABSENT)
    panel.confirm()
    assert panel.row(AF).header.isVisible()
    session.undo()
    assert not panel.row(AF).header.isVisible()
    assert panel.row(AF).bar.why == ProbabilityBar.HIDDEN
    session.set_setting("blind", "off")
    session.remove_panel(AF)
    assert panel.row(AF).header.isVisible()


def test_the_same_band_says_that_something_is_hidden_whatever_the_file_says(panel, session):
    bands = []
    for record_id in ("r0", "r1"):  # with and without a diagnosis in the file
        panel.show_record(record_id)
        bands.append((panel.blind.isVisible(), panel.blind_text.text()))
    assert bands[0] == bands[1]
    assert bands[0] == (True, "Prediction and file's diagnosis: hidden until you confirm.")


def test_the_files_own_opinion_is_marked_and_is_no_label(panel, session):
    session.set_setting("blind", "off")
    row = panel.row(AF)
    assert row.header.isVisible()
    assert "header says" in row.header.toolTip()
    assert row.state is None
    assert session.labels("r0") == {}
    assert not panel.row(SR).header.isVisible()
    panel.show_record("r1")
    assert not panel.row(AF).header.isVisible()


def test_the_prediction_is_hidden_until_the_reading_is_confirmed(panel, session, qtbot):
    assert panel.row(AF).bar.p is None
    assert panel.row(AF).bar.why == ProbabilityBar.HIDDEN
    assert panel.blind.isVisible()
    click(qtbot, panel, AF, State.PRESENT)
    assert panel.row(AF).bar.p is None
    qtbot.mouseClick(panel.buttons["confirm"], Qt.MouseButton.LeftButton)
    bar = panel.row(AF).bar
    assert (bar.p, bar.threshold) == (0.95, 0.6)
    assert bar.accessibleName() == "Model: probability 0.95, likely: above its threshold 0.60"
    assert not panel.blind.isVisible()


def test_show_prediction_is_a_recorded_act(panel, session, qtbot):
    qtbot.mouseClick(panel.reveal_button, Qt.MouseButton.LeftButton)
    assert panel.row(SB).bar.p == 0.0
    assert "r0" in set(session.project.records.seen())


def test_always_blind_offers_no_way_round(panel, session):
    session.set_setting("blind", "always")
    assert panel.blind.isVisible()
    assert not panel.reveal_button.isVisible()


def test_statements_unknown_to_the_model_say_so(panel):
    assert panel.row(PANEL[8].code).bar.why == ProbabilityBar.UNKNOWN
    assert panel.row(PANEL[8].code).bar.accessibleName() == "No model yet"


def test_nothing_assessed_is_not_confirmed_by_a_stray_enter(panel, session, qtbot):
    wanted = []
    panel.next_wanted.connect(lambda: wanted.append(1))
    panel.confirm_next()
    assert session.info("r0").reading == ReadingState.NEW
    assert panel.hint.isVisible()
    assert not wanted


def test_reading_acts(panel, session, qtbot):
    wanted = []
    panel.next_wanted.connect(lambda: wanted.append(1))
    for name, reading in (("defer_next", "deferred"), ("exclude", "excluded")):
        qtbot.mouseClick(panel.buttons[name], Qt.MouseButton.LeftButton)
        assert session.info("r0").reading == reading
    assert panel.buttons["exclude"].text().startswith("Include")
    qtbot.mouseClick(panel.buttons["exclude"], Qt.MouseButton.LeftButton)
    assert session.info("r0").reading == ReadingState.DEFERRED
    qtbot.mouseClick(panel.buttons["normal_next"], Qt.MouseButton.LeftButton)
    assert session.info("r0").reading == ReadingState.CONFIRMED
    assert len(wanted) == 2


def test_an_exclusion_taken_back_leaves_the_reading_as_it_was(panel, session, qtbot):
    panel.exclude()
    panel.exclude()
    assert session.info("r0").reading == ReadingState.NEW
    panel.say(AF, State.PRESENT)
    panel.exclude()
    panel.exclude()
    assert session.info("r0").reading == ReadingState.IN_PROGRESS
    session.undo()
    assert session.info("r0").reading == ReadingState.EXCLUDED
    panel.show_record("r1")
    panel.show_record("r0")
    panel.exclude()
    assert session.info("r0").reading == ReadingState.IN_PROGRESS


@pytest.mark.parametrize("before", [ReadingState.CONFIRMED, ReadingState.DEFERRED])
def test_an_exclusion_of_an_earlier_run_is_taken_back_to_what_it_was(session, qtbot, before):
    session.set_label("r0", AF, State.PRESENT)
    for reading in (before, ReadingState.EXCLUDED):  # earlier versions excluded confirmed ones too
        session.project.records.set_reading("r0", reading, "dr test")
    session = Session(session.project, reader="dr test")
    panel = LabelPanel(session)
    qtbot.addWidget(panel)
    panel.show_record("r0")
    panel.exclude()
    assert session.info("r0").reading == before


def test_a_refused_commit_does_not_move_on(panel, session, monkeypatch):
    wanted, said = [], []
    panel.next_wanted.connect(lambda: wanted.append(1))
    session.problem.connect(lambda what, *_: said.append(what))
    panel.say(AF, State.ABSENT)

    def disk_full(*_):
        raise ProjectError("The disk is full.", "Free some space.")

    monkeypatch.setattr(session.project.records, "set_reading", disk_full)
    for act in (panel.confirm_next, panel.normal_next, panel.defer_next):
        act()
    assert not panel.confirm()
    assert len(said) == 4
    assert not wanted
    assert session.info("r0").reading == ReadingState.IN_PROGRESS
    monkeypatch.undo()
    panel.confirm_next()
    assert len(said) == 4
    assert len(wanted) == 1


def test_a_confirmed_reading_can_be_reopened(panel, session, qtbot):
    panel.say(AF, State.PRESENT)
    panel.confirm()
    assert panel.buttons["confirm"].text() == "Reopen  (R)"
    qtbot.mouseClick(panel.buttons["confirm"], Qt.MouseButton.LeftButton)
    assert session.info("r0").reading == ReadingState.IN_PROGRESS
    assert session.labels("r0") == {AF: State.PRESENT}
    assert panel.buttons["confirm"].text() == "Confirm  (C)"
    panel.reopen()
    assert session.info("r0").reading == ReadingState.IN_PROGRESS
    assert panel.hint.text() == "This reading is not confirmed: it is open to changes."


@pytest.mark.parametrize("closed", ["confirm", "exclude"])
def test_nothing_but_its_own_way_out_changes_a_closed_reading(panel, session, qtbot, closed):
    panel.say(AF, State.PRESENT)
    getattr(panel, closed)()
    before = session.history("r0"), session.info("r0").reading
    other = "exclude" if closed == "confirm" else "confirm"
    ways = (
        lambda: panel.press_digit(2, State.PRESENT),
        lambda: panel.press_digit(5, State.PRESENT),
        lambda: click(qtbot, panel, SB, State.ABSENT),
        lambda: panel._answer_found(WPW, State.PRESENT),
        lambda: panel._answer_added("Ganong", State.PRESENT),
        panel.rest_absent,
        panel.normal_next,
        panel.defer_next,
        getattr(panel, other),
    )
    for way in ways:
        panel.hint.hide()
        way()
        assert (session.history("r0"), session.info("r0").reading) == before
        assert panel.hint.isVisible()
        assert panel.hint.text() in (
            ("Confirmed. Reopen (R) to change.",) if closed == "confirm" else ("Excluded. Include (X) to change.",)
        )
    assert "local:Ganong" not in {s.code for s in session.panel()}


def test_enter_on_a_confirmed_reading_goes_on(panel, session, qtbot):
    panel.say(AF, State.PRESENT)
    panel.confirm()
    before = session.project.records.reading_events()
    with qtbot.waitSignal(panel.next_wanted):
        panel.confirm_next()
    assert session.project.records.reading_events() == before


def test_contradictory_statements_are_confirmed_only_when_meant(panel, session):
    panel.say(AF, State.PRESENT)
    panel.say(SR, State.PRESENT)
    panel.confirm_next()
    assert session.info("r0").reading == ReadingState.IN_PROGRESS
    assert panel.hint.text().startswith("These exclude each other: SR and AF.")
    panel.show_record("r1")
    panel.show_record("r0")
    panel.confirm()
    assert session.info("r0").reading == ReadingState.IN_PROGRESS, "asked again, as it was a while ago"
    panel.confirm()
    assert session.info("r0").reading == ReadingState.CONFIRMED


def test_a_bar_is_full_where_likely_and_hollow_where_only_above_its_threshold(qtbot):
    bar = ProbabilityBar()
    qtbot.addWidget(bar)
    bar.resize(bar.sizeHint())
    pictures, words = [], []
    for p, threshold in ((0.3, 0.4), (0.3, 0.2), (0.6, 0.2)):
        bar.show_value(p, threshold)
        words.append(bar.toolTip())
        image = bar.grab().toImage()
        x = 2 + round(0.15 * (bar.width() - bar.fontMetrics().horizontalAdvance("0.00") - 12))
        pictures.append(image.pixelColor(x, bar.height() // 2))
    theme = bar.theme
    assert pictures == [theme.color("unset"), theme.color("surface"), theme.color("accent")]
    assert words == [
        "Model: probability 0.30, below its threshold 0.40",
        "Model: probability 0.30, above its threshold 0.20 but not likely: below 0.5",
        "Model: probability 0.60, likely: above its threshold 0.20",
    ]


def test_one_hundredth_above_a_lower_threshold_is_no_likely_finding(qtbot):
    bar = ProbabilityBar()
    qtbot.addWidget(bar)
    bar.show_value(0.012, 0.004)
    assert bar.text == "Model: probability 0.01, above its threshold 0.004 but not likely: below 0.5"


def test_rest_absent_fills_the_panel_only(panel, session, qtbot):
    panel.say(AF, State.PRESENT)
    qtbot.mouseClick(panel.buttons["rest_absent"], Qt.MouseButton.LeftButton)
    assert set(session.labels("r0")) == {s.code for s in PANEL}
    assert panel.row(SB).state == State.ABSENT


def test_a_statement_is_chosen_by_a_click_on_its_line(panel, qtbot):
    with qtbot.waitSignal(panel.statement_chosen) as chosen:
        qtbot.mouseClick(panel.row(AF).name, Qt.MouseButton.LeftButton)
    assert chosen.args == [AF]


def test_the_panel_follows_the_project(panel, session):
    session.add_panel(WPW)
    assert panel.row(WPW) is not None
    session.remove_panel(SR)
    assert panel.row(SR) is None
    assert panel.row(SB).digit.text() == "1"


def test_rows_are_wide_enough_for_their_parts(panel):
    for row in panel._rows():
        parts = [row.name, *row.buttons.values(), row.bar]
        edges = [part.geometry() for part in parts]
        assert all(a.right() < b.left() for a, b in itertools.pairwise(edges))
        assert edges[-1].right() <= row.width()
    assert panel.scroll.widget().width() <= panel.scroll.viewport().width()


def test_all_controls_have_accessible_names(panel):
    controls = [c for kind in (QAbstractButton, QLineEdit) for c in panel.findChildren(kind)]
    lacking = [
        c.objectName() for c in controls if c.isVisible() and not (c.accessibleName() or getattr(c, "text", str)())
    ]
    assert not lacking


def test_present_stands_out_in_bold_whatever_the_theme(panel, session):
    panel.say(SB, State.PRESENT)
    assert panel.row(SB).name.bold
    panel.say(SB, State.ABSENT)
    assert not panel.row(SB).name.bold


def test_that_an_ecg_is_unlike_what_the_model_knows_is_said_with_its_prediction(panel, session):
    record_id = panel.record_id
    assert not panel.basis.isVisibleTo(panel)
    session.project.predictions.write("m1", [Prediction(record_id, "m1", {AF: 0.9}, likeness=0.003)])
    session._predictions.of = session.project.predictions.all("m1")
    panel._refresh()
    assert not panel.basis.isVisibleTo(panel)
    session.reveal(record_id)
    panel._refresh()
    assert panel.basis.isVisibleTo(panel)
    assert panel.basis.text() == "Predicted from all 12 leads, unlike the ECGs that the model knows."


@pytest.fixture
def stated(session, project):
    """What the device of r1 wrote under the ECG, which is opened."""
    project.waveforms.write(replace(make_record(1), device_statements=("Sinus bradycardia", "<b>Normal</b> ECG")))
    session.record("r1")
    return "File, by its device: Sinus bradycardia / <b>Normal</b> ECG"


def test_what_the_device_stated_is_hidden_as_long_as_the_prediction_is(panel, session, stated):
    panel.show_record("r1")
    assert not panel.device_says.isVisible()
    assert panel.device_says.text() == ""
    assert session.device_statements("r1") == ()
    session.reveal("r1")
    assert panel.device_says.isVisible()
    assert panel.device_says.text() == stated


def test_a_label_given_beside_it_carries_that_the_file_was_visible(panel, session, stated):
    panel.show_record("r1")
    assert session.set_label("r1", SB, State.ABSENT)
    session.reveal("r1")
    assert session.set_label("r1", AF, State.PRESENT)
    seen = {row["code"]: bool(row["file_visible"]) for row in session.project.labels.current_with_source()}
    assert seen == {SB: False, AF: True}


def test_nothing_is_said_of_a_device_that_stated_nothing(panel, session, stated):
    session.set_setting("blind", "off")
    session.record("r2")
    panel.show_record("r1")
    panel.show_record("r2")
    assert not panel.device_says.isVisible()
    assert panel.device_says.text() == ""


def test_what_the_device_stated_comes_with_the_ecg(panel, session, stated):
    session.set_setting("blind", "off")
    panel.show_record("r1", on_page=False)
    assert not panel.device_says.isVisible()
    panel.set_on_page()
    assert panel.device_says.isVisible()
