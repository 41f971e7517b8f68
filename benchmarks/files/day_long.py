"""How much memory does a day-long ECG take? `python -m benchmarks.files.day_long`

Makes a WFDB recording of 24 h with 12 leads at 250 Hz from a generated ECG, and 40 of 10 s with labels, in a temporary
folder (2 GB), then runs commands on them, each in a process of its own. Prints a table: the most resident memory of
each in MiB, and its seconds.
"""

from __future__ import annotations

import os
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
    with (folder / "day.dat").open("wb") as file:
        for _ in range(times):
            file.write(np.round((mv + rng.normal(0, 0.005, mv.shape)) * 1000).T.astype("<i2").tobytes())
    lines = [f"day.dat 16 1000(0)/mV 16 0 0 0 0 {lead}" for lead in LEADS_12]
    dx = f"#Dx: {','.join(beats.statements)}"
    (folder / "day.hea").write_text("\n".join([f"day 12 {FS_HZ} {times * mv.shape[1]}", *lines, dx, ""]))


def measured(what: str, *command: str | Path) -> dict:
    """One command in a process of its own."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "cessl_gui.cli", *command], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{what}: exit status {process.returncode}")
    return {"command": what, "most MiB": used.ru_maxrss // 1024, "s": round(time.perf_counter() - began, 1)}


def main() -> None:
    arguments(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as name:
        source, project = Path(name) / "recordings", Path(name) / "day.cessl"
        source.mkdir()
        make(source)
        rows = [
            measured("inspect", "inspect", source / "day.hea"),
            measured("import", "import", project, source, "--accept-header-labels"),
            measured("predict", "predict", project),
            measured("train", "train", project, "--mode", "output"),
        ]
        for file in project.glob("waveforms/*/*.h5"):
            file.unlink()
        rows.append(measured("predict by the new version, all read again from their sources", "predict", project))
    show("day_long", rows)


if __name__ == "__main__":
    main()
