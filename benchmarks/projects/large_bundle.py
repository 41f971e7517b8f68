"""How long, with how much memory, are a large bundle and its merge? `python -m benchmarks.projects.large_bundle`

--make FOLDER [--megabytes 600] [--ecgs 20000]
                                 a project whose bundle is about that large: notes of random text on so many ECGs
--bundle FOLDER FILE             writes the bundle of a project
--merge FILE FOLDER              merges it into an empty one

A cancel is answered where progress is told: the longest time between two such moments is measured.
"""

from __future__ import annotations

import base64
import random
import time
from pathlib import Path

import numpy as np

from benchmarks.projects.large_project import fill_records
from benchmarks.report import arguments, resident_most, show
from cessl_gui.store.exchange import bundle
from cessl_gui.store.project import Project

NOTE, TOGETHER = 20_000, 100  # notes of so many characters, which zip to three quarters


def make(folder: Path, megabytes: int, ecgs: int) -> None:
    """A project with that much to say."""
    chance = random.Random(0)
    with Project.open(folder) as project:
        fill_records(project, ecgs, np.random.default_rng(0))
        ids = project.records.ids()
        count = int(megabytes * 1e6 / (0.75 * NOTE))
        for begin in range(0, count, TOGETHER):
            with project.atomic():
                for number in range(begin, min(begin + TOGETHER, count)):
                    text = base64.b64encode(chance.randbytes(NOTE * 3 // 4)).decode()
                    project.notes.set(ids[number % len(ids)], text, f"reader {number // len(ids)}")


class Pauses:
    """Hears progress, and keeps the longest pause."""

    def __init__(self) -> None:
        self.longest_s, self._last = 0.0, time.perf_counter()

    def __call__(self, share: float) -> None:
        now = time.perf_counter()
        self.longest_s, self._last = max(self.longest_s, now - self._last), now


def measured(what: str, folder: Path, file: Path) -> dict[str, object]:
    with Project.open(folder) as project:
        before, pauses, began = resident_most(), Pauses(), time.perf_counter()
        acts = bundle.write(project, file, pauses) if what == "bundle" else bundle.merge(project, file, pauses).acts
        took = time.perf_counter() - began
        pauses(1.0)
    return {
        "what": what,
        "acts": acts,
        "bundle MB": round(file.stat().st_size / 1e6),
        "s": round(took, 1),
        "longest until a cancel is answered, s": round(pauses.longest_s, 2),
        "most memory MB": round(resident_most() / 1000),
        "before it MB": round(before / 1000),
    }


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--make", type=Path)
    parser.add_argument("--megabytes", type=int, default=600)
    parser.add_argument("--ecgs", type=int, default=20_000)
    parser.add_argument("--bundle", type=Path, nargs=2)
    parser.add_argument("--merge", type=Path, nargs=2)
    given = parser.parse_args()
    if given.make:
        make(given.make, given.megabytes, given.ecgs)
    if given.bundle:
        show("large_bundle", [measured("bundle", *given.bundle)])
    if given.merge:
        show("large_merge", [measured("merge", *reversed(given.merge))])


if __name__ == "__main__":
    main()
