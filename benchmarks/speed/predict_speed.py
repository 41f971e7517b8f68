"""How many ECGs a second `cessl predict --files` reads, prepares and predicts after its start.

`python -m benchmarks.speed.predict_speed [--count N]`

The first N recordings of each collection, three times each; the first
prediction of all, which loads the libraries, is not in the time.
"""

from __future__ import annotations

import statistics
import time

from benchmarks.challenge import DATA
from benchmarks.report import arguments, show
from cessl_gui.ecg.readers import find_recordings
from cessl_gui.learn.network.predict import Predictor
from cessl_gui.tasks.models.modelling import load_backbone
from cessl_gui.tasks.models.predicting import predict_files

COLLECTIONS = {"PTB-XL, 100 Hz": "ptbxl/records100", "Challenge, 500 Hz": "challenge", "LUDB, 500 Hz": "ludb"}
TIMES = 3


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--count", type=int, default=100)
    given = parser.parse_args()
    rows, ready = [], Predictor(load_backbone())
    for name, folder in COLLECTIONS.items():
        paths = find_recordings([DATA / folder])[: given.count]
        list(predict_files(ready, paths[:1]))
        rates = []
        for _ in range(TIMES):
            begun = time.perf_counter()
            done = sum(error is None for *_, error in predict_files(ready, paths))
            rates.append(done / (time.perf_counter() - begun))
        rows.append({"recordings": name, "n": done, "ECGs a second": statistics.median(rates), "slowest": min(rates)})
    show("predict_speed", rows)


if __name__ == "__main__":
    main()
