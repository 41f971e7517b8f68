"""Predictions and imports beside another checkout, in processor time: `python -m benchmarks.speed.beside FOLDER`

FOLDER is a worktree of an earlier commit. Each round is a process of this checkout and one of the other, by turns; both
predict the same recordings with the first tiny backbone, with as many workers as cores, and import them into a project
of their own, once more with what their headers say as labels. The first 8 recordings, which load the libraries, are not
in the time. Printed are the medians over the rounds, and ours as a multiple of theirs.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.challenge import DATA
from benchmarks.report import arguments, show

COLLECTIONS = {"PTB-XL, 100 Hz": "ptbxl/records100", "Challenge, 500 Hz": "challenge", "LUDB, 500 Hz": "ludb"}
CODE = """
import json, sys, tempfile, time
from pathlib import Path
try:
    from cessl_gui.core.task import Task
    from cessl_gui.learn.network.predict import Predictor
    from cessl_gui.tasks.models.modelling import load_backbone
    from cessl_gui.tasks.models.predicting import predict_files
    from cessl_gui.tasks.recordings.importing import import_paths
    answers = Task(),
except ImportError:
    from cessl_gui.learn.predict import Predictor
    from cessl_gui.tasks.importing import import_paths
    from cessl_gui.tasks.modelling import load_backbone
    from cessl_gui.tasks.predicting import predict_files
    answers = lambda progress: None, lambda: False
from cessl_gui.ecg.readers import find_recordings
from cessl_gui.store.project import Project

def predicted(paths):
    return seconds(lambda: list(predict_files(ready, paths)), len(paths))

def imported(paths, **more):
    with tempfile.TemporaryDirectory() as folder, Project.open(Path(folder) / "beside.cessl") as project:
        return seconds(lambda: import_paths(project, paths, *answers, **more).ids, len(paths))

def labelled(paths):
    return imported(paths, accept_header_labels=True, reader="beside")

def seconds(work, count):
    begun = time.process_time()
    assert len(work()) == count
    return time.process_time() - begun

ready, rates = Predictor(load_backbone("tiny")), {}
for folder in sys.argv[2:]:
    paths = find_recordings([Path(folder)])[: int(sys.argv[1])]
    for work in predicted, imported, labelled:
        work(paths[:8])
        rates[work.__name__ + " " + folder] = len(paths) / work(paths)
print(json.dumps(rates))
"""


def rates(checkout: Path, count: int) -> dict[str, float]:
    """What is done, and the folder -> ECGs a second of processor time, with the code of a checkout."""
    folders = [str(DATA / folder) for folder in COLLECTIONS.values()]
    given = [sys.executable, "-c", CODE, str(count), *folders]
    environment = os.environ | {"PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(given, cwd=checkout, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("other", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=40)
    given = parser.parse_args()
    both = [[rates(folder, given.count) for folder in (Path.cwd(), given.other)] for _ in range(given.rounds)]
    rows = []
    for name, folder in COLLECTIONS.items():
        for work in ("predicted", "imported", "labelled"):
            key = f"{work} {DATA / folder}"
            ours, theirs = (statistics.median(pair[i][key] for pair in both) for i in (0, 1))
            figures = {"ECGs a second": ours, "other checkout": theirs, "as fast": ours / theirs}
            rows.append({"recordings": f"{name}, {work}"} | figures)
    show("beside", rows)


if __name__ == "__main__":
    main()
