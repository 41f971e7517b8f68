"""How does the window bear 100,000 ECGs and a million labels? `python -m benchmarks.projects.large_project [FOLDER]`

Makes such a project once (FOLDER.cessl, which stays), written in bulk straight into the store's tables; only the first
recordings have a signal. Then opens it as the program does and takes the time until the window can be used, until all
has arrived, of sorting, filtering and searching the worklist, of going to the next record, of labels while statements
are merged, and the most memory.
"""

from __future__ import annotations

import gc
import hashlib
import json
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

from benchmarks.report import arguments, resident_most, show
from benchmarks.window.responsiveness import Ticks
from cessl_gui.bridge.worklist import Column
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import LEADS_12, ModelInfo, ReadingState, State
from cessl_gui.ecg.synthetic import demo_records
from cessl_gui.store.log import act_ids, acts
from cessl_gui.store.project import Project
from cessl_gui.tasks.merging_statements import merge, take_apart

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

RECORDS, LABELS, SIGNALS = 100_000, 1_000_000, 200
PER_RECORD = 25
READER = "bench"
AT = "2026-11-01T08:00:00.000Z"
MODEL, AF, OWN, OTHER = "large", "164889003", "local:counts", "426783006"


def make(folder: Path, records: int = RECORDS, labels: int = LABELS, signals: int = SIGNALS) -> None:
    """Make the project: so many records, of which the first are read, with PER_RECORD labels each."""
    rng = np.random.default_rng(0)
    codes = [s.code for s in vocabulary().panel][:PER_RECORD]
    with Project.open(folder) as project:
        for record in demo_records(signals, 0):
            project.waveforms.write(record)
            project.records.add(record)
        fill_records(project, records, rng)
        ids = project.records.ids()
        read = np.sort(rng.permutation(records)[: labels // len(codes)])
        _fill_labels(project, [ids[i] for i in read], codes, rng)
        thresholds = dict.fromkeys(codes, 0.3)
        model = ModelInfo(MODEL, "Version 1", "tiny", "0" * 64, tuple(codes), thresholds, "a benchmark", "base", AT)
        project.models.add(model, {})
        project.models.activate(MODEL)
        _fill_predictions(project, ids, codes, rng)


def fill_records(project: Project, count: int, rng: np.random.Generator) -> None:
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
    """Each record labelled and confirmed, as acts of this device in one chain, and the state that follows from them."""
    states = np.array(["absent", "present", "uncertain"])
    database = project._database
    with database.atomic() as db:
        device = database.device.begin(db)
        database.device.has_acted()
        last = db.execute("SELECT number, hash FROM acts WHERE device = ? ORDER BY number DESC LIMIT 1", (device,))
        number, previous = tuple(last.fetchone() or (0, b""))
        newest = acts.newest(db)
        for record_id in ids:
            given = states[rng.choice(3, len(codes), p=(0.9, 0.08, 0.02))]
            contents: list[tuple[str, dict]] = [
                ("label", {"code": code, "old": None, "new": str(state)})
                for code, state in zip(codes, given, strict=True)
            ]
            contents.append(("reading", {"old": "in progress", "new": "confirmed"}))
            made = []
            for kind, content in contents:
                number, newest = number + 1, act_ids.following(newest, device, act_ids.milliseconds(AT))
                who = (newest, device, number, READER, AT, kind, "set", record_id, "", "", 0, 0, 0)
                made.append(acts.chained(acts.Act(*who, acts.canonical(content), "0" * 16, "", b""), previous))
                previous = made[-1].hash
                acts.insert(db, made[-1])
            db.executemany(
                "INSERT INTO labels VALUES (?, ?, ?, ?, ?, 1)",
                [(record_id, act.content["code"], READER, act.content["new"], act.id) for act in made[:-1]],
            )
            db.execute(
                "INSERT INTO readings VALUES (?, ?, 'confirmed', ?, 1, 1, 0, 1, 1, 0)", (record_id, READER, made[-1].id)
            )


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


def measure(folder: Path) -> dict:
    """Open the project in a window, wait until all has arrived, then use the list. Times in s and ms, memory in MB."""
    from cessl_gui.bridge.projects import open_session
    from cessl_gui.ui.shell.window import MainWindow

    began = time.perf_counter()
    session = open_session(folder)
    window = MainWindow(session)
    window.resize(1366, 768)
    window.show()
    gc.collect()
    gc.freeze()  # as the program does
    QApplication.processEvents()
    row = {"usable_s": time.perf_counter() - began}
    ticks = Ticks()
    _wait(lambda: not session.is_opening and "read" not in session.busy)
    row |= {"whole_s": time.perf_counter() - began, "stall_ms_behind": max(ticks.late_ms, default=0.0)}
    window.show_room("worklist")
    view = window.worklist
    for column in Column:
        row[f"sort_{column}_ms"] = _timed(lambda column=column: view.table.sort_by(column, column == Column.MODEL))
    for name, button in view.chips.buttons.items():
        row[f"filter_{name}_ms"] = _timed(button.click)
    row["search_ms"] = _timed(lambda: view.search.setText("0042"))
    row["f5_ms"] = _timed(view.renew)
    view.search.setText("Demo")  # those with a signal
    window.show_room("read")
    steps = []
    for _ in range(SIGNALS // 5):
        steps.append(_timed(window.records.step_unread))
        _wait(lambda: "prefetch" not in session.busy)  # a reader looks at the ECG meanwhile
    row["next_ms_p95"] = float(np.quantile(steps, 0.95))
    view.search.clear()
    ids = session.columns().rows.ids
    unread = np.flatnonzero(session.columns().is_in(ReadingState.NEW))[:50]
    acts_ms, painted_ms = [], []
    for number in unread:
        before = time.perf_counter()
        session.set_label(ids[number], AF, State.ABSENT)
        acts_ms.append(1000 * (time.perf_counter() - before))
        painted_ms.append(acts_ms[-1] + _timed(lambda: None))
    row |= {"label_on_disk_ms_p95": float(np.quantile(acts_ms, 0.95))}
    row |= {"label_painted_ms_p95": float(np.quantile(painted_ms, 0.95)), "memory_mb": resident_most() / 1024}
    row |= _while_statements_merge(session, [ids[number] for number in unread])
    window.close()
    return row


def _while_statements_merge(session: Session, ids: list[str]) -> dict[str, float]:
    """How long labels wait while those of one statement are made to count as another, and are taken apart again."""
    project, waits, done = session.project, [], threading.Event()

    def work() -> None:
        try:
            merge(project, AF, OWN, READER)
        finally:
            take_apart(project, AF, READER)
            done.set()

    take_apart(project, AF, READER)  # of a run that broke off
    began = time.perf_counter()
    threading.Thread(target=work).start()
    while not done.is_set():
        before = time.perf_counter()
        session.set_label(ids[len(waits) % len(ids)], OTHER, (*State,)[len(waits) // len(ids) % 3])
        waits.append(1000 * (time.perf_counter() - before))
        _timed(lambda: None)
        time.sleep(0.05)  # a quick reader
    row = {"merge_and_apart_s": time.perf_counter() - began, "labels_meanwhile": len(waits)}
    return row | {"label_meanwhile_ms_p95": float(np.quantile(waits, 0.95)), "label_meanwhile_ms_most": max(waits)}


def _wait(done) -> None:
    while not done():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def _timed(act) -> float:
    """ms until an act is done and painted."""
    began = time.perf_counter()
    act()
    QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    return 1000 * (time.perf_counter() - began)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("/tmp/large.cessl"))
    args = parser.parse_args()
    if not args.folder.exists():
        began = time.perf_counter()
        make(args.folder)
        print(f"made in {time.perf_counter() - began:.0f} s")
    app = QApplication.instance() or QApplication([])
    show("large_project", [{"what": name, "value": value} for name, value in measure(args.folder).items()])
    app.processEvents()


if __name__ == "__main__":
    main()
