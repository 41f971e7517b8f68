"""How long a click takes, and how soon it answers to a stop.

`python -m benchmarks.learning.click_time [--mode fast] [--keep]`

A project of 600 ECGs of PTB-XL, 100 of them with PTB-XL's labels (`--data challenge`: 100 Challenge records with their
headers' labels and 500 of CinC 2011); `train` from tiny on one core, from the click to the verdict. Per phase: seconds,
and the longest time that it did not ask whether to stop: so long a person waits at most for a cancel.
--steps ends the training after so many (`--mode exact`, whose 200 epochs take hours here).
--keep asks, as each phase begins in which a person can, to end with the best so far, and says when the training itself
has ended and when the verdict is there.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

from benchmarks.challenge import DATA
from benchmarks.ptbxl import record
from benchmarks.report import arguments, show
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.types import LEADS_12, Progress, State
from cessl_gui.ecg import scipy_later
from cessl_gui.ecg.readers import find_recordings
from cessl_gui.ecg.writers import write_wfdb
from cessl_gui.learn.pretraining.sources import SCP, ptbxl
from cessl_gui.store.project import Project
from cessl_gui.tasks.models import training
from cessl_gui.tasks.recordings.importing import import_paths

FOLDER = DATA / "ptbxl_more"


KEEPS = ("Trying CE-SSL on the folds", "Training")  # before and after them there is nothing to keep


class Watch:
    """Seconds of each phase, and the longest in which nothing was asked.

    keep_in : the phase to stop and keep in; last_step: of the training, to stop and keep after; 0: none
    """

    def __init__(self, keep_in: str = "", last_step: int = 0) -> None:
        self.seconds: dict[str, float] = {}
        self.unasked: dict[str, float] = {}
        self.kept_at = self.stopped_at = 0.0
        self._phase, self._began, self._asked, self._keep_in = "Starting", time.monotonic(), time.monotonic(), keep_in
        self._last_step, self._done = last_step, False

    def report(self, progress: Progress) -> None:
        if self._last_step and progress.phase == "Training":
            self._done = (progress.step or 0) >= self._last_step
        if progress.phase != self._phase:
            self.close()
            self._phase = progress.phase
            if self.kept_at and not self.stopped_at and progress.phase.startswith("Judging"):
                self.stopped_at = time.monotonic()

    def ask(self) -> Stop | None:
        self._wait()
        if self._phase == self._keep_in or self._done or self.kept_at:
            self.kept_at = self.kept_at or time.monotonic()
            return Stop.KEEP
        return None

    def close(self) -> None:
        """The phase is over."""
        self._wait()
        now = time.monotonic()
        self.seconds[self._phase] = self.seconds.get(self._phase, 0.0) + now - self._began
        self._began = now

    def _wait(self) -> None:
        now = time.monotonic()
        self.unasked[self._phase] = max(self.unasked.get(self._phase, 0.0), now - self._asked)
        self._asked = now


def of_challenge(folder: Path, labelled: int, unlabelled: int) -> Project:
    """A project of so many Challenge records with their headers' labels, evenly over them, and phone ECGs."""
    project, phones = Project.open(folder), folder.parent / "phones"
    paths = find_recordings([DATA / "challenge"])
    chosen = [paths[i] for i in np.linspace(0, len(paths) - 1, labelled).astype(int)]
    import_paths(project, chosen, Task(), accept_header_labels=True, reader="bench")
    with h5py.File(DATA / "cinc2011" / "unlabelled_500hz.h5") as file:
        signals = file["signal"][:unlabelled].astype(np.float32) * 0.005  # about 5 uV each
    phones.mkdir()
    for number, signal in enumerate(signals):
        write_wfdb(record(signal, 500, LEADS_12), phones, f"phone{number:03}", [])
    import_paths(project, [phones], Task())
    return project


def of_ptbxl(folder: Path, labelled: int, unlabelled: int) -> Project:
    """A project of so many ECGs of PTB-XL, the labelled ones evenly over them."""
    project = Project.open(folder)
    ecgs = {int(ecg.key.split("/")[1]): ecg for ecg in ptbxl(FOLDER)}
    count = labelled + unlabelled
    import_paths(project, sorted((FOLDER / "records100").glob("*.hea"))[:count], Task())
    infos = project.records.all()
    for info in infos[:: -(-len(infos) // labelled)]:
        ecg = ecgs[int(Path(info.source).stem.split("_")[0])]
        codes = (code for code in ecg.assessed if not code.startswith(SCP))
        states = [(info.id, code, State.PRESENT if code in ecg.present else State.ABSENT) for code in codes]
        project.labels.set_many(states, "bench")
    return project


def click(project: Project, mode: str, watch: Watch) -> dict[str, object]:
    began = time.monotonic()
    model = training.train(
        project, Task(watch.report, watch.ask), backbone="tiny", mode=mode, thread_count=1, moment=project.moment()
    )
    ended = time.monotonic()
    watch.close()
    row: dict[str, object] = {"mode": mode, "method": model.summary.method, "seconds": round(ended - began, 1)}
    row |= {"why": model.summary.why} if not watch.kept_at else {}
    if watch.kept_at:
        row |= {"stopped after": round(watch.stopped_at - watch.kept_at, 2), "verdict": round(ended - watch.kept_at, 2)}
    return row


DATA_SETS = {"ptbxl": of_ptbxl, "challenge": of_challenge}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--mode", default="auto", choices=("auto", "output", "fast", "exact"))
    parser.add_argument("--data", default="ptbxl", choices=DATA_SETS)
    parser.add_argument("--labelled", type=int, default=100)
    parser.add_argument("--unlabelled", type=int, default=500)
    parser.add_argument("--steps", type=int, default=0, help="of the training, after which to end with the best so far")
    parser.add_argument("--keep", action="store_true", help="ask in each phase to end with the best so far")
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as place,
        DATA_SETS[args.data](Path(place) / "b.cessl", args.labelled, args.unlabelled) as project,
    ):
        scipy_later.load()  # as the window has done by then, and `load_torch` where torch is not there yet
        watch = Watch(last_step=args.steps)
        rows = [click(project, args.mode, watch)]
        phases = [
            {"phase": phase, "seconds": round(s, 2), "unasked": round(watch.unasked[phase], 2)}
            for phase, s in watch.seconds.items()
        ]
        if args.keep:
            phases_ = [phase for phase in KEEPS if phase in watch.seconds]
            rows += [{"keep in": phase} | click(project, args.mode, Watch(phase)) for phase in phases_]
    facts = {"data": args.data, "labelled": args.labelled, "unlabelled": args.unlabelled}
    show("click_time", rows, **facts)
    show("click_time_phases", phases, **facts)


if __name__ == "__main__":
    main()
