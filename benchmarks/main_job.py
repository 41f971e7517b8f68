"""What the one click brings on another hospital's ECGs: `python -m benchmarks.main_job [--seeds N]`

The 242 Challenge records of ../shared/data in two halves, every second one: the headers of one half are accepted as
labels, `train` runs as in the program, and the other half is the test. Prints one JSON object per seed.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

from cessl_gui.core.types import State
from cessl_gui.ecg.readers import find_recordings
from cessl_gui.store.project import Project
from cessl_gui.tasks import evaluating, training
from cessl_gui.tasks.importing import import_paths

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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CESSL_DATA", "../shared/data")))
    args = parser.parse_args()
    paths = find_recordings([args.data / "challenge"])
    quiet = (lambda _: None), (lambda: None)
    for seed in range(args.seeds):
        with tempfile.TemporaryDirectory() as folder, Project.open(Path(folder) / "bench.cessl") as project:
            import_paths(project, paths[::2], *quiet, accept_header_labels=True, reader="bench")
            import_paths(project, paths[1::2], *quiet)
            began = time.monotonic()
            model = training.train(project, *quiet, seed=seed, thread_count=os.cpu_count())
            seconds = time.monotonic() - began
            found = evaluating.evaluate(project, header_truth(project), quiet[0], model)
        row = {
            "seed": seed,
            "train_s": round(seconds, 1),
            "mode": model.metrics["mode"],
            "steps": model.metrics["steps"],
            "n_test": found["n"],
            "statements": len(found["classes"]),
            "macro_over": len(found["macro_over"]),
            "macro": found["macro"],
            "compared": found["compared"],
        }
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
