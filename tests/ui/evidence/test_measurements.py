"""The drawer of measurements on a real session: figures, reasons, and marks that a reader drags."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QTableWidget, QWidget

from cessl_gui.bridge.session import Session
from cessl_gui.core.measurements import Measurements
from cessl_gui.ecg.measuring.measurements import measure
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.store.project import Project
from cessl_gui.ui.evidence.measurement_table import DEVICE, ROWS, StLevels, level_words
from cessl_gui.ui.evidence.measurements_panel import MeasurementsPanel, sentences
from cessl_gui.ui.parts.tokens import THEMES
from cessl_gui.ui.shell.commands.keys import all_keys

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def records():
    return [synthetic_record(kind, 3) for kind in ("sinus rhythm", "atrial fibrillation", "sinus tachycardia")]


@pytest.fixture
def session(qapp, tmp_path, records):
    project = Project.open(tmp_path / "ward.cessl")
    for record in records:
        project.records.add(record)
        project.waveforms.write(record)
    session = Session(project, reader="dr test")
    yield session
    assert session.close()


@pytest.fixture
def panel(session, records, qtbot):
    panel = MeasurementsPanel(session)
    qtbot.addWidget(panel)
    panel.show_record(records[0].id)
    panel.open()
    qtbot.waitUntil(lambda: panel.beat.has_beat, timeout=20_000)
    return panel


def measure_record(panel, session, record, qtbot) -> None:
    panel.show_record(record.id)
    qtbot.waitUntil(lambda: panel.beat.has_beat, timeout=20_000)


def row_of(name: str) -> int:
    return next(i for i, row in enumerate(ROWS) if name in row.quantities)


def cell(table: QTableWidget, name: str, column: int):
    return table.item(row_of(name), column)


def drag(panel, mark: str, by_px: int) -> float:
    """Drag a mark by hand; returns where it stood before."""
    beat, before = panel.beat, panel.beat.marks_ms[mark]
    start = QPoint(round(beat.x_of(before)), beat.height() // 2)
    QTest.mousePress(beat, LEFT, pos=start)
    QTest.mouseMove(beat, start + QPoint(by_px // 2, 0))
    QTest.mouseMove(beat, start + QPoint(by_px, 0))
    QTest.mouseRelease(beat, LEFT, pos=start + QPoint(by_px, 0))
    return before


def test_the_table_has_the_figures_of_the_record(panel, records):
    truth = measure(records[0]).values
    for name in ("rate", "pr", "qrs", "qt", "qtc_fridericia", "qtc_bazett"):
        assert cell(panel.table, name, 1).text() == f"{truth[name]:.0f}", name
        assert cell(panel.table, name, 2).text() == "–"
    assert cell(panel.table, "rr_shortest", 1).text() == f"{truth['rr_shortest']:.0f} – {truth['rr_longest']:.0f}"
    axes = ", ".join(f"{truth[name]:.0f}".replace("-", "−") for name in ("p_axis", "qrs_axis", "t_axis"))
    assert cell(panel.table, "p_axis", 1).text() == axes
    assert panel.table.isRowHidden(row_of("qtc_hodges"))
    panel.more.setChecked(True)
    assert not panel.table.isRowHidden(row_of("qtc_hodges"))


def test_without_a_record_nothing_is_said_to_be_measured(panel):
    panel.show_record("")
    assert panel.beat.empty == "No record open"


def test_the_st_level_of_each_lead_is_there(panel, records):
    truth = measure(records[0]).st_mv
    assert set(truth) == set(records[0].leads)
    assert f"V2 {level_words(truth['V2'])}" in panel.levels.accessibleDescription()


def test_the_devices_figures_stand_beside_ours(panel, session, records, qtbot):
    device = {"qt": 391.0, "qrs_axis": -12.0, "qtc": 418.4}
    stated = replace(records[1], id="with device", source="/with/device", sha256="d" * 64, device=device)
    session.project.records.add(stated)
    session.project.waveforms.write(stated)
    session._infos[stated.id] = session.project.records.get(stated.id)
    measure_record(panel, session, stated, qtbot)
    assert cell(panel.table, "qt", DEVICE).text() == "hidden"
    assert panel.table.isRowHidden(row_of("qtc")), "hidden like the file's diagnosis, also that there are any"
    session.reveal(stated.id)
    assert not panel.table.isRowHidden(row_of("qtc"))
    shown = {name: cell(panel.table, name, DEVICE).text() for name in ("qt", "qrs_axis", "qtc", "qrs")}
    assert shown == {"qt": "391", "qrs_axis": "–, −12, –", "qtc": "418", "qrs": "not stated"}
    assert cell(panel.table, "qtc", 1).text() == "–"
    said = cell(panel.table, "qt", DEVICE).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("QT interval, Device: 391 ms")


def test_what_cannot_be_measured_is_said_once_the_reading_is_no_longer_blind(panel, session, records, qtbot):
    measure_record(panel, session, records[1], qtbot)
    assert cell(panel.table, "pr", 1).text() == "–"
    assert cell(panel.table, "pr", 1).toolTip() == ""
    assert "P wave" not in panel.notes.text()
    session.reveal(records[1].id)
    assert "P wave" in cell(panel.table, "pr", 1).toolTip()
    assert "P wave" in panel.notes.text()
    said = cell(panel.table, "pr", 1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("PR interval, Measured: –")


def test_opening_takes_no_key_from_the_reader(panel, session, records, qtbot):
    room = QWidget()
    qtbot.addWidget(room)
    field = QLineEdit(room)
    drawer = MeasurementsPanel(session, room)
    room.show()
    room.activateWindow()
    field.setFocus()
    drawer.show_record(records[0].id)
    drawer.open()
    assert room.focusWidget() is field


def test_the_second_time_figures_are_there_at_once(panel, session, records, qtbot):
    again = MeasurementsPanel(session)
    qtbot.addWidget(again)
    again.show_record(records[0].id)
    again.open()
    assert cell(again.table, "rate", 1).text() != "–"


def test_what_is_doubtful_has_a_question_mark_and_its_reason(panel, session, records):
    truth = measure(records[0])
    panel._measured_came(replace(truth, doubtful={"qt": "QT: the T wave is flat."}))
    assert cell(panel.table, "qt", 1).text() == f"{truth.values['qt']:.0f} ?"
    assert "flat" in cell(panel.table, "qt", 1).toolTip()
    assert "flat" in panel.notes.text()
    assert "?" not in cell(panel.table, "qrs", 1).text()


def test_bazett_is_warned_of_at_a_quick_rate(panel, session, records, qtbot):
    assert "⚠" not in cell(panel.table, "qtc_bazett", 0).text()
    measure_record(panel, session, records[2], qtbot)
    assert "⚠" in cell(panel.table, "qtc_bazett", 0).text()
    assert "Bazett" in panel.notes.text()


def test_a_dragged_mark_is_stored_once_beside_ours_and_is_there_after_reopening(
    panel, session, records, tmp_path, qtbot
):
    record_id = records[0].id
    ours = cell(panel.table, "qt", 1).text()
    before = drag(panel, "t_offset", 40)
    moved = session.reader_marks(record_id)["t_offset"]
    assert moved - before == pytest.approx(40 * 1060 / panel.beat.width(), abs=4)
    assert len(session.project.marks.history(record_id)) == 1
    assert cell(panel.table, "qt", 1).text() == ours
    assert int(cell(panel.table, "qt", 2).text()) == pytest.approx(int(ours) + moved - before, abs=1.5)
    assert cell(panel.table, "qtc_fridericia", 2).text() != "–"
    assert cell(panel.table, "pr", 2).text() == "–"
    panel.close()
    assert session.close()
    with Project.open(tmp_path / "ward.cessl") as project:
        again = Session(project, reader="dr test")
        reopened = MeasurementsPanel(again)
        qtbot.addWidget(reopened)
        reopened.show_record(record_id)
        reopened.open()
        qtbot.waitUntil(lambda: reopened.beat.has_beat, timeout=20_000)
        assert reopened.beat.marks_ms["t_offset"] == moved
        assert cell(reopened.table, "qt", 2).text() != "–"
        reopened.close()
        assert again.close()
    Project.open(tmp_path / "ward.cessl").close()


def test_keys_choose_move_and_take_back(panel, session, records):
    record_id, beat = records[0].id, panel.beat
    before = dict(beat.marks_ms)
    QTest.keyClick(beat, Qt.Key.Key_Down)
    assert beat.selected == "qrs_offset"
    assert "QRS off" in beat.accessibleDescription()
    QTest.keyClick(beat, Qt.Key.Key_Right)
    QTest.keyClick(beat, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert session.reader_marks(record_id)["qrs_offset"] == pytest.approx(before["qrs_offset"] + 2 - 10)
    QTest.keyClick(beat, Qt.Key.Key_Delete)
    assert session.reader_marks(record_id) == {}
    assert beat.marks_ms == before


def test_undo_and_redo_of_a_mark(panel, session, records):
    record_id = records[0].id
    drag(panel, "qrs_onset", -12)
    moved = session.reader_marks(record_id)
    assert "qrs onset" in session.can_undo
    assert session.undo() == record_id
    assert session.reader_marks(record_id) == {}
    assert panel.beat.marks_ms["qrs_onset"] != moved["qrs_onset"]
    session.redo()
    assert session.reader_marks(record_id) == moved
    assert [e["kind"] for e in session.project.marks.history(record_id)] == ["set", "undo", "redo"]


def test_a_wave_that_was_not_found_can_be_marked(panel, session, records, qtbot):
    measure_record(panel, session, records[1], qtbot)
    assert "p_onset" not in panel.beat.marks_ms
    QTest.keyClick(panel.beat, Qt.Key.Key_Up)
    QTest.keyClick(panel.beat, Qt.Key.Key_Up)
    QTest.keyClick(panel.beat, Qt.Key.Key_Left)
    assert panel.beat.selected == "p_onset"
    assert session.reader_marks(records[1].id) == {"p_onset": -162.0}
    assert cell(panel.table, "pr", 2).text() != "–"


def test_reader_who_pages_on_gets_the_record_shown_last(panel, session, records, qtbot):
    came = []
    session.measurements_ready.connect(lambda m: came.append(m.record_id))
    for record in records[1:]:
        panel.show_record(record.id)
    qtbot.waitUntil(lambda: records[2].id in came, timeout=20_000)
    assert cell(panel.table, "rate", 1).text() == f"{measure(records[2]).values['rate']:.0f}"


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda t: t.name)
def test_traces_and_marks_are_seen_in_each_theme(panel, theme):
    panel.set_theme(theme)
    image = panel.beat.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    x = round(panel.beat.x_of(panel.beat.marks_ms["t_offset"]) * image.devicePixelRatio())
    ground = {theme.page, theme.grid_fine, theme.grid_coarse}
    column = {image.pixelColor(x + d, y).name() for d in (-1, 0, 1) for y in range(image.height())}
    assert column - ground


def test_everything_has_a_name_and_keys_are_listed(panel):
    for widget in (panel.table, panel.beat, panel.more, panel.notes):
        assert widget.accessibleName()
    assert "T end" in panel.beat.accessibleDescription()
    assert any("median beat" in what for _, what in all_keys())


def test_a_note_of_broad_waves_without_beats_is_not_read_to_a_blind_reader():
    note = "Equal broad waves follow each other without a rest, as in ventricular tachycardia."
    m = Measurements("r", {"rate": 95.0}, notes=(note,), doubtful={"rate": "Rate: that of equal broad waves."})
    assert sentences(m, blind=True) == []
    assert note in sentences(m, blind=False)


@pytest.mark.parametrize("blind", [True, False])
def test_the_doubt_of_st_levels_names_no_wave_of_the_rhythm_while_blind(qapp, blind):
    levels = StLevels()
    levels.show_levels(
        Measurements("r", doubtful={"st": "The wave before the beat is high for a P wave."}), blind=blind
    )
    assert ("P wave" in levels.toolTip()) != blind
    assert ("P wave" in levels.accessibleDescription()) != blind
    assert "not sure" in levels.toolTip() or not blind
