"""The main job, the whole way, on real recordings: as a clinician with mouse and keys, and by the commands."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog

from benchmarks.learning.main_job import header_truth
from cessl_gui import cli
from cessl_gui.bridge import projects
from cessl_gui.core.types import ReadingState, State
from cessl_gui.store.project import Project
from cessl_gui.ui.shell.window import MainWindow

AF, SR, RBBB = "164889003", "426783006", "713427006"
TRAINING_MS = 600_000
RECORDINGS = 50


@pytest.fixture
def cessl(capsys):
    """Run a cessl command in this process; the objects it printed."""

    def run(*words) -> list[dict]:
        status = cli.main([*map(str, words), "--json"])
        out, err = capsys.readouterr()
        assert status == 0, err
        return [json.loads(line) for line in out.splitlines()]

    return run


def in_a_process_of_its_own(*words) -> list[dict]:
    command = [sys.executable, "-m", "cessl_gui.cli", *map(str, words), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def press(qtbot, window, key, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(QApplication.focusWidget() or window, key, modifier)


def shown(qtbot, folder) -> MainWindow:
    window = MainWindow(projects.open_session(folder))
    window.resize(1366, 768)
    with qtbot.waitExposed(window):
        window.show()
        window.activateWindow()
    return window


@pytest.fixture
def ward(cessl_data, tmp_path) -> Path:
    """A folder of as many recordings as the job needs: nine of each of three statements alone, and others."""
    headers = sorted((cessl_data / "challenge" / "cpsc2018").rglob("*.hea"))
    said = [header.read_text().partition("Dx: ")[2].split("\n")[0].strip() for header in headers]
    alone = [i for word in ("AF", "RBBB", "Normal") for i in [i for i, dx in enumerate(said) if dx == word][:9]]
    others = [i for i in range(len(headers)) if i not in alone]
    folder = tmp_path / "ward"
    folder.mkdir()
    for header in [headers[i] for i in alone + others][:RECORDINGS]:
        for file in (header, header.with_suffix(".mat")):
            shutil.copy(file, folder)
    return folder


@pytest.mark.slow
def test_with_mouse_and_keys_from_a_folder_to_a_model_of_ones_own(qtbot, ward, tmp_path, monkeypatch):
    folder = tmp_path / "ward.cessl"
    window = shown(qtbot, folder)
    session = window._session
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(ward))

    # Import a folder: Ctrl+I. Base model predictions follow by themselves.
    with qtbot.waitSignal(session.ended, timeout=60_000, check_params_cb=lambda kind, _: kind == "import"):
        press(qtbot, window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert len(session.records()) == RECORDINGS
    qtbot.waitUntil(lambda: len(session.predictions()) == RECORDINGS, timeout=90_000)
    shelf = window.model_room.shelf
    window.show_room("model")
    qtbot.waitUntil(lambda: "Label some ECGs first" in shelf.sentence.text())
    assert not shelf.train.isEnabled()
    window.show_room("read")

    # Label: what the headers say stands in for the reader's own eyes. Every second of AF, RBBB and normal ones.
    wanted = {AF: "AF", RBBB: "RBBB", SR: ""}
    given = {}
    for info in session.records():
        said = set(session.project.labels.header(info.id))  # hidden from the reader, known to the test
        code = next((code for code in wanted if said == {code}), None)
        if code is None or sum(code == c for c in given.values()) >= 9:
            continue
        given[info.id] = code
        rail = window.read.records.view
        place = window.records.table.row_of(info.id)
        rail.verticalScrollBar().setValue(int(rail.row_rect(place).top()) + rail.verticalScrollBar().value())
        at = rail.row_rect(place).center().toPoint()
        qtbot.mouseClick(rail.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert window.labels.record_id == info.id == window.page.sheet.record.id
        if code == SR:
            press(qtbot, window, Qt.Key.Key_N)
            continue
        press(qtbot, window, Qt.Key.Key_Slash)
        qtbot.keyClicks(window.labels.search.typed, wanted[code])
        press(qtbot, window, Qt.Key.Key_Return)
        press(qtbot, window, Qt.Key.Key_A)
        assert not session.prediction_shown(info.id)
        press(qtbot, window, Qt.Key.Key_Return)
        assert session.prediction_shown(info.id)
    assert len(given) == 27
    for record_id, code in given.items():
        assert session.labels(record_id)[code] == State.PRESENT
        assert session.info(record_id).reading == ReadingState.CONFIRMED
        assert sum(state == State.PRESENT for state in session.labels(record_id).values()) == 1

    # One click. Labelling goes on meanwhile.
    window.show_room("model")
    qtbot.waitUntil(shelf.train.isEnabled)
    assert f"{len(given)} ECGs" in shelf.train.text()
    qtbot.mouseClick(shelf.train, Qt.MouseButton.LeftButton)
    assert "train" in session.busy
    other = next(info.id for info in session.records() if info.id not in given)
    window.open_record(other)
    press(qtbot, window, Qt.Key.Key_1)
    assert session.project.labels.current(other) == {SR: State.PRESENT}
    window.show_room("model")
    qtbot.waitUntil(lambda: "train" not in session.busy, timeout=TRAINING_MS)
    candidate = session.candidate()
    assert candidate is not None
    assert (candidate.summary.method, candidate.summary.folds) == ("output layer", 5)
    assert session.active_model().status == "base"
    assert {AF, RBBB, SR} <= set(candidate.statements)
    # It learns what holds when it starts, a moment after the click: the label given meanwhile may be among it.
    assert set(given) <= set(candidate.summary.comparison.holdout) <= {*given, other}, "each is answered by the folds"
    assert candidate.summary.n_labelled == len(candidate.summary.comparison.holdout)

    # Before and after; adopt. All records are predicted again in the background.
    evidence = window.model_room.evidence
    qtbot.waitUntil(lambda: "Comparing" not in evidence.verdict.text() and evidence.adopt.isVisible(), timeout=30_000)
    qtbot.mouseClick(evidence.adopt, Qt.MouseButton.LeftButton)
    assert session.active_model().id == candidate.id
    qtbot.waitUntil(lambda: len(session.predictions()) == RECORDINGS and not session.busy, timeout=90_000)
    assert all(p.model_id == candidate.id for p in session.predictions().values())

    # Predictions beside the statements, and per lead.
    window.open_record(next(iter(given)))
    assert window.labels.row(AF).bar.p == session.prediction(next(iter(given))).probabilities[AF]
    window.labels.pick(AF)
    qtbot.waitUntil(lambda: window.influence.currentWidget() is window.influence.drawer, timeout=60_000)
    assert (
        window.influence.per_lead.without.shape
        == window.influence.per_lead.alone.shape
        == (12, len(candidate.statements))
    )

    # Close, reopen: all still there.
    labels = {info.id: session.labels(info.id) for info in session.records()}
    predictions = session.predictions()
    window.close()
    window = shown(qtbot, folder)
    session = window._session
    assert {info.id: session.labels(info.id) for info in session.records()} == labels
    assert session.predictions() == predictions
    assert session.active_model().id == candidate.id
    assert len(session.records()) == RECORDINGS
    window.close()


@pytest.fixture(scope="module")
def quarters(cessl_data):
    """Half of the 242 Challenge records: (headers to learn from, headers to test on)."""
    paths = sorted((cessl_data / "challenge").rglob("*.hea"))
    assert len(paths) == 242
    return paths[::4], paths[1::4]


def write_truth(folder: Path, out: Path) -> None:
    """The headers of the records without labels as a CSV of labels, by the same rule as accepted headers."""
    with Project.open(folder) as project, out.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["record", "code", "state"])
        for record_id, states in header_truth(project).items():
            writer.writerows([record_id, code, "present" if value else "absent"] for code, value in states.items())


@pytest.mark.slow
def test_by_the_commands_labels_beat_an_untrained_output_layer(quarters, cessl, tmp_path):
    learn, test = quarters
    folder = tmp_path / "challenge.cessl"
    (row,) = cessl("import", folder, *learn, "--accept-header-labels")
    assert row == {"added": 61, "known": 0, "quarantined": 0}
    (row,) = cessl("import", folder, *test)
    assert row["added"] == 61
    (model,) = cessl("train", folder, "--seed", 0, "--adopt")
    assert model["status"] == "active"
    assert model["n"] > 10
    write_truth(folder, tmp_path / "truth.csv")
    (found,) = cessl("evaluate", folder, "--labels", tmp_path / "truth.csv")
    assert found["model"] == model["model"]
    assert found["n"] == 61
    gain = found["compared"]["untrained output layer"]["auc_difference"]
    assert gain["low"] > 0, f"macro AUC is higher by {gain}"
    for row in found["classes"].values():
        assert row["auc"]["value"] is None or row["auc"]["low"] is None or row["auc"]["low"] <= row["auc"]["high"]

    rows = cessl("predict", folder)
    assert len(rows) == 122
    assert {row["model"] for row in rows} == {model["model"]}
    assert all(0 <= p <= 1 for row in rows for p in row["probabilities"].values())
    assert rows == in_a_process_of_its_own("predict", folder), "reopened: the same"
    cessl("export", folder, tmp_path / "out.csv", "--format", "csv")
    assert (tmp_path / "out.csv").read_text().count("present") > 61


def test_files_without_a_project_are_predicted_lead_by_lead(cessl, cessl_data):
    path = cessl_data / "challenge" / "cpsc2018" / "A0003.hea"
    (row,) = cessl("predict", "--files", path, "--per-lead")
    assert row["name"] == "A0003"
    assert row["thresholds"].keys() == row["probabilities"].keys()
    assert all(0 < threshold < 1 for threshold in row["thresholds"].values())
    for table in ("without", "alone"):
        assert list(row[table]) == ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"]
        assert row[table]["II"].keys() == row["probabilities"].keys()
    assert np.ptp([row["alone"][lead][AF] for lead in row["alone"]]) > 0
