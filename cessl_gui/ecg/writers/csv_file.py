"""Recordings written as a text table: a column a lead, in mV, below lines that say the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cessl_gui.core.scratch import release
from cessl_gui.core.spreadsheet import guarded, guarded_line
from cessl_gui.core.types import Record

BLOCK = 10_000  # samples at a time


def write_csv(record: Record, path: Path) -> None:
    """Write a table whose numbers are read back as the same float32; NaN where a lead has no value.

    raises : OSError
    """
    facts = {
        "Sampling rate": f"{record.fs_hz:.12g} Hz",
        "Date": record.recorded_at,
        "Patient": record.patient,
        "Age": record.age,
        "Sex": record.sex,
    }
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"# {name}: {guarded_line(value)}\n" for name, value in facts.items() if value)
        file.writelines(f"# Classification: {guarded_line(line)}\n" for line in record.device_statements)
        leads = [guarded(f"{lead.replace(',', ' ')} (mV)") for lead in record.leads]
        file.write(",".join(["sample", *map(str, leads)]) + "\n")
        for start in range(0, record.signal_mv.shape[1], BLOCK):
            values, place = np.unique(record.signal_mv[:, start : start + BLOCK].T, return_inverse=True)
            texts = values.astype("U32")  # the shortest of each float32
            texts[texts == "nan"] = "NaN"
            rows = texts[place].reshape(-1, len(record.leads))
            file.writelines(f"{number},{','.join(row)}\n" for number, row in enumerate(rows, start))
            release(record.signal_mv)
