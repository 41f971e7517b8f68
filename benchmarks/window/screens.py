"""Pictures of the window on real records: `make screens` (python -m benchmarks.window.screens FOLDER).

Writes PNGs of the main window in light and dark, training in progress and the before/after card, at 1366 x 768 and
1920 x 1080, of the window on a demo record, and of the page: each layout and theme, calipers, influence,
comparison, a Holter, at 1366 x 768 and, on a screen of scale 2, 3840 x 2160. Look at them: nothing may be cut off,
nothing may overlap. `--only page` (or window, demo) takes a part of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import arguments

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication

from benchmarks.window.responsiveness import challenge_project, predicted
from benchmarks.window.viewer import holter
from cessl_gui.bridge.session import Session
from cessl_gui.core.task import Task
from cessl_gui.core.types import ReadingState
from cessl_gui.ecg.display.filters import DisplayFilter
from cessl_gui.store.project import Project
from cessl_gui.tasks.recordings import importing
from cessl_gui.tasks.recordings.demo import make_demo
from cessl_gui.ui.page.layout.layouts import LAYOUTS
from cessl_gui.ui.page.tools.calipers import Point
from cessl_gui.ui.parts.preferences import preferences
from cessl_gui.ui.parts.tokens import THEMES
from cessl_gui.ui.shell.window import MainWindow

SIZES = ((1366, 768), (1920, 1080))
SHARE_SHOWN = 0.3  # of a training that is seen running
EARLIER, LATER = "00740_lr", "00910_lr"  # of one patient of PTB-XL: normal, later ST and T changes
AF = "164889003"
SHOWN = "A0004"  # atrial fibrillation, in cpsc2018


def wait(until: Callable[[], bool], seconds: float) -> None:
    """Run the event loop until something is true."""
    end = time.monotonic() + seconds
    while not until():
        QApplication.processEvents()
        time.sleep(0.005)
        assert time.monotonic() < end, "what the picture waits for did not happen"


class Camera:
    """Takes pictures of a window in each size."""

    def __init__(self, window: MainWindow, folder: Path, sizes: tuple[tuple[int, int], ...] = SIZES) -> None:
        self.window, self.folder, self.sizes = window, folder, sizes

    def take(self, name: str, beside=None) -> None:
        """beside : a dialog to draw where it stands over the window"""
        for size in self.sizes:
            self.window.resize(*size)
            wait(lambda: True, 1)
            QApplication.processEvents()
            picture = self.window.grab()
            if beside is not None:
                frame = QRect(beside.rect())
                frame.moveCenter(self.window.rect().center())
                painter = QPainter(picture)
                painter.drawPixmap(frame.topLeft(), beside.grab())
                painter.setPen(self.window.palette().mid().color())
                painter.drawRect(frame)
                painter.end()
            path = self.folder / f"{name}-{picture.width()}.png"
            picture.save(str(path))
            print(path)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CESSL_DATA", "../shared/data")))
    parser.add_argument("--only", choices=("window", "demo", "page"))
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    with tempfile.TemporaryDirectory() as place:
        os.environ["XDG_DATA_HOME"] = place  # the person's own window settings stay out of the pictures
        preferences().setValue("research_use_read", True)
        if args.only in (None, "window"):
            real_records(Path(place) / "ward-7.cessl", args.data, args.folder)
        if args.only in (None, "demo"):
            demo_record(Path(place) / "demo.cessl", args.folder)
        if args.only in (None, "page"):
            fine = "QT_SCALE_FACTOR" in os.environ
            page(Path(place) / "ptbxl.cessl", args.data, args.folder, SIZES[1:] if fine else SIZES[:1])
    app.processEvents()
    if args.only in (None, "page") and "QT_SCALE_FACTOR" not in os.environ:
        # The scale of a screen is fixed when Qt starts.
        command = [sys.executable, "-m", "benchmarks.window.screens", str(args.folder), "--only", "page"]
        env = os.environ | {"QT_SCALE_FACTOR": "2"}
        subprocess.run([*command, "--data", str(args.data)], env=env, check=True)


def real_records(project: Path, data: Path, folder: Path) -> None:
    session = Session(challenge_project(project, data), reader="dr reader")
    window = MainWindow(session)
    window.show()
    camera = Camera(window, folder)
    predicted(session)
    record_id = next(info.id for info in session.records() if info.name == SHOWN)
    window.records.choose(record_id)
    camera.take("blind")
    session.set_reading(record_id, ReadingState.CONFIRMED)
    window.labels.pick(AF)
    strip_comes(window)
    for theme in ("light", "dark"):
        window.set_theme(theme)
        camera.take(f"window-{theme}")
    window.set_theme("light")
    window.page.set_layout("12x1")
    camera.take("window-12x1")
    window.page.set_layout("3x4+1")
    window.show_room("model")
    shares = [0.0]
    session.progress.connect(lambda progress: shares.append(progress.fraction or 0.0))
    window.model_room.train()
    wait(lambda: shares[-1] > SHARE_SHOWN or "train" not in session.busy, 300)
    camera.take("training")
    wait(lambda: "train" not in session.busy, 600)
    wait(lambda: window.model_room.evidence.forest.isVisible(), 60)
    camera.take("before-after")
    window.close()


def two_of_one_patient(data: Path, folder: Path) -> Path:
    """Two real ECGs of one person, as files that say so: PTB-XL tells it in a table of its own."""
    folder.mkdir()
    for name in (EARLIER, LATER):
        shutil.copy(data / "ptbxl" / "records100" / f"{name}.dat", folder)
        header = (data / "ptbxl" / "records100" / f"{name}.hea").read_text()
        (folder / f"{name}.hea").write_text(f"{header.rstrip()}\n# patient: 625\n")
    return folder


def page(place: Path, data: Path, folder: Path, sizes: tuple[tuple[int, int], ...]) -> None:
    """The page's own pictures, of one patient's two ECGs and a generated Holter."""
    project = Project.open(place)
    source = two_of_one_patient(data, place.parent / "source")
    importing.import_paths(project, [source], Task())
    session = Session(project, reader="dr reader")
    session.set_setting("blind", "off")
    window = MainWindow(session)
    window.show()
    camera, ecg = Camera(window, folder, sizes), window.page
    predicted(session)
    ids = {info.name: info.id for info in session.records()}
    window.records.choose(ids[LATER])
    prediction = session.prediction(ids[LATER]).probabilities
    window.labels.pick(max(prediction, key=prediction.get))
    wait(lambda: window.influence.per_window is not None, 60)
    camera.take("page-influence")
    ecg.set_layout("12x1")
    camera.take("page-influence-12x1")
    for theme in THEMES:
        window.set_theme(theme)
        camera.take(f"page-{theme}")
    window.set_theme("light")
    window.influence.set_on_page(False)
    for layout in LAYOUTS:
        ecg.set_layout(layout)
        camera.take(f"page-{layout}")
    ecg.set_layout("3x4+1")
    ecg.set_filters(DisplayFilter(0.5, 40, None))
    camera.take("page-filtered")
    ecg.set_filters(DisplayFilter())
    for mode in ("beside", "over"):
        ecg.set_comparing(mode)
        camera.take(f"page-compare-{mode}")
        window.records.choose(ids[EARLIER])
        strip_comes(window)
        camera.take(f"page-compare-{mode}-none")
        window.records.choose(ids[LATER])
        strip_comes(window)
    ecg.set_comparing("off")
    ecg.set_layout("12x1")
    ecg.canvas.calipers.begin(Point("II", 2.0, 0.0))
    ecg.canvas.calipers.move_to(Point("II", 2.9, 0.5))
    ecg.canvas.calipers.march()
    ecg.canvas.calipers.begin(Point("V2", 5.0, -0.5))
    ecg.canvas.calipers.move_to(Point("V2", 5.2, 1.0))
    ecg.canvas.measured.emit()
    camera.take("page-calipers")
    ecg.set_record(holter())
    wait(lambda: ecg.sheet.pyramid.complete, 120)
    camera.take("page-holter-10s")
    ecg.set_speed(250 / 86400)
    camera.take("page-holter-24h")
    window.close()


def strip_comes(window: MainWindow) -> None:
    wait(lambda: window.influence.currentWidget() is window.influence.drawer, 30)


def demo_record(project: Path, folder: Path) -> None:
    make_demo(project, Task())
    session = Session(Project.open(project), reader="dr reader")
    window = MainWindow(session)
    window.show()
    predicted(session)
    Camera(window, folder).take("demo")
    window.close()


if __name__ == "__main__":
    main()
