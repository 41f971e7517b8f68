"""A disk that fills while people import, label, merge and export, and is emptied again: nothing acknowledged is lost.

A disk of its own in memory (`mount -t tmpfs`, as root); elsewhere no file may grow beyond so many bytes instead.
"""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.attack.project_files import CODES, STATES, labels, made
from benchmarks.attack.watch import Tally, watched
from benchmarks.challenge import DATA
from cessl_gui.core.errors import CesslError
from cessl_gui.core.task import Task
from cessl_gui.core.types import State
from cessl_gui.store.exchange import bundle
from cessl_gui.store.project import Project
from cessl_gui.tasks.export import exporting
from cessl_gui.tasks.recordings.importing import import_paths

DISK = 8 << 20


def attack(seed: int, count: int) -> Tally:
    rng = np.random.default_rng(seed)
    with _disk() as (folder, mounted):
        tally = Tally("a disk that fills" if mounted else "files that may not grow")
        project = folder / "full.cessl"
        watched(lambda: made(project))
        watched(lambda: _others(project))
        for number in range(count):
            left = int(rng.choice([0, 4096, 20_000, 100_000, 400_000, 1_500_000]))
            before = labels(project)
            outcome = watched(lambda n=number, k=left: _used(project, n, k, mounted))
            (folder / "filler").unlink(missing_ok=True)
            answer = outcome.answer or {}
            after = watched(lambda: {"labels": _opened(project)})
            kept = (after.answer or {}).get("labels", {})
            expected = before | answer.get("acknowledged", {})
            lost = {key for key, state in expected.items() if kept.get(key) != state}
            tally.take(f"{number} with {left} bytes left", outcome, f"lost {sorted(lost)[:3]}" if lost else "")
            tally.take(f"{number} emptied again", after)
    return tally


def _others(project: Path) -> dict:
    """What others said, as a bundle that each round takes in."""
    with tempfile.TemporaryDirectory() as elsewhere, Project.open(Path(elsewhere) / "others.cessl") as other:
        with Project.open(project) as opened:
            other.take(opened.known(), list(opened.give({})), list(opened.facts()))
        other.labels.set_many([(f"r{i % 8}", f"local:{i}", STATES[i % 3]) for i in range(400)], "dr others")
        bundle.write(other, Path(f"{project}.bundle"))
    return {}


@contextmanager
def _disk() -> Iterator[tuple[Path, bool]]:
    with tempfile.TemporaryDirectory() as folder:
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder]
        mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
        try:
            yield Path(folder), mounted
        finally:
            if mounted:
                subprocess.run(["umount", folder], check=True)


def _fill(folder: Path, left: int, mounted: bool) -> None:
    if not mounted:
        resource.setrlimit(resource.RLIMIT_FSIZE, (left + (1 << 16), resource.RLIM_INFINITY))
        return
    with (folder / "filler").open("wb", buffering=0) as file:
        room = os.statvfs(folder)
        size = max(0, room.f_bavail * room.f_frsize - left)
        while size > 0:
            size -= file.write(bytes(min(size, 1 << 16)))


def _used(project: Path, number: int, left: int, mounted: bool) -> dict:
    """Half of the time the disk fills before the project is opened, half of the time within."""
    rng, acknowledged, refused = np.random.default_rng(number), {}, []
    paths = sorted((DATA / "ptbxl" / "records100").glob("*.hea"))[number * 10 % 800 :][:10]
    if number % 2:
        _fill(project.parent, left, mounted)
    with Project.open(project) as opened:
        if not number % 2:
            _fill(project.parent, left, mounted)
        for step in range(20):
            try:
                if step == 3:
                    import_paths(opened, paths, Task())
                elif step == 6:
                    bundle.merge(opened, Path(f"{project}.bundle"))
                elif step == 9:
                    exporting.export(opened, project.parent / "a.json", "json", Task())
                else:
                    record, code, state = f"r{rng.integers(8)}", str(rng.choice(CODES)), State(str(rng.choice(STATES)))
                    opened.labels.set(record, code, state, "dr full")
                    acknowledged[f"{record} {code}"] = str(state)
            except CesslError as error:
                refused.append(str(error))
    return {"acknowledged": acknowledged} | ({"refused": refused[:1]} if refused else {})


def _opened(project: Path) -> dict[str, str]:
    with Project.open(project) as opened:
        if opened.reading_only:
            raise RuntimeError(opened.reading_only)
        for info in opened.records.all():
            if not info.id.startswith("r"):
                opened.waveforms.read(info.id)
        return {f"{r} {c}": str(s) for r, of in opened.labels.all_current().items() for c, s in of.items()}
