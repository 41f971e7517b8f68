"""How fast is an import beside a bare loop of wfdb.rdsamp over the same files?

`python -m benchmarks.files.import_speed`

The import hashes, checks, converts, caches and catalogues; the bare loop only reads. Both run in turn, file sets of
some 100 recordings at a time, so that a change of the machine's speed meets both. Prints one JSON object; `ratio` is
bare seconds / import seconds (1: as fast as bare reading).
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.report import arguments
from cessl_gui.core.task import Task
from cessl_gui.ecg.readers import find_recordings
from cessl_gui.store.project import Project
from cessl_gui.tasks.recordings.importing import import_paths

SET = 110
FOLDERS = ("challenge", "ludb")


def main() -> None:
    import wfdb

    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CESSL_DATA", "../shared/data")))
    args = parser.parse_args()
    # By name: new folders in the data, of other formats or of faults, leave the figure what it was.
    paths = [path for path in find_recordings([args.data / name for name in FOLDERS]) if path.suffix == ".hea"]
    ratios, bare_s, import_s, rejected = [], 0.0, 0.0, 0
    with tempfile.TemporaryDirectory() as folder, Project.open(Path(folder) / "bench.cessl") as project:
        for i in range(0, len(paths), SET):
            some = paths[i : i + SET]
            began = time.perf_counter()
            for path in some:
                try:
                    wfdb.rdsamp(str(path.with_suffix("")))
                except ValueError:  # the headers that the wfdb package rejects
                    rejected += 1
            bare = time.perf_counter() - began
            began = time.perf_counter()
            result = import_paths(project, some, Task())
            took = time.perf_counter() - began
            assert len(result.ids) == len(some), result.quarantined
            bare_s, import_s = bare_s + bare, import_s + took
            ratios.append(bare / took)
    print(
        json.dumps(
            {
                "recordings": len(paths),
                "rejected_by_wfdb": rejected,
                "bare_s": round(bare_s, 2),
                "import_s": round(import_s, 2),
                "ratio": round(bare_s / import_s, 3),
                "ratio_median_of_sets": round(float(np.median(ratios)), 3),
            }
        )
    )


if __name__ == "__main__":
    main()
