"""Recordings written for other programs. One module per format."""

from __future__ import annotations

from pathlib import Path

from cessl_gui.core.errors import NotWritten
from cessl_gui.core.files import atomic_write, why
from cessl_gui.core.types import Record
from cessl_gui.ecg.writers.csv_file import write_csv
from cessl_gui.ecg.writers.dicom_file import write_dicom
from cessl_gui.ecg.writers.edf_file import write_edf
from cessl_gui.ecg.writers.hdf5_file import write_hdf5
from cessl_gui.ecg.writers.wfdb_files import comments, device_lines, write_wfdb

__all__ = ["SUFFIXES", "device_lines", "format_of", "targets", "write", "write_wfdb"]

# format -> how its files end, the first as we write them
SUFFIXES = {
    "wfdb": (".hea", ".dat"),
    "hdf5": (".h5", ".hdf5"),
    "csv": (".csv",),
    "edf": (".edf",),
    "dicom": (".dcm", ".dicom"),
}
MOST_VALUES = {
    "edf": 1 << 26,
    "dicom": 1 << 26,
}  # leads x samples: what writes these holds all in memory, 10 bytes each


def format_of(path: Path) -> str:
    """The format that the end of a name asks for, "" if none does."""
    return next((name for name, ends in SUFFIXES.items() if path.suffix.lower() in ends), "")


def targets(path: Path, format_: str) -> list[Path]:
    """The files that a recording written to a path becomes."""
    return [path.with_suffix(suffix) for suffix in SUFFIXES["wfdb"]] if format_ == "wfdb" else [path]


def write(record: Record, path: Path, format_: str, deidentified: bool = False) -> None:
    """Write a recording, whole or not at all.

    raises : NotWritten where the format cannot hold it, or the place takes no more
    """
    if not record.signal_mv.size:
        raise NotWritten(f"{record.name} has no samples.", "There is nothing to convert.")
    if record.signal_mv.size > (most := MOST_VALUES.get(format_, record.signal_mv.size)):
        hour = 3600 * record.fs_hz * len(record.leads)
        raise NotWritten(
            f"{record.name} is too long for {format_.upper()}: {record.signal_mv.size / hour:.1f} h;"
            f" of {len(record.leads)} leads at {record.fs_hz:g} Hz it takes {most / hour:.1f} h.",
            "Choose WFDB, HDF5 or CSV.",
        )
    if format_ == "wfdb":
        _write_wfdb(record, path)
        return
    with atomic_write(path) as unfinished:
        if format_ == "dicom":
            write_dicom(record, unfinished, deidentified)
        else:
            {"hdf5": write_hdf5, "csv": write_csv, "edf": write_edf}[format_](record, unfinished)


def _write_wfdb(record: Record, path: Path) -> None:
    if not all(letter.isascii() and (letter.isalnum() or letter in "_-") for letter in path.stem):
        raise NotWritten(f"{path.stem} is no name for a WFDB record.", "Use letters, digits, - and _ only.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_wfdb(record, path.parent, path.stem, comments(record))
    except OSError as error:
        raise NotWritten(
            f"{path} cannot be written ({why(error)}).", "Choose another place, or free some space."
        ) from error
