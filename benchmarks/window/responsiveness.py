"""Does the window stay alive while a model is trained?

`python -m benchmarks.window.responsiveness [--seconds N] [--keys]`

Opens a project of real Challenge records in a window, starts the one-click training, and meanwhile counts how late
50 ms timer ticks come and how long a switch of records takes, until painted. All records are predicted before. Prints
one JSON object per run, the first one without a training. --keys reads 200 records at one key each instead: key_ms is
until the next ECG is painted and nothing is left to do, act_ms the part of it until the key has been dealt with: the
label is on disk, and the next ECG is laid out; saved_ms the part until the label is on disk (synchronous=FULL, beside
insert_ms: one row into a table of its own on the same disk). The reader looks at each ECG for LOOK_S before the key.
--click counts ticks alone, with the Model room in sight, of a whole click in a project of some 2,000 real ECGs
(`--folders`), 100 of the Challenge's with their headers' labels: the training with its verdict (`--mode fast`: with
CE-SSL in the folds), and after adopting it the prediction of all ECGs anew. The project is made, measured and predicted
once and kept (`--keep`): a second call has the click alone to do, in a copy of it.
--take-in counts ticks while the ECGs of `--folders` are imported into a project of the Challenge's that are predicted
(torch is loaded then), and while the new ones are measured and predicted.
--views opens each room and drawer twice, the first time loading and building it: the longest turn of the window's
thread, and what that thread itself computed in it.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from benchmarks.report import RESULTS, arguments
from benchmarks.window.viewer import Paintings
from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.session import Session
from cessl_gui.core.task import Task
from cessl_gui.core.types import ReadingState
from cessl_gui.ecg.readers import find_recordings
from cessl_gui.store.project import Project
from cessl_gui.tasks.models import predicting
from cessl_gui.tasks.recordings import importing, measuring

TICK_MS = 50
SWITCH_EVERY_MS = 400
LABELLED = 100  # ECGs of --click
LOOK_S = 0.25  # nobody reads an ECG in less
FOLDERS = ("challenge", "ptbxl/records100", "ptbxl_more/records100", "ludb")  # some 2,000 ECGs
QUICK_S = 0.002  # a turn of the event loop in which nothing much happened
MOST_S = 10  # what is not painted by then is not painted at all


def challenge_project(folder: Path, data: Path, *, labelled: bool = True) -> Project:
    """A project with the Challenge records. labelled : the headers' labels are accepted"""
    project = Project.open(folder)
    importing.import_paths(project, [data / "challenge"], Task(), accept_header_labels=labelled, reader="bench")
    return project


def click_project(folder: Path, data: Path, folders: Sequence[str]) -> None:
    """The project of --click: 100 records of the first folder are labelled, all are measured and predicted."""
    first = find_recordings([data / folders[0]])
    chosen = [first[i] for i in np.linspace(0, len(first) - 1, LABELLED).astype(int)]
    with Project.open(folder) as project:
        importing.import_paths(project, chosen, Task(), accept_header_labels=True, reader="bench")
        importing.import_paths(project, [data / name for name in folders], Task())
        predicting.predict_all(project, Task())
        measuring.measure_missing(project, Task())


@contextmanager
def until_painted(window) -> Iterator[None]:
    """After the block: wait until the page has been painted and the event loop has nothing left to do."""
    paintings, began = Paintings(window.page.canvas), time.perf_counter()
    yield
    while not paintings.count and time.perf_counter() - began < MOST_S:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    paintings.deleteLater()


