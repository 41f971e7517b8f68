"""Pictures of every room in every theme and state: a part of `make screens`.

`python -m benchmarks.window.desk_screens FOLDER`

On real records at 1366 x 768, 1920 x 1080 and, on a screen of scale 1.5, 2560 x 1440; 28 px of each height are the
system's title bar. Training, the page's layouts, comparison and a Holter are in benchmarks.window.screens.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import arguments

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from benchmarks.window.screens import wait
from cessl_gui.bridge.session import Session
from cessl_gui.core.task import Task
from cessl_gui.core.types import ReadingState, State
from cessl_gui.store.project import Project
from cessl_gui.tasks.recordings import importing
from cessl_gui.ui.parts.preferences import preferences
from cessl_gui.ui.parts.tokens import THEMES
from cessl_gui.ui.shell.start_page.start import StartWindow
from cessl_gui.ui.shell.window import MainWindow

TITLE_BAR = 28
SIZES = ((1366, 768), (1920, 1080))
FINE = (1707, 960)  # 2560 x 1440 points at scale 1.5
RECORDS = 40
AF = "164889003"


def project_of(folder: Path, data: Path) -> Project:
    """Forty Challenge records."""
    files = sorted((data / "challenge" / "cpsc2018").rglob("A*.hea"))[:RECORDS]
    project = Project.open(folder / "Ward 7.cessl")
    importing.import_paths(project, files, Task())
    return project


class Tripod:
    """Takes a window in all sizes and themes."""

    def __init__(self, window, folder: Path, sizes: tuple[tuple[int, int], ...]) -> None:
        self.window, self.folder, self.sizes = window, folder, sizes

    def take(self, name: str, themes: tuple[str, ...] = ("light",)) -> None:
        for theme in themes:
            if hasattr(self.window, "set_theme"):
                self.window.set_theme(theme)
            for width, height in self.sizes:
                self.window.resize(width, height - TITLE_BAR)
                pause(0.4)
                picture = self.window.grab()
                path = self.folder / f"{name}-{theme}-{picture.width()}.png"
                picture.save(str(path))
                print(path)


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


def open_(window: MainWindow, record_id: str) -> None:
    window.open_record(record_id)
    wait(lambda: window.page.sheet.record is not None and window.page.sheet.record.id == record_id, 60)


def rooms(window: MainWindow, tripod: Tripod) -> None:
    for name in window.rooms:
        if name != "read":
            window.show_room(name)
            pause(1)
            tripod.take(name, tuple(THEMES))


def start_page(tripod: Callable[[StartWindow], Tripod]) -> None:
    for theme in THEMES:
        preferences().setValue("theme", theme)
        window = StartWindow()
        window.show()
        tripod(window).take(f"start-{theme}", themes=("as-set",))
        window.close()


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CESSL_DATA", "../shared/data")))
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
        states(window, tripod)
        rooms(window, tripod)
        window.close()
        start_page(lambda window: Tripod(window, args.folder, sizes))
    app.processEvents()
    if not fine:  # the scale of a screen is fixed when Qt starts
        command = [sys.executable, "-m", "benchmarks.window.desk_screens", str(args.folder), "--data", str(args.data)]
        subprocess.run(command, env=os.environ | {"QT_SCALE_FACTOR": "1.5"}, check=True)


if __name__ == "__main__":
    main()
