"""What the window shows before and after an import."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.ecg.writers import write_wfdb
from cessl_gui.ui.worklist.preview import PreviewDialog


@pytest.fixture(autouse=True)
def no_prediction(monkeypatch):
    """What follows an import takes longer than these tests."""
    monkeypatch.setattr("cessl_gui.bridge.models.predictions.ActivePredictions.predict_missing", lambda self: None)


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "come").mkdir()
    write_wfdb(synthetic_record("sinus rhythm", 5), tmp_path / "come", "new", ["Dx: 426783006"])
    return tmp_path / "come"


@pytest.fixture
def table(tmp_path) -> Path:
    rows = np.random.default_rng(0).integers(-200, 200, (5000, 12))
    path = tmp_path / "table.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in rows))
    return path


def test_a_folder_that_is_dropped_on_the_window_is_imported(window, session, folder, qtbot):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    held = (data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, *held))
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, *held)
    with qtbot.waitSignal(session.ended, timeout=20_000, check_params_cb=lambda kind, _: kind == "import"):
        QApplication.sendEvent(window, event)
    assert "new" in {info.name for info in session.records()}


def shown(session, paths, qtbot) -> PreviewDialog:
    dialog = PreviewDialog(session, paths)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: dialog.facts.text() != "Reading…", timeout=20_000)
    return dialog


def test_a_preview_shows_leads_rate_and_labels(session, folder, qtbot):
    dialog = shown(session, [folder], qtbot)
    text = dialog.facts.text()
    assert "12 leads (I II III" in text
    assert "500 Hz" in text
    assert "Diagnoses in the file: sinus rhythm" in text.lower().replace("diagnoses", "Diagnoses")


def test_what_would_be_guessed_is_asked_before_it_is_imported(session, table, qtbot):
    dialog = shown(session, [table], qtbot)
    assert "Not stated" in dialog.facts.text()
    assert not dialog.import_.isEnabled()
    dialog.said.setText("fs=500 unit=uV leads=I,II,III,aVR,aVL,aVF,V1,V2,V3,V4,V5,V6")
    dialog.look()
    qtbot.waitUntil(lambda: dialog.import_.isEnabled(), timeout=20_000)
    with qtbot.waitSignal(session.ended, timeout=20_000, check_params_cb=lambda kind, _: kind == "import"):
        dialog.import_.click()
    assert "table" in {info.name for info in session.records()}


def test_only_what_was_shown_is_imported(session, folder, qtbot):
    dialog = shown(session, [folder], qtbot)
    qtbot.waitUntil(lambda: dialog.import_.isEnabled(), timeout=20_000)
    dialog.show()
    qtbot.keyClicks(dialog.said, "fs=250 nonsense")
    assert not dialog.import_.isEnabled()
    qtbot.keyClick(dialog.said, Qt.Key.Key_Return)
    assert "nonsense is no setting" in dialog.facts.text()
    assert not dialog.import_.isEnabled()
    dialog.said.setText("fs=500")
    qtbot.keyClick(dialog.said, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.import_.isEnabled(), timeout=20_000)
    assert "import" not in session.busy
    assert dialog.isVisible()


def test_a_preview_asked_for_while_another_is_read_is_shown(session, folder, qtbot):
    dialog = PreviewDialog(session, [folder])
    qtbot.addWidget(dialog)
    dialog.said.setText("fs=250")
    dialog.look()
    qtbot.waitUntil(lambda: dialog.import_.isEnabled(), timeout=20_000)


def test_what_comes_into_a_watched_folder_is_imported(session, folder, qtbot):
    from cessl_gui.tasks.recordings import watching

    watching_settled, watching.SETTLED_S = watching.SETTLED_S, -60
    try:
        session.watch(str(folder))
        qtbot.waitUntil(lambda: "watch" not in session.busy, timeout=20_000)
        session._watcher.look()
        qtbot.waitUntil(lambda: "new" in {info.name for info in session.records()}, timeout=20_000)
    finally:
        watching.SETTLED_S = watching_settled
        session.watch("")


def test_the_page_shows_a_record_as_its_file_was_corrected(window, session, folder, qtbot):
    def imported():
        with qtbot.waitSignal(session.ended, timeout=20_000, check_params_cb=lambda kind, _: kind == "import"):
            session.import_paths([folder])

    imported()
    came = next(info.id for info in session.records() if info.name == "new")
    window.open_record(came)
    qtbot.waitUntil(lambda: window.page.sheet.record is not None and window.page.sheet.record.id == came)
    before = np.ptp(window.page.sheet.record.signal_mv)
    header = folder / "new.hea"
    header.write_text(header.read_text().replace("/mV", "/uV"))
    imported()
    qtbot.waitUntil(lambda: np.ptp(window.page.sheet.record.signal_mv) != before)
    assert np.ptp(window.page.sheet.record.signal_mv) == pytest.approx(before / 1000, rel=1e-3)
    assert window.page.sheet.record is session.record(came)
