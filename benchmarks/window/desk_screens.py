"""Pictures of every room in every theme and state: a part of `make screens`.

`python -m benchmarks.window.desk_screens FOLDER`

On real records at 1366 x 768, 1920 x 1080 and, on a screen of scale 1.5, 2560 x 1440; 28 px of each height are the
system's title bar. --only takes a part of them. Training, the page's layouts, comparison and 24 h
are in benchmarks.window.screens.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks.report import arguments

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QApplication, QWidget

from benchmarks.window.screens import wait
from cessl_gui.bridge.session import Session
from cessl_gui.core.task import Task
from cessl_gui.core.types import ReadingState, Record, State
from cessl_gui.ecg import writers
from cessl_gui.ecg.readers import read_recording
from cessl_gui.store.project import Project
from cessl_gui.tasks.models import runs
from cessl_gui.tasks.recordings import importing
from cessl_gui.ui.parts.preferences import preferences
from cessl_gui.ui.parts.tokens import THEMES
from cessl_gui.ui.reading.label_import import LabelsDialog
from cessl_gui.ui.shell.start_page.recents import Recent, _write, recent_projects
from cessl_gui.ui.shell.start_page.start import StartWindow
from cessl_gui.ui.shell.window import MainWindow
from cessl_gui.ui.worklist.exporting import ExportDialog
from cessl_gui.ui.worklist.numbers import NumbersDialog

TITLE_BAR = 28
SIZES = ((1366, 768), (1920, 1080))
FINE = (1707, 960)  # 2560 x 1440 points at scale 1.5
RECORDS = 40
AF = "164889003"
LONG = "Ward 7 west, bed 12 - resting ECG before discharge, repeated after the electrodes were moved"
ONE_LEAD, HOLTER, LOST = "watch_I", "holter_3_leads", "A0005"
HOURS = 4
NOT_READ = {"ward scan.xml": b"<RestingECG><PatientDemographics>", "export.dcm": b"DICM", "notes.csv": b"a;b\n1;x\n"}


def project_of(folder: Path, data: Path) -> Project:
    """Forty Challenge records, one of a long name, one of a single lead, one of hours; one file is lost afterwards."""
    files = sorted((data / "challenge" / "cpsc2018").rglob("A*.hea"))[:RECORDS]
    project, source = Project.open(folder / "Ward 7.cessl"), folder / "odd"
    source.mkdir()
    for path in files:
        if path.stem == LOST:
            lost = [shutil.copy(path.with_suffix(ending), source) for ending in (".hea", ".mat")]
    kept = [path for path in files if path.stem != LOST]
    for name, content in NOT_READ.items():
        (source / name).write_bytes(content)
    for name, record in odd_records(read_recording(files[0])).items():
        writers.write(record, source / f"{name}.h5", "hdf5")
    importing.import_paths(project, [*kept, source], Task())
    for path in lost:
        Path(path).unlink()
    return project


def odd_records(ecg: Record) -> dict[str, Record]:
    """What a list holds beside 12-lead ECGs of 10 s: a long name, a single lead, hours of three leads."""
    hours = int(HOURS * 3600 * ecg.fs_hz / ecg.signal_mv.shape[1])
    three = np.tile(ecg.signal_mv[[0, 1, 6]], hours)
    records = {
        LONG: ecg,
        ONE_LEAD: replace(ecg, signal_mv=ecg.signal_mv[:1], leads=("I",)),
        HOLTER: replace(ecg, signal_mv=three, leads=("I", "II", "V1")),
    }
    return {name: replace(record, name=name) for name, record in records.items()}


class Tripod:
    """Takes a window in all sizes and themes."""

    def __init__(self, window, folder: Path, sizes: tuple[tuple[int, int], ...]) -> None:
        self.window, self.folder, self.sizes = window, folder, sizes

    def take(self, name: str, themes: tuple[str, ...] = ("light",), over: QWidget | None = None) -> None:
        """over : a dialog, which is drawn where it stands over the window"""
        self.window.activateWindow()  # what has the keyboard shows it
        for theme in themes:
            if hasattr(self.window, "set_theme"):
                self.window.set_theme(theme)
            for width, height in self.sizes:
                self.window.resize(width, height - TITLE_BAR)
                pause(0.4)
                picture = self.window.grab()
                if over is not None:
                    lay_over(picture, over)
                path = self.folder / f"{name}-{theme}-{picture.width()}.png"
                picture.save(str(path))
                print(path)


def lay_over(picture: QPixmap, dialog: QWidget) -> None:
    """Draw a dialog over the middle of a window's picture."""
    dialog.show()
    pause(0.3)
    frame = QRect(dialog.rect())
    size = picture.deviceIndependentSize().toSize()
    frame.moveCenter(QRect(0, 0, size.width(), size.height()).center())
    with QPainter(picture) as painter:
        painter.drawPixmap(frame.topLeft(), dialog.grab())
        painter.setPen(dialog.palette().mid().color())
        painter.drawRect(frame)


