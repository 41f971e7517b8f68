"""How much memory does a day-long ECG take? `python -m benchmarks.files.day_long`

Makes a WFDB recording of 24 h with 12 leads at 250 Hz from a generated ECG, the same as EDF, and 40 of 10 s with
labels, in a temporary folder (5 GB), then runs commands on them, each in a process of its own. Prints a table: the most
resident memory of each in MiB, and its seconds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.report import arguments, show
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.synthetic import KINDS, synthetic_record
from cessl_gui.ecg.writers import write_wfdb

FS_HZ, HOURS, SHORT = 250, 24, 40
MEASURING = """
import sys
from pathlib import Path
from cessl_gui.core.task import NOBODY_WAITS
from cessl_gui.store.project import Project
from cessl_gui.tasks.export.taking_out import take_out
with Project.open(Path(sys.argv[1])) as project:
    print(take_out(project, Path(sys.argv[2]), "measurements", (), NOBODY_WAITS))
"""
PAGE = """
import sys, time
from pathlib import Path
from PySide6.QtWidgets import QApplication
from cessl_gui.bridge import projects
from cessl_gui.ui.shell.window import MainWindow

def wait(seconds, until=lambda: False):  # QTest.qWait would keep Python's lock
    end = time.monotonic() + seconds
    while time.monotonic() < end and not until():
        app.processEvents()
        time.sleep(0.005)

app = QApplication([])
session = projects.open_session(Path(sys.argv[1]))
window = MainWindow(session)
window.show()
window.open_record(max(session.project.records.all(), key=lambda info: info.samples).id)
drawn = lambda: getattr(window.read.page.sheet.pyramid, "complete", False)
wait(60, drawn)
assert drawn()
for part in range(50):
    window.read.next_part()
    wait(0.1)
window.close()
"""


def make(folder: Path) -> None:
    rng = np.random.default_rng(0)
    kinds = [kind for kind in KINDS if KINDS[kind].codes][:2]
    for number in range(SHORT):
        record = synthetic_record(kinds[number % 2], number)
        write_wfdb(record, folder, f"ecg{number}", [f"Dx: {','.join(record.statements)}"])
    beats = synthetic_record(kinds[0], SHORT)
    rows = [beats.leads.index(lead) for lead in LEADS_12]
    mv = beats.signal_mv[rows, :: round(beats.fs_hz / FS_HZ)]
    times = HOURS * 3600 * FS_HZ // mv.shape[1]
    with (folder / "day.dat").open("wb") as file, (folder.parent / "day.edf").open("wb") as edf:
        edf.write(_edf_header(times * mv.shape[1] // FS_HZ))
        for _ in range(times):
            stored = np.round((mv + rng.normal(0, 0.005, mv.shape)) * 1000).astype("<i2")
            file.write(stored.T.tobytes())
            edf.write(stored.reshape(len(LEADS_12), -1, FS_HZ).swapaxes(0, 1).tobytes())
    lines = [f"day.dat 16 1000(0)/mV 16 0 0 0 0 {lead}" for lead in LEADS_12]
    dx = f"#Dx: {','.join(beats.statements)}"
    (folder / "day.hea").write_text("\n".join([f"day 12 {FS_HZ} {times * mv.shape[1]}", *lines, dx, ""]))


def _edf_header(seconds: int) -> bytes:
    """Of data records of a second each, in uV."""
    one = ("0", 8), ("X X X X", 80), ("Startdate X X X X", 80), ("01.01.20", 8), ("00.00.00", 8)
    one += (256 * (1 + len(LEADS_12)), 8), ("EDF+C", 44), (seconds, 8), (1, 8), (len(LEADS_12), 4)
    of_lead = ("", 80), ("uV", 8), (-32768, 8), (32767, 8), (-32768, 8), (32767, 8), ("", 80), (FS_HZ, 8), ("", 32)
    fields = [*one, *((f"ECG {lead}", 16) for lead in LEADS_12)]
    fields += [field for field in of_lead for _ in LEADS_12]
    return "".join(str(value).ljust(width) for value, width in fields).encode()


def measured(what: str, *command: str | Path) -> dict:
    """One command in a process of its own, or a program after "-c"."""
    began = time.perf_counter()
    program = [] if command[0] == "-c" else ["-m", "cessl_gui.cli"]
    process = subprocess.Popen([sys.executable, *program, *command], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{what}: exit status {process.returncode}")
    return {"command": what, "most MiB": used.ru_maxrss // 1024, "s": round(time.perf_counter() - began, 1)}


def _labels(project: Path) -> Path:
    """What a table for `cessl evaluate` says: the labels of the project."""
    out = project.parent / "labels.csv"
    measured("export", "export", project, out, "--format", "csv")
    return out


def main() -> None:
    arguments(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as name:
        source, project, lost = Path(name) / "recordings", Path(name) / "day.cessl", Path(name) / "lost.cessl"
        source.mkdir()
        make(source)
        rows = [
            measured("inspect", "inspect", source / "day.hea"),
            measured("import", "import", project, source, "--accept-header-labels"),
        ]
        shutil.copytree(project, lost, ignore=shutil.ignore_patterns("*.h5"))
        rows += [
            measured("predict", "predict", project),
            measured("predict --files", "predict", "--files", source / "day.hea"),
            measured("export of measurements", "-c", MEASURING, project, project.parent / "measured.csv"),
            measured("train, output layer, with 40 short ECGs", "train", project, "--mode", "output", "--adopt"),
            measured("evaluate", "evaluate", project, "--labels", _labels(project), "--with-training-records"),
        ]
        rows += [
            measured("the page in the window, whole, then 50 of its parts", "-c", PAGE, project),
            measured("export of all ECGs as WFDB", "export", project, project.parent / "out", "--format", "wfdb"),
            measured("convert to HDF5", "convert", source / "day.hea", project.parent / "day.h5"),
            measured("predict, every cached signal lost", "predict", lost),
            measured("inspect, EDF", "inspect", Path(name) / "day.edf"),
            measured("import, EDF", "import", Path(name) / "edf.cessl", Path(name) / "day.edf"),
        ]
    show("day_long", rows)


if __name__ == "__main__":
    main()
