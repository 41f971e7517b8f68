"""What the one click brings on another hospital's ECGs: `python -m benchmarks.learning.main_job [--seeds N]`

The 242 Challenge records of ../shared/data in two halves, every second one: the headers of one half are accepted as
labels, `train` runs as in the window, from tiny, which leaves one core free; the other half is the test. Per seed macro
AUC over the statements that patients enough have, with its 95 % interval, and what it is above two others' AUC.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path

from benchmarks.report import arguments, show
from cessl_gui.core.task import Task
from cessl_gui.core.types import State
from cessl_gui.ecg.readers import find_recordings
from cessl_gui.store.project import Project
from cessl_gui.tasks.evaluation import evaluating
from cessl_gui.tasks.models import training
from cessl_gui.tasks.recordings.importing import import_paths

UNSEEING = "tiny"  # the shipped backbone of new projects has learned from these ECGs

Truth = dict[str, dict[str, float]]


def header_truth(project: Project) -> Truth:
    """What the headers say of the records without labels, by the rule of accepted headers.

    A statement is absent where a header beside it in the folder names it and the record's own does not.
    """
    headers, labelled = project.labels.header_all(), project.labels.all_current()
    places = {info.id: Path(info.source).parent for info in project.records.all()}
    used: dict[Path, set[str]] = {}
    for record_id, states in headers.items():
        used.setdefault(places[record_id], set()).update(states)
    return {
        record_id: {code: float(states.get(code) == State.PRESENT) for code in used[places[record_id]]}
        for record_id, states in headers.items()
        if record_id not in labelled
    }


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CESSL_DATA", "../shared/data")))
    args = parser.parse_args()
    paths = find_recordings([args.data / "challenge"])
    rows = []
    for seed in range(args.seeds):
        with tempfile.TemporaryDirectory() as folder, Project.open(Path(folder) / "bench.cessl") as project:
            import_paths(project, paths[::2], Task(), accept_header_labels=True, reader="bench")
            import_paths(project, paths[1::2], Task())
            began = time.monotonic()
            model = training.train(project, Task(), seed=seed, backbone=UNSEEING)
            seconds = time.monotonic() - began
            found = evaluating.evaluate(project, header_truth(project), Task(), model)
        row = {
            "seed": seed,
            "seconds": round(seconds, 1),
            "mode": model.summary.mode,
            "steps": model.summary.steps,
            "test ECGs": found["n"],
            "statements": f"{len(found['macro_over'])} of {len(found['classes'])}",
            "AUC": interval(found["macro"]["auc"]),
        }
        for name, other in found["compared"].items():
            row |= {f"{name} AUC": other["auc"]["value"], f"above {name}": interval(other["auc_difference"])}
        rows.append(row)
        print(json.dumps(row), flush=True)
    show("main_job", rows)


def interval(found: dict) -> str:
    return f"{found['value']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


if __name__ == "__main__":
    main()