def pause(seconds: float) -> None:
    """Let the event loop run."""
    loops: list[int] = []

    def enough() -> bool:
        loops.append(1)
        return len(loops) > seconds / 0.005

    wait(enough, 60)


def states(window: MainWindow, tripod: Tripod) -> None:
    """The Read room in the states that a reader meets."""
    session, every = window._session, tuple(THEMES)
    ids = {info.name: info.id for info in session.records()}
    first, second = ids["A0003"], ids["A0004"]
    open_(window, first)
    tripod.take("read-no-model")
    session.predict_missing()
    wait(lambda: len(session.predictions()) >= len(session.records()) - 2 and "predict" not in session.busy, 180)
    tripod.take("read-blind", every)
    session.set_label(first, AF, State.PRESENT)
    session.set_reading(first, ReadingState.CONFIRMED)
    tripod.take("read-confirmed", every)
    window.labels.pick(AF)
    window.acts["evidence"].trigger()
    wait(lambda: window.influence.per_window is not None, 60)
    tripod.take("read-evidence", every)
    window.acts["evidence"].trigger()
    window.acts["measurements"].trigger()
    pause(2)
    tripod.take("read-measurements", every)
    window.acts["measurements"].trigger()
    open_(window, second)
    session.set_reading(second, ReadingState.EXCLUDED)
    tripod.take("read-excluded")
    session.problem.emit("The disk is full.", "Free some space, then go on.", "")
    tripod.take("read-problem", every)
    window.toasts.close_button.click()


def odd_states(window: MainWindow, tripod: Tripod) -> None:
    """Records that are unlike the others: a long name, one lead, hours, a file that is gone, one that is being read."""
    ids = {info.name: info.id for info in window._session.records()}
    for name, picture in ((LONG, "read-long-name"), (ONE_LEAD, "read-one-lead"), (HOLTER, "read-holter")):
        open_(window, ids[f"{name}_0"])  # the first of an HDF5 file
        pause(2)
        tripod.take(picture, tuple(THEMES))
    window.page.set_speed(250 / (3600 * HOURS))
    pause(1)
    tripod.take("read-holter-whole")
    window.page.set_speed(25)
    window._session.project.waveforms.path(ids[LOST]).unlink()
    window._session._recordings._opened.clear()
    window.open_record(ids[LOST])
    wait(lambda: window.toasts.isVisible(), 60)
    tripod.take("read-lost", tuple(THEMES))
    window.toasts.close_button.click()
    window.page.show_name(window._session.info(ids["A0006"]))  # as it stands until the file is read
    tripod.take("read-loading")


def worklist_states(window: MainWindow, tripod: Tripod) -> None:
    """Several rows chosen; a filter that chooses none."""
    window.show_room("worklist")
    worklist = window.worklist
    worklist.grid.choose(worklist.table.ids[2:7])
    tripod.take("worklist-several", tuple(THEMES))
    worklist.grid.clearSelection()
    worklist.search.setText("no such name")
    tripod.take("worklist-none")
    worklist.search.clear()


