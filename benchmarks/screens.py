"""Pictures of the window on real records: `make screens` (python -m benchmarks.screens FOLDER).

Writes PNGs of the main window in light and dark, training in progress and the before/after card, at 1366 x 768 and
1920 x 1080, and the window on a demo record. Look at them: nothing may be cut off, nothing may overlap.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from benchmarks.responsiveness import challenge_project
from cessl_gui.bridge.session import Session
from cessl_gui.core.types import ReadingState
from cessl_gui.store.project import Project
from cessl_gui.tasks.demo import make_demo
from cessl_gui.ui.main_window import MainWindow

SIZES = ((1366, 768), (1920, 1080))
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

    def __init__(self, window: MainWindow, folder: Path) -> None:
        self.window, self.folder = window, folder

    def take(self, name: str, beside=None) -> None:
        """beside : a dialog to draw where it stands over the window"""
        for size in SIZES:
            self.window.resize(*size)
            wait(lambda: True, 1)
            QApplication.processEvents()
            picture = QPixmap(self.window.size())
            self.window.render(picture)
            if beside is not None:
                frame = QRect(beside.rect())
                frame.moveCenter(picture.rect().center())
                painter = QPainter(picture)
                painter.drawPixmap(frame.topLeft(), beside.grab())
                painter.setPen(self.window.palette().mid().color())
                painter.drawRect(frame)
                painter.end()
            path = self.folder / f"{name}-{size[0]}.png"
            picture.save(str(path))
            print(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CESSL_DATA", "../shared/data")))
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    with tempfile.TemporaryDirectory() as place:
        os.environ["XDG_DATA_HOME"] = place  # the person's own window settings stay out of the pictures
        real_records(Path(place) / "ward-7.cessl", args.data, args.folder)
        demo_record(Path(place) / "demo.cessl", args.folder)
    app.processEvents()


def real_records(project: Path, data: Path, folder: Path) -> None:
    session = Session(challenge_project(project, data), reader="dr reader")
    window = MainWindow(session)
    window.show()
    window.research.close_button.click()
    camera = Camera(window, folder)
    session.predict_missing()
    wait(lambda: len(session.predictions()) == len(session.records()), 120)
    record_id = next(info.id for info in session.records() if info.name == SHOWN)
    window.records.choose(record_id)
    camera.take("blind")
    session.set_reading(record_id, ReadingState.CONFIRMED)
    window.labels.pick(AF)
    wait(lambda: window.strip_place.currentWidget() is window.strip, 30)
    for theme in ("paper", "dark"):
        window.set_theme(theme)
        camera.take(f"window-{theme}")
    window.set_theme("paper")
    window.page.set_layout("12x1")
    camera.take("window-12x1")
    window.page.set_layout("3x4+1")
    window.training.train()
    wait(lambda: len(window.training._checked) >= 3 or not session.busy, 300)
    camera.take("training")
    wait(lambda: "train" not in session.busy, 600)
    window.show_result()
    camera.take("before-after", window.result)
    window.result.close()
    window.close()


def demo_record(project: Path, folder: Path) -> None:
    make_demo(project, lambda _: None, lambda: None)
    session = Session(Project.open(project), reader="dr reader")
    window = MainWindow(session)
    window.show()
    session.predict_missing()
    wait(lambda: len(session.predictions()) == len(session.records()), 120)
    Camera(window, folder).take("demo")
    window.close()


if __name__ == "__main__":
    main()
