"""The panel of the reading: clicks and keys give labels; model and file stay apart from what a person says."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QAbstractButton, QLineEdit

from cessl_gui.bridge.panel import set_digit
from cessl_gui.bridge.session import Session
from cessl_gui.core.errors import ProjectError
from cessl_gui.core.types import Prediction, ReadingState, State
from cessl_gui.ui.parts.preferences import preferences
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.tokens import BODY, LIGHT, STRONG
from cessl_gui.ui.reading.acting import PAUSE
from cessl_gui.ui.reading.figure import HIDDEN, UNKNOWN, Figure, draw_bar
from cessl_gui.ui.reading.panel import NOT_IN_PANEL, ReadingPanel
from cessl_gui.ui.reading.statement_list import SCROLL_BAR_PX
from cessl_gui.ui.reading.statement_row import lines_of
from tests.ui.conftest import AF, PANEL, SB, SR, make_record

WPW = "74390002"  # not in the panel of a new project


@pytest.fixture
def panel(session, qtbot):
    widget = ReadingPanel(session)
    qtbot.addWidget(widget)
    widget.resize(280, 720)
    widget.show_record("r0")
    widget.show()
    return widget


def titles(panel):
    return list(dict.fromkeys(panel.list.area._titles))


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
    assert panel.row(PANEL[1].code).digit == "2"


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
    assert NOT_IN_PANEL not in titles(panel)
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
    assert not panel.row(AF).file
    panel.say(SB, State.ABSENT)
    panel.confirm()
    assert panel.row(AF).file
    session.undo()
    assert not panel.row(AF).file
    assert panel.row(AF).bar.reason == HIDDEN
    session.set_setting("blind", "off")
    session.remove_panel(AF)
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


def test_a_confirmed_record_shows_what_reader_model_and_file_say(panel, session):
    panel.say(AF, State.PRESENT)
    panel.say(SR, State.PRESENT)  # the model: 0.5
    panel.say(SB, State.PRESENT)  # the model: 0.0
    panel.confirm()
    panel.confirm()
    assert {party: label.text() for party, label in panel.opinions.said.items()} == {
        "You": "AF · SR · SB",
        "Model": "AF 0.95, SR 0.50",
        "File": "AF",
    }
    assert panel.opinions.agreed.text() == "✓ AF: all agree"
    assert panel.opinions.differ.text() == "≠ SB: model 0.00 · SR: not as in the file · SB: not as in the file"


def test_enter_answers_what_was_confirmed_and_goes_on(panel, qtbot):
    panel.say(AF, State.PRESENT)
    with qtbot.waitSignal(panel.next_wanted), qtbot.waitSignal(panel.was_read) as answer:
        panel.confirm_next()
    assert answer.args == ["ECG 0 · You: AF · Model: AF 0.95, SR 0.50 · File: AF"]


def test_with_a_pause_enter_shows_what_was_confirmed_first(panel, qtbot):
    preferences().setValue(PAUSE, True)
    wanted = []
    panel.next_wanted.connect(lambda: wanted.append(1))
    panel.say(AF, State.PRESENT)
    panel.confirm_next()
    assert panel.opinions.isVisible()
    assert not wanted
    assert panel.buttons["confirm_next"].text() == "Next unread"
    panel.confirm_next()
    assert wanted


def test_the_pause_is_a_choice_in_the_menu(panel):
    pause = next(a for a in panel.footer.more_menu().actions() if a.text() == "Pause after confirming")
    pause.setChecked(True)
    assert preferences().value(PAUSE, False, bool)


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
    qtbot.mouseClick(panel.buttons["defer_next"], Qt.MouseButton.LeftButton)
    assert session.info("r0").reading == ReadingState.DEFERRED
    next(a for a in panel.footer.more_menu().actions() if a.text().startswith("Exclude")).trigger()
    assert session.info("r0").reading == ReadingState.EXCLUDED
    assert panel.chip.text == "Excluded"
    qtbot.mouseClick(panel.buttons["include"], Qt.MouseButton.LeftButton)
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
    panel = ReadingPanel(session)
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


def test_a_confirmed_reading_is_locked_until_it_is_reopened(panel, session, qtbot):
    panel.say(AF, State.PRESENT)
    panel.confirm()
    shown = {state: button.isVisible() for state, button in panel.row(AF).buttons.items()}
    assert shown == {State.PRESENT: True, State.UNCERTAIN: False, State.ABSENT: False}
    assert not panel.search.isVisible()
    assert [name for name, button in panel.buttons.items() if button.isVisible()] == ["confirm_next", "reopen"]
    qtbot.mouseClick(panel.buttons["reopen"], Qt.MouseButton.LeftButton)
    assert session.info("r0").reading == ReadingState.IN_PROGRESS
    assert session.labels("r0") == {AF: State.PRESENT}
    assert panel.search.isVisible()
    assert panel.buttons["normal_next"].isVisible()
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
            ("Confirmed. Reopen (Shift+C) to change.",)
            if closed == "confirm"
            else ("Excluded. Include (X) to change.",)
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


def test_a_bar_is_full_where_likely_and_outlined_where_only_above_its_cut_off(qapp):
    pictures, words = [], []
    for shown in (Figure(0.3, 0.4), Figure(0.3, 0.2), Figure(0.6, 0.2)):
        image = QImage(100, 20, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        with QPainter(image) as painter:
            draw_bar(painter, QRectF(0, 8, 100, 4), shown, LIGHT)
        pictures.append(image.pixelColor(10, 10))
        words.append(shown.text)
    assert pictures == [LIGHT.color("unset"), LIGHT.color("surface"), LIGHT.color("accent")]
    assert words == [
        "Model: probability 0.30, below its cut-off 0.40",
        "Model: probability 0.30, above its cut-off 0.20 but not likely: below 0.5",
        "Model: probability 0.60, likely: above its cut-off 0.20",
    ]


def test_one_hundredth_above_a_lower_cut_off_is_no_likely_finding():
    text = Figure(0.012, 0.004).text
    assert text == "Model: probability 0.01, above its cut-off 0.004 but not likely: below 0.5"


def test_rest_absent_fills_the_panel_only(panel, session, qtbot):
    panel.say(AF, State.PRESENT)
    qtbot.mouseClick(panel.buttons["rest_absent"], Qt.MouseButton.LeftButton)
    assert set(session.labels("r0")) == {s.code for s in PANEL}
    assert panel.row(SB).state == State.ABSENT


def test_a_statement_is_chosen_by_a_click_on_its_line(panel, qtbot):
    with qtbot.waitSignal(panel.statement_chosen) as chosen:
        qtbot.mouseClick(panel.row(AF), Qt.MouseButton.LeftButton, pos=QPoint(40, 10))
    assert chosen.args == [AF]


def test_the_panel_follows_the_project(panel, session):
    session.add_panel(WPW)
    assert panel.row(WPW) is not None
    session.remove_panel(SR)
    assert panel.row(SR) is None
    assert panel.row(SB).digit == "1"


@pytest.mark.parametrize("width", [280, 349, 403])
def test_names_stand_in_full_left_of_the_answers(panel, session, width):
    panel.resize(width, 720)
    for row in panel.list.rows():
        for is_bold in (False, True):
            lines = lines_of(row.statement.name, is_bold, row._name_px(width - SCROLL_BAR_PX))
            assert "".join("".join(lines).split()) == "".join(row.statement.name.split())
            wide = QFontMetrics(font(STRONG if is_bold else BODY)).horizontalAdvance
            assert max(map(wide, lines)) <= row._name_px(width - SCROLL_BAR_PX)
            assert len(lines) <= 2


def test_only_whole_rows_are_in_sight(panel):
    shown = [row for row in panel.list.rows() if not row.isHidden()]
    assert 5 < len(shown) < len(PANEL)
    assert all(panel.list.area.viewport().rect().contains(row.geometry()) for row in shown)


def test_the_groups_below_are_named_at_the_end_and_a_click_goes_there(panel, qtbot):
    first = panel.list.end.groups[0]
    qtbot.mouseClick(panel.list.end, Qt.MouseButton.LeftButton)
    assert first in [h.title for h in panel.list.area._headings if h.isVisible()]
    while panel.list.end.groups:
        panel.list.show_next_group()
    assert not panel.list.rows()[-1].isHidden()


def test_the_statements_stand_in_groups(panel, session):
    assert titles(panel)[:2] == ["Rhythm", "Conduction"]
    session.set_label("r0", WPW, State.PRESENT)
    assert titles(panel)[-1] == NOT_IN_PANEL


def test_an_answer_moves_no_row(panel, session):
    before = [(row.code, row.geometry()) for row in panel.list.rows() if not row.isHidden()]
    for code, _ in before:
        session.set_label("r0", code, State.PRESENT)
    assert [(row.code, row.geometry()) for row in panel.list.rows() if not row.isHidden()] == before


def test_a_hint_moves_nothing(panel):
    before = panel.list.geometry(), panel.footer.geometry()
    panel.show_hint("Nothing is assessed yet: answer for a statement, or press N if this ECG is normal.")
    assert (panel.list.geometry(), panel.footer.geometry()) == before
    assert panel.hint.geometry().bottom() < panel.footer.geometry().top()


def test_matches_lie_over_the_list_and_move_nothing(panel, qtbot):
    before = panel.list.geometry()
    qtbot.keyClicks(panel.search.typed, "block")
    assert panel.search.matches.isVisible()
    assert panel.list.geometry() == before


def test_how_many_are_answered_is_said(panel, session):
    panel.say(AF, State.PRESENT)
    panel.say(SB, State.UNCERTAIN)
    assert panel.footer.summary.text() == f"1 present · 1 uncertain · {len(PANEL) - 2} not assessed"


def test_digits_are_the_projects_choice(panel, session):
    set_digit(session, 1, AF)
    assert panel.row(AF).digit == "1"
    assert panel.row(SR).digit == ""
    panel.press_digit(1, State.PRESENT)
    assert session.labels("r0") == {AF: State.PRESENT}
    set_digit(session, 9, AF)
    panel.press_digit(1, State.PRESENT)
    assert session.labels("r0") == {AF: State.PRESENT}, "a key that was freed answers for nothing"


def test_what_is_known_but_not_shipped_is_added_by_enter(panel, session, qtbot):
    qtbot.keyClicks(panel.search.typed, "hyperkalemia")
    assert panel.search.matches.item(0).text() == "Add “Hyperkalaemia”  (Enter)"
    qtbot.keyClick(panel.search.typed, Qt.Key.Key_Return)
    assert session.labels("r0") == {"local:Hyperkalaemia": State.PRESENT}
    assert session.panel()[-1].name == "Hyperkalaemia"
    session.undo()
    assert session.labels("r0") == {}


def test_a_record_that_is_not_predicted_says_why_and_not_that_it_is_blind(panel, session):
    session._predictions.refused["r0"] = "all leads are flat"
    panel.refresh()
    assert panel.chip.text == "Not predicted"
    assert panel.basis.text().startswith("Not predicted: all leads are flat.")
    assert panel.basis.isVisible()


def test_keys_that_were_changed_are_shown(panel):
    panel.show_keys({"confirm_next": "Enter", "normal_next": "F2", "exclude": "Del"})
    assert panel.buttons["normal_next"].key == "F2"
    assert panel.buttons["include"].key == "Del"


def test_all_controls_have_accessible_names(panel):
    controls = [c for kind in (QAbstractButton, QLineEdit) for c in panel.findChildren(kind)]
    lacking = [
        c.objectName() for c in controls if c.isVisible() and not (c.accessibleName() or getattr(c, "text", str)())
    ]
    assert not lacking


def test_present_stands_out_in_bold(panel, session):
    pictures = []
    for state in (State.PRESENT, State.ABSENT):
        panel.say(SB, state)
        pictures.append(panel.row(SB).grab(QRect(30, 0, 150, 26)).toImage())
    assert pictures[0] != pictures[1]


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
    project.waveforms.write(replace(make_record(1), device_statements=("Sinus bradycardia", "<b>Normal</b> ECG")))
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
    seen = {row["code"]: bool(row["file_visible"]) for row in session.project.labels.current_with_source()}
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


def test_without_an_ecg_the_buttons_say_why_they_are_grey(panel):
    panel.show_record("")
    assert panel.footer.buttons["rest_absent"].toolTip().endswith("No ECG is open.")
    panel.show_record("r0")
    assert "No ECG" not in panel.footer.buttons["rest_absent"].toolTip()