def dialogs(window: MainWindow, tripod: Tripod) -> None:
    """What opens over the window: the files that could not be read, export, Numbers, print, the labels of a file."""
    session = window._session
    window.show_room("worklist")
    window.files.show_quarantine()
    tripod.take("dialog-not-read", tuple(THEMES), over=window.files._quarantine)
    window.files._quarantine.close()
    export = ExportDialog(session.count, window.worklist.table.ids[2:7], window)
    tripod.take("dialog-export", tuple(THEMES), over=export)
    export.close()
    numbers = NumbersDialog(session, window)
    pause(1)
    tripod.take("dialog-numbers", tuple(THEMES), over=numbers)
    numbers.close()
    labels = LabelsDialog(session, window)
    tripod.take("dialog-labels", over=labels)
    labels.close()
    window.show_room("read")
    printer = QPrinter()  # which the dialog does not keep
    tripod.take("dialog-print", over=QPrintDialog(printer, window))


def training_states(window: MainWindow, tripod: Tripod) -> None:
    """Nothing to learn from yet; a training that failed. One that runs is in benchmarks.window.screens."""
    window.show_room("model")
    pause(1)
    window.model_room.show_tab("Training")
    tripod.take("training-nothing-yet")
    window._session.project.settings.set(runs.LAST, ["2026-11-02T10:00:00+00:00", runs.KILLED])
    window.model_room.show_tab("Training")
    tripod.take("training-failed", tuple(THEMES))
    for tab in ("Calibration", "Settings"):
        window.model_room.show_tab(tab)
        pause(1)
        tripod.take(f"model-{tab.lower()}")


def open_(window: MainWindow, record_id: str) -> None:
    window.open_record(record_id)
    wait(lambda: window.page.sheet.record is not None and window.page.sheet.record.id == record_id, 60)


def rooms(window: MainWindow, tripod: Tripod) -> None:
    window.show_room("model")
    window.model_room.show_tab("Evidence")
    for name in window.rooms:
        if name != "read":
            window.show_room(name)
            pause(1)
            tripod.take(name, tuple(THEMES))


def start_page(tripod: Callable[[StartWindow], Tripod]) -> None:
    day = "2026-11-20T10:00:00+00:00"
    names = ("Chest pain unit, second reading of the year 2024 with the new electrodes", "Holter samples", "Ward 7 b")
    counts = ((859, 312, 9), (100, 0, 0), (242, 242, 0))
    _write(
        [
            *recent_projects()[:1],
            *(
                Recent(f"/srv/{name}.cessl", name, total, read, deferred, "Version 2", day)
                for name, (total, read, deferred) in zip(names, counts, strict=True)
            ),
        ]
    )
    for theme in THEMES:
        preferences().setValue("theme", theme)
        window = StartWindow()
        window.show()
        tripod(window).take(f"start-{theme}", themes=("as-set",))
        window.close()


ACTS = {
    "states": states,
    "odd": odd_states,
    "worklist": worklist_states,
    "dialogs": dialogs,
    "training": training_states,
    "rooms": rooms,
}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CESSL_DATA", "../shared/data")))
    parser.add_argument("--only", choices=(*ACTS, "start"))
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    fine = os.environ.get("QT_SCALE_FACTOR") == "1.5"
    sizes = (FINE,) if fine else SIZES
    app = QApplication([])
    with tempfile.TemporaryDirectory() as place:
        os.environ["XDG_DATA_HOME"] = os.environ["XDG_CONFIG_HOME"] = place
        preferences().setValue("research_use_read", True)
        empty = MainWindow(Session(Project.open(Path(place) / "Empty.cessl"), reader="R1"))
        empty.show()
        Tripod(empty, args.folder, sizes).take("read-empty")
        empty.close()
        window = MainWindow(Session(project_of(Path(place), args.data), reader="R1"))
        window.show()
        tripod = Tripod(window, args.folder, sizes)
        for name, act in ACTS.items():
            if args.only in (None, name):
                act(window, tripod)
        window.close()
        if args.only in (None, "start"):
            start_page(lambda window: Tripod(window, args.folder, sizes))
    app.processEvents()
    if not fine:  # the scale of a screen is fixed when Qt starts
        command = [sys.executable, "-m", "benchmarks.window.desk_screens", str(args.folder), "--data", str(args.data)]
        command += ["--only", args.only] if args.only else []
        subprocess.run(command, env=os.environ | {"QT_SCALE_FACTOR": "1.5"}, check=True)


if __name__ == "__main__":
    main()
