"""How does the window bear 100,000 ECGs and a million labels? `python -m benchmarks.large_project [FOLDER]`

Makes such a project once (FOLDER.cessl, which stays), written in bulk straight into the store's tables; only the first
recordings have a signal. Then opens it as the program does and takes the time until the window can be used, until all
has arrived, of sorting, filtering and searching the worklist, of going to the next record, and the most memory.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from pathlib import Path

import numpy as np

from cessl_gui.core.types import LEADS_12, ModelInfo, ReadingState, State
from cessl_gui.core.vocabulary import vocabulary
from cessl_gui.ecg.synthetic import demo_records
from cessl_gui.store.project import Project

RECORDS, LABELS, SIGNALS = 100_000, 1_000_000, 200
PER_RECORD = 25
AT = "2026-11-01T08:00:00.000Z"
MODEL = "large"


def make(folder: Path, records: int = RECORDS, labels: int = LABELS, signals: int = SIGNALS) -> None:
    """Make the project: so many records, of which the first are read, with PER_RECORD labels each."""
    rng = np.random.default_rng(0)
    codes = [s.code for s in vocabulary().panel][:PER_RECORD]
    with Project.open(folder) as project:
        for record in demo_records(signals, 0):
            project.waveforms.write(record)
            project.records.add(record)
        _fill_records(project, records, rng)
        ids = project.records.ids()
        read = np.sort(rng.permutation(records)[: labels // len(codes)])
        _fill_labels(project, [ids[i] for i in read], codes, rng)
        thresholds = dict.fromkeys(codes, 0.3)
        model = ModelInfo(MODEL, "Version 1", "tiny", "0" * 64, tuple(codes), thresholds, "a benchmark", "base", AT)
        project.models.add(model, {})
        project.models.activate(MODEL)
        _fill_predictions(project, ids, codes, rng)


def _fill_records(project: Project, count: int, rng: np.random.Generator) -> None:
    began = len(project.records.ids())
    years, ages = rng.integers(2001, 2026, count), rng.integers(18, 100, count)
    patients = rng.integers(0, count * 2 // 3, count)
    rows = []
    for i in range(began, count):
        digest = hashlib.sha256(str(i).encode()).hexdigest()
        rows.append(
            (
                *(digest[:32], f"ECG{i:06d}", f"/archive/{years[i]}/{i % 250:03d}/ECG{i:06d}.hea", digest, 500.0, 5000),
                *(json.dumps(LEADS_12), "[]", f"p{patients[i]:06d}"),
                f"{years[i]}-{1 + i % 12:02d}-{1 + i % 28:02d} {i % 24:02d}:{i % 60:02d}:00",
                *(str(ages[i]), "FM"[i % 2], "[]", "[]", "wfdb", 0, AT, "", digest),
            )
        )
    with project._database.atomic() as db:
        marks = ", ".join("?" * 19)
        db.executemany(f"INSERT INTO records VALUES ({marks})", rows)
        db.executemany("INSERT INTO sources (path, record_id) VALUES (?, ?)", [(row[2], row[0]) for row in rows])
        db.executemany("INSERT INTO record_contents VALUES (?, ?)", [(row[0], row[0]) for row in rows])


def _fill_labels(project: Project, ids: list[str], codes: list[str], rng: np.random.Generator) -> None:
    states = np.array(["absent", "present", "uncertain"])
    with project.atomic():
        for record_id in ids:
            given = states[rng.choice(3, len(codes), p=(0.9, 0.08, 0.02))]
            labels = [(record_id, code, State(state)) for code, state in zip(codes, given, strict=True)]
            project.labels.set_many(labels, "bench", file_visible=False)
            for state in (ReadingState.IN_PROGRESS, ReadingState.CONFIRMED):
                project.records.set_reading(record_id, state, "bench")


def _fill_predictions(project: Project, ids: list[str], codes: list[str], rng: np.random.Generator) -> None:
    leads = json.dumps(LEADS_12)
    with project._database.atomic() as db:
        for record_id, p in zip(ids, rng.beta(0.5, 4, (len(ids), len(codes))), strict=True):
            said = json.dumps(dict(zip(codes, np.round(p, 5).tolist(), strict=True)))
            db.execute(
                "INSERT INTO predictions (model_id, record_id, probabilities, leads, reason, likeness)"
                " VALUES (?, ?, ?, ?, '', 0.5)",
                (MODEL, record_id, said, leads),
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("/tmp/large.cessl"))
    args = parser.parse_args()
    if not args.folder.exists():
        began = time.perf_counter()
        make(args.folder)
        print(f"made in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
