"""The Statements room: what is chosen there holds in the panel at once."""

import pytest
from PySide6.QtCore import Qt

from cessl_gui.bridge.reader import panel
from cessl_gui.core.types import State
from cessl_gui.tasks.merging_statements import merge
from cessl_gui.ui.reading.editor import CODED, GROUP, KEY, NAME, TYPED, StatementsView
from tests.ui.conftest import AF, PANEL, SB, SR

WPW = "74390002"


@pytest.fixture
def room(session, qtbot):
    room = StatementsView(session)
    qtbot.addWidget(room)
    room.resize(1200, 700)
    room.show()
    qtbot.waitUntil(lambda: not room._boxing.isActive())
    return room


def row_of(room, code):
    return [room.table.item(row, 4).text() for row in range(room.table.rowCount())].index(code)


def test_all_statements_of_the_panel_are_there(room):
    assert room.table.rowCount() == len(PANEL)


def test_a_statement_is_moved_by_a_button(room, session, qtbot):
    room.table.selectRow(row_of(room, SB))
    qtbot.mouseClick(room.buttons["up"], Qt.MouseButton.LeftButton)
    assert [s.code for s in session.panel()[:2]] == [SB, SR]
    assert room.code == SB, "it stays chosen"


def test_a_statement_is_added_by_the_search_and_removed_by_a_button(room, session, qtbot):
    qtbot.keyClicks(room.search.typed, "delta wave")
    qtbot.keyClick(room.search.typed, Qt.Key.Key_Return)
    assert WPW in {s.code for s in session.panel()}
    room.table.selectRow(row_of(room, WPW))
    qtbot.mouseClick(room.buttons["remove"], Qt.MouseButton.LeftButton)
    assert WPW not in {s.code for s in session.panel()}


def test_a_key_is_chosen_and_freed(room, session):
    box = room.table.cellWidget(row_of(room, AF), KEY)
    box.activated.emit(1)
    assert panel.digits(session)[0] == AF
    assert room.table.cellWidget(row_of(room, AF), KEY).currentText() == "1"
    room.table.cellWidget(row_of(room, AF), KEY).activated.emit(0)
    assert AF not in panel.digits(session)


def test_a_group_is_chosen(room, session):
    box = room.table.cellWidget(row_of(room, AF), GROUP)
    box.activated.emit(box.findText("Other"))
    assert session.panel()[-1].code == AF


def test_a_name_and_words_to_search_by_are_typed(room, session):
    room.table.item(row_of(room, AF), NAME).setText("<b>VHF</b>")
    room.table.item(row_of(room, AF), TYPED).setText("Flimmern, Flattern")
    assert session.vocabulary()[AF].name == "<b>VHF</b>"
    assert session.vocabulary().search("flattern")[0].code == AF


def test_a_file_that_is_no_panel_is_said(room, tmp_path):
    (tmp_path / "odd.json").write_text("{}")
    room.load(tmp_path / "odd.json")
    assert room.notice.text() == "odd.json is no panel of this program. Choose a file that was saved as a panel."


def test_the_boxes_come_some_rows_at_a_time_and_stay(session, qtbot):
    room = StatementsView(session)
    qtbot.addWidget(room)
    rows = range(room.table.rowCount())
    assert room.table.cellWidget(rows[-1], KEY) is None, "all at once would hold the window"
    qtbot.waitUntil(lambda: all(room.table.cellWidget(row, GROUP) for row in rows))
    boxes = [room.table.cellWidget(row, KEY) for row in rows]
    room.table.selectRow(row_of(room, AF))
    room.buttons["down"].click()
    assert [room.table.cellWidget(row, KEY) for row in rows] == boxes
    assert room.table.cellWidget(row_of(room, AF), KEY).accessibleName().endswith("Atrial fibrillation")


def test_the_columns_of_boxes_are_as_wide_as_these(room):
    boxes = {column: room.table.cellWidget(0, column) for column in (KEY, GROUP)}
    widths = {column: box.fontMetrics().horizontalAdvance(box.itemText(0)) for column, box in boxes.items()}
    assert all(room.table.columnWidth(column) >= boxes[column].sizeHint().width() > widths[column] for column in boxes)


def test_every_control_has_a_name(room):
    boxes = [room.table.cellWidget(row, column) for row in range(3) for column in (KEY, GROUP)]
    assert all(box.accessibleName() for box in (*boxes, *room.buttons.values(), room.table, room.search.typed))


def done(qtbot, session, act):
    with qtbot.waitSignal(session.label_files.ended, timeout=20_000):
        act()


def test_a_statement_is_merged_into_another_and_taken_apart(room, session, qtbot):
    own = panel.add_own(session, "Flimmern wie bei uns")
    session.set_label("r2", own, State.PRESENT)
    room.table.selectRow(row_of(room, own))
    room.buttons["merge"].click()
    dialog = room._merging
    dialog.search.typed.setText("atrial fibrillation")
    done(qtbot, session, lambda: qtbot.keyClick(dialog.search.typed, Qt.Key.Key_Return))
    merged = session.labels("r2")
    done(qtbot, session, dialog.apart.click)
    assert (merged[AF], session.labels("r2")) == (State.PRESENT, {own: State.PRESENT})


def test_a_label_of_a_merged_statement_shows_as_the_other_at_once(session):
    own = panel.add_own(session, "Flimmern wie bei uns")
    merge(session.project, own, AF, session.reader)
    session.set_label("r2", own, State.PRESENT)
    assert session.labels("r2")[AF] == State.PRESENT


def test_a_statement_is_given_codes_of_other_systems(room, session):
    room.table.item(row_of(room, AF), CODED).setText("sct 49436004, AHA 50")
    assert panel.wordings(session)[0].codes == ("SNOMED CT 49436004", "AHA 50")


def test_what_is_no_code_is_refused_in_a_sentence(room, session):
    room.table.item(row_of(room, AF), CODED).setText("ICD I48")
    assert (room.notice.text(), panel.wordings(session)) == (
        "ICD I48 is no code. Write it as SNOMED 698247007 or AHA 50.",
        (),
    )


def test_no_two_statements_get_one_name(room, session):
    room.table.item(row_of(room, SB), NAME).setText("atrial Fibrillation")
    assert room.table.item(row_of(room, SB), NAME).text() == "Sinus bradycardia"
    assert room.notice.text().startswith("Atrial fibrillation is another statement.")
