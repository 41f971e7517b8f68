"""How soon is the window there, and does loading torch hold it up? `python -m benchmarks.window.start_up [--runs N]`

Each run is a process of its own that opens a project of real Challenge records in the window. window_s is from its
start to the painted window, with the modules compiled before, as after an installation; computed_s is what the
processor worked for that; first_ecg_s is until the first ECG is painted, while the predictions begin. latest_tick_ms is
how late the latest of the 50 ms ticks came from then on until all records were predicted, which loads torch. Prints one
JSON object per run.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cessl_gui
from benchmarks.report import arguments

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

TICK_MS = 50
MOST_S = 120


def one(project: Path, began: float) -> dict:
    """Open the window and predict. began : time.time() when this process was started"""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from cessl_gui.bridge import projects
    from cessl_gui.ui.shell.app import App

    app = QApplication([])
    program = App()
    session = projects.open_session(project)
    program.show(session)
    window = program.window
    app.processEvents()
    computed_s = round(time.process_time(), 2)
    figures = {
        "window_s": round(time.time() - began, 2),
        "computed_s": computed_s,
        "torch_loaded": "torch" in sys.modules,
    }
    late_ms, last = [], time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        late_ms.append(1000 * (now - last) - TICK_MS)
        last = now

    timer = QTimer()
    timer.setTimerType(timer.timerType().PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(TICK_MS)
    seen_s, first_ecg_s, has_begun = 0.0, 0.0, False
    while time.time() - began < MOST_S and not (has_begun and "predict" not in session.busy):
        has_begun = has_begun or "predict" in session.busy
        app.processEvents()
        time.sleep(0.001)
        if window.page.sheet.record is not None and not seen_s:
            seen_s = round(time.time() - began, 2)
        if window.labels.is_on_page and not first_ecg_s:
            first_ecg_s = round(time.time() - began, 2)
    timer.stop()
    window.close()
    return figures | {
        "first_ecg_seen_s": seen_s,
        "first_ecg_s": first_ecg_s,
        "ticks": len(late_ms),
        "latest_tick_ms": round(max(late_ms), 1),
    }


def _environment(folder: str) -> dict[str, str]:
    """An installed program's: nobody's settings, and its modules compiled once, as pip does."""
    own = {"XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder}
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | own


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CESSL_DATA", "../shared/data")))
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--began", type=float, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(one(args.one, args.began)))
        return
    compileall.compile_dir(Path(cessl_gui.__file__).parent, quiet=1)
    for _ in range(args.runs):
        with tempfile.TemporaryDirectory() as folder:
            from benchmarks.window.responsiveness import challenge_project

            project = Path(folder) / "bench.cessl"
            challenge_project(project, args.data).close()
            command = [
                sys.executable,
                "-m",
                "benchmarks.window.start_up",
                "--one",
                str(project),
                "--began",
                str(time.time()),
            ]
            done = subprocess.run(command, env=_environment(folder), capture_output=True, text=True, check=True)
            print(done.stdout.strip())


if __name__ == "__main__":
    main()
