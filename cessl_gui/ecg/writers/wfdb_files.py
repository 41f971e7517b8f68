"""Recordings written as WFDB, for other programs."""

from __future__ import annotations

import datetime
import errno
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from cessl_gui.core.errors import CesslError
from cessl_gui.core.measurements import QUANTITIES
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
    counts = [counts_of(record.signal_mv[i], with_offset=False) for i in kept]
    date, time = _moment(record.recorded_at)
    with TemporaryDirectory(prefix=".unfinished-", dir=folder) as unfinished:
        try:
            wfdb.wrsamp(
                name,
                fs=record.fs_hz,
                units=["mV"] * len(kept),
                sig_name=[record.leads[i] for i in kept],
                d_signal=np.stack([each.stored for each in counts], axis=1).astype(np.int64),
                fmt=["16"] * len(kept),
                adc_gain=[1 / each.step_mv for each in counts],
                baseline=[_baseline(each) for each in counts],
                comments=list(comments),
                base_date=date,
                base_time=time,
                write_dir=unfinished,
            )
        except OSError as error:  # numpy names no reason for a file that was cut short
            raise error if error.errno else _disk_full() from error
        header, data = Path(unfinished, f"{name}.hea"), Path(unfinished, f"{name}.dat")
        # On a full disk numpy can lose the last samples without a word.
        if data.stat().st_size != 2 * len(kept) * record.signal_mv.shape[1]:
            raise _disk_full()
        for file in (data, header):
            file.replace(folder / file.name)
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


def _disk_full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _baseline(counts: Counts) -> int:
    """The number that stands for 0 mV; an offset is a whole number of steps here."""
    return -round(counts.offset_mv / counts.step_mv)


def _moment(recorded_at: str) -> tuple[datetime.date | None, datetime.time | None]:
    try:
        at = datetime.datetime.fromisoformat(recorded_at)
    except ValueError:
        return None, None
    return at.date(), at.time()  # a date needs a time in the header
