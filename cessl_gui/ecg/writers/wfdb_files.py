"""Recordings written as WFDB, for other programs."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from cessl_gui.core.errors import CesslError
from cessl_gui.core.measurements import QUANTITIES
from cessl_gui.core.scratch import pieces, release, room, stretches
from cessl_gui.core.types import Record
from cessl_gui.ecg.writers.steps import Counts, counts_of


def write_wfdb(record: Record, folder: Path, name: str, comments: Sequence[str]) -> Path:
    """Write NAME.hea and NAME.dat (16 bit, mV); returns the header. Samples without a value stay without one.

    The numbers are those of the source where it had 16 bits. Leads that were derived on reading are left out: whoever
    reads the file derives them again. Earlier files of that name stay until both new ones are whole.
    raises : CesslError for a recording without samples, which the format cannot hold; OSError
    """
    import wfdb

    if record.signal_mv.shape[1] == 0:
        raise CesslError(f"{record.name} has no samples.")
    kept = [i for i, lead in enumerate(record.leads) if lead not in record.derived]
    numbers, scales = _as_numbers(record, kept)
    date, time = _moment(record.recorded_at)
    written = wfdb.Record(
        record_name=name,
        n_sig=len(kept),
        fs=record.fs_hz,
        sig_len=numbers.shape[1],
        units=["mV"] * len(kept),
        sig_name=[record.leads[i] for i in kept],
        fmt=["16"] * len(kept),
        adc_gain=[1 / each.step_mv for each in scales],
        baseline=[_baseline(each) for each in scales],
        init_value=numbers[:, 0].tolist(),
        checksum=[sum(int(some.sum(dtype=np.int64)) for some in pieces(row)) % (1 << 16) for row in numbers],
        comments=list(comments),
        base_date=date,
        base_time=time,
    )
    written.set_defaults()
    with TemporaryDirectory(prefix=".unfinished-", dir=folder) as unfinished:
        header, data = Path(unfinished, f"{name}.hea"), Path(unfinished, f"{name}.dat")
        written.wrheader(write_dir=unfinished)
        with data.open("wb") as file:
            for some in stretches(numbers):
                file.write(np.ascontiguousarray(numbers[:, some].T, "<i2").data)
        for file_ in (data, header):
            file_.replace(folder / file_.name)
    return folder / header.name


def comments(record: Record) -> list[str]:
    """What a recording says beside its signal, in lines that our reader finds again."""
    facts = {"Patient": record.patient, "Age": record.age, "Sex": record.sex, "Dx": ",".join(record.statements)}
    lines = [f"{name}: {value}" for name, value in facts.items() if value]
    statements = [f"Device statement: {line}" for line in record.device_statements]
    return [*lines, *device_lines(record.device), *statements]


def device_lines(device: Mapping[str, float]) -> list[str]:
    """What a device measured, in lines that our reader finds again."""
    names = {"rr": "RR interval", "qtc": "QTc"}
    return [f"{names.get(name) or QUANTITIES[name][0]}: {value:g}" for name, value in device.items()]


def _as_numbers(record: Record, kept: Sequence[int]) -> tuple[np.ndarray, list[Counts]]:
    """The stored numbers (leads, samples) of the leads that are kept, and what they count."""
    numbers = room(len(kept), record.signal_mv.shape[1], np.int16)
    scales = []
    for row, i in zip(numbers, kept, strict=True):
        counts = counts_of(record.signal_mv[i], with_offset=False)
        row[:] = counts.stored
        scales.append(replace(counts, stored=row))
        release(numbers)
    return numbers, scales


def _baseline(counts: Counts) -> int:
    """The number that stands for 0 mV; an offset is a whole number of steps here."""
    return -round(counts.offset_mv / counts.step_mv)


def _moment(recorded_at: str) -> tuple[datetime.date | None, datetime.time | None]:
    try:
        at = datetime.datetime.fromisoformat(recorded_at)
    except ValueError:
        return None, None
    return at.date(), at.time()  # a date needs a time in the header
