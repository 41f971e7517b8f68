"""How does the program stand up to attack? `python -m benchmarks.attack [--quick] [--seed N] [--only PART...]`

600 mutated and 77 odd WFDB files, 40 strangers' projects, 100 checkpoints, 900 kills of the program and 20 of a server,
100 power cuts, 114 ways of tampering, 40 rounds on a disk that fills; each in a process of its own. Counted: crashes
(also tracebacks), hangs (5 s of processor time), more than 1 GB, and silent wrong values; each of them is named. Exit
status 1 where there is one. Run in parts, `--count 20 --seed 7 --sums FILE` adds the parts up.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import warnings
from functools import partial
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # a fork has no threads of its parent's

from benchmarks.attack import (
    act_kills,
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
from benchmarks.attack.watch import Tally
from benchmarks.report import arguments, show

PARTS = {  # name -> what it does with a seed and a count, the count of the whole, and of the quick run
    "wfdb": (lambda seed, count: wfdb_files.attack(seed, count, count * 3 // 5, count * 4 // 5), 250, 40),
    "odd": (lambda seed, count: [odd_files.attack(seed, count)], 100, 20),
    "projects": (lambda seed, count: [project_files.attack(seed, count)], 40, 20),
    "checkpoints": (lambda seed, count: [checkpoints.attack(seed, count)], 100, 25),
    "labelling": (partial(kills.attack, "labelling"), 200, 4),
    "merging": (partial(kills.attack, "merging"), 100, 2),
    "importing": (partial(kills.attack, "importing"), 80, 3),
    "training": (partial(kills.attack, "training"), 20, 1),
    "acts": (act_kills.attack, 50, 3),
    "syncing": (lambda seed, count: [team_kills.syncs(seed, count)], 100, 3),
    "upgrading": (lambda seed, count: [team_kills.upgrades(seed, count)], 100, 3),
    "server": (lambda seed, count: [team_kills.servers(seed, count)], 20, 2),
    "power": (power.attack, 100, 6),
    "tampering": (lambda seed, count: [tampering.attack(seed, count)], 1000, 20),
    "disk": (lambda seed, count: [full_disk.attack(seed, count)], 40, 6),
}
COUNTED = ("n", "refused", "crashes", "hangs", "above_1_gb", "wrong")
MOST = ("slowest_s", "most_mb")


def summed(file: Path, tallies: list[Tally], run: str) -> list[Tally]:
    """The sums of all runs so far, kept in a file with what each run was; the same run is not counted twice."""
    kept = json.loads(file.read_text()) if file.exists() else {"runs": [], "sums": {}}
    if run in kept["runs"]:
        raise SystemExit(f"{file} has this run already: {run}")
    kept["runs"].append(run)
    for tally in tallies:
        of = kept["sums"].setdefault(tally.what, {})
        of |= {name: of.get(name, 0) + getattr(tally, name) for name in COUNTED}
        of |= {name: max(of.get(name, 0), getattr(tally, name)) for name in MOST}
        of["faults"] = [*of.get("faults", []), *(f"{run}: {fault}" for fault in tally.faults)]
    file.write_text(json.dumps(kept, indent=1))
    return [Tally(what, **of) for what, of in kept["sums"].items()]


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, help="how many of each, in place of the whole or the quick run's")
    parser.add_argument("--sums", type=Path, help="a file that adds up the runs")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    given = parser.parse_args()
    logging.disable()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as home:  # nothing of it goes into the person's own
        os.environ |= {"XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home}
        tallies = []
        for attack, whole, quick in (PARTS[part] for part in given.only):
            tallies += attack(given.seed, given.count or (quick if given.quick else whole))
    if given.sums:
        tallies = summed(given.sums, tallies, f"{' '.join(given.only)}, {given.count} of seed {given.seed}")
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