class Ticks:
    """How late the ticks of a timer come, in ms."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(TICK_MS)

    def _tick(self) -> None:
        now = time.perf_counter()
        self.late_ms.append(1000 * (now - self._last) - TICK_MS)
        self._last = now

    def stop(self) -> None:
        self._timer.stop()

    def figures(self) -> dict:
        late = np.array(self.late_ms[1:])
        figures = {f"late_ms_p{100 * q:g}": round(float(np.quantile(late, q)), 1) for q in (0.5, 0.99)}
        over = int((late > TICK_MS).sum())
        return {"ticks": len(late), **figures, "late_ms_max": round(float(late.max()), 1), "late_over_50_ms": over}

    def until_idle(self, session: Session, part: str, kind: TaskKind | None = None) -> dict:
        """The figures of the time until nothing is done in the background any more, or nothing of one kind."""
        self.late_ms.clear()
        began = time.perf_counter()
        while kind in session.busy if kind else session.busy:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        return {"part": part, "seconds": round(time.perf_counter() - began, 1), **self.figures()}


def measure(session: Session, seconds: float, training: bool) -> dict:
    """Ticks and record switches during `seconds`, with or without a training in the background."""
    from cessl_gui.ui.shell.window import MainWindow

    window = MainWindow(session)
    window.resize(1366, 768)
    window.show()
    ids = [info.id for info in session.records()]
    switch_ms: list[float] = []

    def switch() -> None:
        began = time.perf_counter()
        with until_painted(window):
            window.records.choose(ids[len(switch_ms) % len(ids)])
        switch_ms.append(1000 * (time.perf_counter() - began))

    switches = QTimer()
    switches.timeout.connect(switch)
    if training:
        session.train()
        assert "train" in session.busy, session.readiness()
    ticks = Ticks()
    switches.start(SWITCH_EVERY_MS)
    loop = QEventLoop()
    QTimer.singleShot(int(1000 * seconds), loop.quit)
    began = time.perf_counter()
    while time.perf_counter() - began < seconds and (not training or "train" in session.busy):
        QTimer.singleShot(200, loop.quit)
        loop.exec()
    ticks.stop()
    switches.stop()
    session.cancel("train")
    while session.busy:
        QApplication.processEvents()
        time.sleep(0.01)
    window.close()
    switched = np.array(switch_ms[1:])
    return {
        "training": training,
        **ticks.figures(),
        "switches": len(switched),
        "switch_ms_median": round(float(np.median(switched)), 1),
        "switch_ms_p95": round(float(np.quantile(switched, 0.95)), 1),
        "switch_ms_max": round(float(switched.max()), 1),
    }


def clicked(session: Session) -> list[dict]:
    """How late ticks come in each part of a click."""
    from cessl_gui.ui.shell.window import MainWindow

    window = MainWindow(session)
    window.resize(1366, 768)
    window.show()
    window.show_room("model")
    ticks = Ticks()
    while session.busy:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    session.train()
    rows = [ticks.until_idle(session, "training and verdict")]
    made = session.models()[-1]
    rows[0] |= {"labelled": made.summary.n_labelled, "unlabelled": made.summary.n_unlabelled, "why": made.summary.why}
    session.adopt(made.id)
    rows.append(ticks.until_idle(session, "all predicted anew"))
    project = session.project
    rows[1] |= {"ecgs": project.records.count(), "not predicted": len(project.predictions.missing(made.id))}
    window.close()
    return rows


def taken_in(session: Session, folders: Sequence[Path]) -> Iterator[dict]:
    """How late ticks come while recordings are imported, and while all are measured and predicted after that."""
    from cessl_gui.ui.shell.window import MainWindow

    window = MainWindow(session)
    window.resize(1366, 768)
    window.show()
    ticks = Ticks()
    yield ticks.until_idle(session, "the window's first tasks")
    session.import_paths(folders)
    yield ticks.until_idle(session, "imported", TaskKind.IMPORT)
    session.predict_missing()
    row = ticks.until_idle(session, "measured and predicted")
    yield row | {"ecgs": len(session.records()), "predicted": len(session.predictions())}
    window.close()


def keyed(session: Session, count: int = 200) -> dict:
    """`count` readings at one key each (N), as quick as the next ECG is there; until the next one is painted."""
    from cessl_gui.ui.shell.window import MainWindow

    window = MainWindow(session)
    window.resize(1366, 768)
    window.show()
    took_ms: list[float] = []
    acts_ms: list[float] = []
    saved_ms: list[float] = []
    began = time.perf_counter()
    session.saved.connect(lambda at: saved_ms.append(1000 * (time.perf_counter() - began)))
    while len(took_ms) < count:
        began = time.perf_counter()
        while not window.labels.is_on_page or "prefetch" in session.busy or time.perf_counter() - began < LOOK_S:
            QApplication.processEvents()
        began = time.perf_counter()
        with until_painted(window):
            QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_N)
            acts_ms.append(1000 * (time.perf_counter() - began))
        took_ms.append(1000 * (time.perf_counter() - began))
    window.close()
    confirmed = sum(info.reading == ReadingState.CONFIRMED for info in session.project.records.all())
    return {
        "keyed": count,
        "confirmed": confirmed,
        "key_ms_median": round(float(np.median(took_ms)), 1),
        "key_ms_p95": round(float(np.quantile(took_ms, 0.95)), 1),
        "act_ms_p95": round(float(np.quantile(acts_ms, 0.95)), 1),
        "saved_ms_median": round(float(np.median(saved_ms)), 1),
        "saved_ms_p95": round(float(np.quantile(saved_ms, 0.95)), 1),
        "insert_ms_p95": round(float(np.quantile(inserts_ms(session.project.folder), 0.95)), 1),
    }


def views(session: Session) -> Iterator[dict]:
    """The longest turn of the event loop in opening each view, for the first and for the second time."""
    from cessl_gui.ui.shell.main_rooms.loading import load_rooms
    from cessl_gui.ui.shell.window import MainWindow

    load_rooms()  # the program does that in a thread, while the reader looks at the first ECG
    window = MainWindow(session)
    window.resize(1366, 768)
    window.show()
    settle(window)
    acts = {name: lambda name=name: window.show_room(name) for name in window.rooms if name != "read"}
    acts |= {name: window.acts[name].trigger for name in ("evidence", "measurements")}
    acts["menu"] = lambda: window.menus.whole.popup(window.rail.menu.mapToGlobal(window.rail.menu.rect().topRight()))
    for name, act in acts.items():
        for time_ in ("first", "second"):
            turns_ms = settle(window, act)
            yield {"view": name, "time": time_, "longest_turn_ms": turns_ms[0], "computed_ms": turns_ms[1]}
            window.menus.whole.close()
            settle(window, acts[name] if name in ("evidence", "measurements") else lambda: window.show_room("read"))
    window.close()


def settle(window, act=lambda: None, quiet_s: float = 0.5) -> tuple[float, float]:
    """Do something and run the event loop until it is quiet: its longest turn, and the most computed in one, in ms."""
    longest, computed, turn = 0.0, 0.0, act
    since = start = time.perf_counter()
    while time.perf_counter() - start < MOST_S and (window._session.busy or time.perf_counter() - since < quiet_s):
        began, worked = time.perf_counter(), time.thread_time()
        turn()
        worked = time.thread_time() - worked
        longest, computed = max(longest, time.perf_counter() - began), max(computed, worked)
        since = time.perf_counter() if worked > QUICK_S else since
        time.sleep(QUICK_S)
        turn = QApplication.processEvents
    return round(1000 * longest, 1), round(1000 * computed, 1)


def inserts_ms(folder: Path, count: int = 200) -> list[float]:
    """What this disk itself takes for a commit: one row each, in a database beside, with synchronous=FULL."""
    took_ms = []
    with closing(sqlite3.connect(folder / "bench.tmp", isolation_level=None)) as db:
        for sql in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE rows (words TEXT)"):
            db.execute(sql)
        for _ in range(count):
            time.sleep(0.01)
            began = time.perf_counter()
            db.execute("INSERT INTO rows VALUES (?)", ("x" * 200,))
            took_ms.append(1000 * (time.perf_counter() - began))
    return took_ms


def predicted(session: Session) -> None:
    """Predict all records first, as a window does when it opens: torch is loaded then, too."""
    session.predict_missing()
    while session.busy:
        QApplication.processEvents()
        time.sleep(0.01)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--keys", action="store_true", help="200 readings at one key each, and nothing else")
    parser.add_argument("--click", action="store_true", help="a whole click in a project of 2,000, and nothing else")
    parser.add_argument("--take-in", action="store_true", help="an import of 2,000 and its predictions, nothing else")
    parser.add_argument("--views", action="store_true", help="opening each room and drawer twice, and nothing else")
    parser.add_argument("--folders", default=",".join(FOLDERS), help="of the data, for --click")
    parser.add_argument("--mode", default="auto", choices=("auto", "output", "fast"), help="of the training of --click")
    parser.add_argument("--keep", type=Path, default=RESULTS / "click.cessl", help="the project of --click")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CESSL_DATA", "../shared/data")))
    args = parser.parse_args()
    app = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "bench.cessl"
        if args.click:
            click_project(args.keep, args.data, args.folders.split(","))
            shutil.copytree(args.keep, place)
            project = Project.open(place)
            project.settings.set("train_mode", args.mode)
        else:
            project = challenge_project(place, args.data, labelled=not args.keys)
        if args.click or args.views or args.take_in:
            session = Session(project, reader="bench")
            predicted(session)
            folders = [args.data / name for name in args.folders.split(",")]
            rows = views(session) if args.views else taken_in(session, folders)
            for row in clicked(session) if args.click else rows:
                print(json.dumps(row), flush=True)
            session.close()
            return
        if args.keys:
            session = Session(project, reader="bench")
            print(json.dumps(keyed(session, min(200, len(session.records())))))
            return
        for training in (False, True):
            session = Session(project, reader="bench")
            predicted(session)
            print(json.dumps(measure(session, args.seconds, training)))
            if training:
                session.close()
    app.processEvents()


if __name__ == "__main__":
    main()
