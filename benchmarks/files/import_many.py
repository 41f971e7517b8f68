"""How much memory does an import of very many small recordings take?

`python -m benchmarks.files.import_many [--files N]`

Makes that many WFDB recordings of one second in a temporary folder, imports them, cancels half-way, and imports the
folder again, which goes on there. Prints one JSON object: the most resident memory of this process and of its largest
reader, in MB, after each part; seconds and recordings a second.
"""

from __future__ import annotations

import json
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.report import arguments, resident_most
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.types import Progress
from cessl_gui.store.project import Project
from cessl_gui.tasks.recordings.importing import import_paths

FS_HZ, IN_A_FOLDER = 100, 1000


def make(folder: Path, count: int) -> None:
    """Recordings of one lead, each of other samples."""
    rng = np.random.default_rng(0)
    for i in range(count):
        inner = folder / f"{i // IN_A_FOLDER:03}"
        inner.mkdir(exist_ok=True)
        rng.integers(-500, 500, FS_HZ).astype("<i2").tofile(inner / f"r{i}.dat")
        (inner / f"r{i}.hea").write_text(f"r{i} 1 {FS_HZ} {FS_HZ}\nr{i}.dat 16 1000/mV 16 0 0 0 0 II\n#Age: 50\n")


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    count = parser.parse_args().files
    done = 0

    def note(progress: Progress) -> None:
        nonlocal done
        done = progress.step or done if progress.phase == "Importing" else done

    with tempfile.TemporaryDirectory() as folder, Project.open(Path(folder) / "many.cessl") as project:
        source = Path(folder) / "recordings"
        source.mkdir()
        make(source, count)
        rows = []
        for stop in (lambda: Stop.CANCEL if done >= count // 2 else None, lambda: None):
            began = time.perf_counter()
            result = import_paths(project, [source], Task(note, stop))
            took = time.perf_counter() - began
            children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            rows.append({"new": result.added, "known": result.known, "seconds": round(took, 1)})
            rows[-1] |= {"a_second": round(result.added / took, 1), "cancelled": result.cancelled}
            rows[-1] |= {"most_mb": resident_most() // 1024, "most_mb_of_a_reader": children // 1024}
        assert sum(row["new"] for row in rows) == count == project.records.count()
    print(json.dumps({"files": count, "parts": rows}))


if __name__ == "__main__":
    main()
