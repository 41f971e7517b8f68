"""How does the program stand up to attack? `python -m benchmarks.attack [--quick] [--seed N] [--only PART...]`

600 mutated and 75 odd WFDB files, 40 strangers' projects, 100 checkpoints, 700 kills, 100 power cuts, 40 rounds on a
disk that fills;
each in a process of its own. Counted: crashes (also tracebacks), hangs (5 s of processor time), more than 1 GB, and
silent wrong values; each of them is named. Exit status 1 where there is one.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import warnings

os.environ["OMP_NUM_THREADS"] = "1"  # a fork has no threads of its parent's

from benchmarks.attack import (
    checkpoints,
    full_disk,
    kills,
    odd_files,
    power,
    project_files,
    tampering,
    team_kills,
    wfdb_files,
)
from benchmarks.report import show

PARTS = {  # name -> the whole, and the quick one
    "wfdb": lambda seed, quick: wfdb_files.attack(seed, *((40, 40, 40) if quick else (250, 150, 200))),
    "odd": lambda seed, quick: [odd_files.attack(seed, 20 if quick else 100)],
    "projects": lambda seed, quick: [project_files.attack(seed, 20 if quick else 40)],
    "checkpoints": lambda seed, quick: [checkpoints.attack(seed, 25 if quick else 100)],
    "kills": lambda seed, quick: kills.attack(seed, 10 if quick else 500),
    "team": lambda seed, quick: team_kills.attack(seed, 3 if quick else 100),
    "power": lambda seed, quick: power.attack(seed, 6 if quick else 100),
    "tampering": lambda seed, quick: [tampering.attack(seed, 20 if quick else 1000)],
    "disk": lambda seed, quick: [full_disk.attack(seed, 6 if quick else 40)],
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="about a minute")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    given = parser.parse_args()
    logging.disable()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as home:  # nothing of it goes into the person's own
        os.environ |= {"XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home}
        tallies = [tally for part in given.only for tally in PARTS[part](given.seed, given.quick)]
    rows = [
        {
            "attack": t.what,
            "n": t.n,
            "refused": t.refused,
            "crashes": t.crashes,
            "hangs": t.hangs,
            "above 1 GB": t.above_1_gb,
            "silent wrong values": t.wrong,
            "slowest, s": t.slowest_s,
            "most MB": round(t.most_mb),
        }
        for t in tallies
    ]
    show("attack", rows, seed=given.seed)
    faults = [f"{t.what}: {fault}" for t in tallies for fault in t.faults]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
