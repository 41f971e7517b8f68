"""Where pre-training gets its ECGs: PTB-XL, PhysioNet 2021 folders, LUDB, CODE, CinC 2011, unlabelled HDF5 files.

A source is a function of a folder or file that yields `Ecg`s: what is said of each, and how to read it. No signal is
read until asked for.
"""

from __future__ import annotations

import ast
import csv
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import h5py
import numpy as np

from cessl_gui.core.errors import CesslError
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.readers import find_recordings, read_recording

Signal = tuple[np.ndarray, float, tuple[str, ...]]  # (leads, samples), Hz, lead names

RHYTHM = frozenset(["SR", "AFIB", "STACH", "SARRH", "SBRAD", "PACE", "SVARR", "BIGU", "AFLT", "SVTAC", "PSVT", "TRIGU"])
CODE_COLUMNS = {"1dAVb": "IAVB", "RBBB": "RBBB", "LBBB": "LBBB", "SB": "SB", "AF": "AF", "ST": "ST"}
# In the vocabulary's group of rhythms, but not one.
BEATS = frozenset(["PAC", "PVC", "VEB", "VBig", "VTrig", "Fusion", "AEscB", "JEscB", "BPAC"])
SCP = "scp:"  # prefix of PTB-XL statements that the vocabulary has no code for: they help to train, and are not shipped


# LUDB's columns: how a line of one begins, and what that is here.
LUDB: dict[str, dict[str, tuple[str, ...]]] = {
    "Rhythms": {
        "sinus rhythm": ("SR",),
        "sinus bradycardia": ("SB",),
        "sinus tachycardia": ("ST",),
        "sinus arrhythmia": ("SA",),
        "atrial fibrillation": ("AF",),
        "atrial flutter": ("AFL",),
    },
    "Conduction abnormalities": {
        "i degree av": ("IAVB", "AVB"),
        "iii degree av": ("IIIAVB", "AVB"),
        "incomplete left bundle": ("ILBBB",),
        "complete left bundle": ("LBBB",),
        "incomplete right bundle": ("IRBBB",),
        "complete right bundle": ("RBBB",),
        "left anterior hemiblock": ("LAnFB",),
        "non-specific intravintricular": ("NSIVCB",),
    },
    "Extrasystolies": {"atrial extrasystole": ("PAC",), "ventricular extrasystole": ("PVC",)},
    "Cardiac pacing": dict.fromkeys(("pacemaker", "unipolar", "bipolar", "biventricular"), ("PR",)),
    "Ischemia": {"stemi": ("MI",), "scar formation": ("MI",), "ischemia": ("MIs",)},
    "Non-specific repolarization abnormalities": {"non-specific repolarization": ("NSSTTA",)},
}
LUDB_OPEN = ("MI", "MIs")  # by "undefined ischemia/scar/supp.NSTEMI"
EXCHANGED = {"aVL": "aVF", "aVF": "aVL"}  # in CinC 2011: in 441 of the 500 ECGs the six limb leads tell it


@dataclass(frozen=True, slots=True)
class Ecg:
    """One ECG of a source.

    key      : the same for two files of one ECG
    fold     : PTB-XL's strat_fold; None where the source has no folds
    present  : codes that its source states
    assessed : codes that its source vouches for; one of them that is not present is absent, any other is not assessed
    often    : how many times an epoch of training meets it
    voltages : whether its amplitudes are those recorded; standardised leads have lost them
    """

    key: str
    patient: str
    fold: int | None
    present: frozenset[str]
    assessed: frozenset[str]
    read: partial[Signal]
    often: int = 1
    voltages: bool = True


class NoSource(CesslError):
    """A source named in a pre-training configuration is not there or not what it is said to be."""


def ptbxl(folder: Path) -> Iterator[Ecg]:
    """PTB-XL: a folder with `labels.csv` (ours) or `ptbxl_database.csv` (official). Raw goes before standardised.

    A record whose rhythm is left open says nothing of rhythm statements; one without a diagnosis, nothing of diagnoses.
    """
    if (folder / "labels.csv").is_file():
        yield from _our_ptbxl(folder)
    elif (folder / "ptbxl_database.csv").is_file():
        yield from _official_ptbxl(folder)
    else:
        raise NoSource(f"{folder} has neither labels.csv nor ptbxl_database.csv.", "Name the folder of PTB-XL.")


def _our_ptbxl(folder: Path) -> Iterator[Ecg]:
    rows = _rows(folder / "labels.csv")
    split = [
        {k: set(filter(None, r[k].split("|"))) for k in ("super_class", "sub_class", "form", "rhythm")} for r in rows
    ]
    used = {c for s in split for c in set().union(*s.values())}
    diagnostic = {c for s in split for c in s["super_class"] | s["sub_class"]}
    whole, standardised = _codes(used), folder / "standardised_125hz.h5"
    row_of = _rows_of(standardised, "ecg_id") if standardised.is_file() else {}
    for row, said in zip(rows, split, strict=True):
        number = int(row["ecg_id"])
        raw = folder / "records100" / f"{number:05d}_lr.hea"
        if raw.is_file():
            read = partial(_read_file, raw)
        elif number in row_of:
            read = partial(_read_row, standardised, "signal", row_of[number])
        else:
            continue
        open_codes = (set() if said["rhythm"] else RHYTHM) | (set() if said["sub_class"] else diagnostic)
        present = _codes(set().union(*said.values()))
        assessed = whole - (_codes(open_codes) - present) if open_codes else whole
        key, patient, fold = f"ptbxl/{number}", f"ptbxl/{row['patient_id']}", int(row["strat_fold"])
        yield Ecg(key, patient, fold, present, assessed, read, voltages=raw.is_file())


def _official_ptbxl(folder: Path) -> Iterator[Ecg]:
    rows = _rows(folder / "ptbxl_database.csv")
    said = [frozenset(ast.literal_eval(r["scp_codes"])) for r in rows]
    whole, rhythm = _codes(set().union(*said)), _codes(RHYTHM)
    for row, codes in zip(rows, said, strict=True):
        files = [folder / f"{row[k]}.hea" for k in ("filename_hr", "filename_lr")]
        header = next((f for f in files if f.is_file()), None)
        if header is None:
            continue
        patient = f"ptbxl/{float(row['patient_id']):.0f}"
        assessed = whole if codes & RHYTHM else whole - rhythm
        read = partial(_read_file, header)
        yield Ecg(f"ptbxl/{int(row['ecg_id'])}", patient, int(row["strat_fold"]), _codes(codes), assessed, read)


def physionet(folder: Path) -> Iterator[Ecg]:
    """A folder of WFDB files with `#Dx` (PhysioNet/CinC 2020-2021). It vouches for what its headers use.

    Sinus rhythm is often stated of normal ECGs alone: it is absent only where another rhythm is stated. The patients
    are unknown: each ECG counts as one of its own.
    """
    headers = [p for p in find_recordings([folder]) if p.suffix == ".hea"]
    if not headers:
        raise NoSource(f"{folder} has no WFDB headers.", "Name a folder of the PhysioNet 2021 Challenge.")
    used = frozenset().union(*map(_dx, headers))
    words = vocabulary()
    rhythms = {s.code for s in words.statements if s.group == "rhythm" and s.abbreviation not in BEATS}
    sinus = {_code_of("SR")}
    for header in headers:
        name = f"{folder.name}/{header.relative_to(folder).with_suffix('')}"
        # HRnnnnn is PTB-XL's record nnnnn.
        key = f"ptbxl/{int(header.stem[2:])}" if header.stem[:2] == "HR" and header.stem[2:].isdigit() else name
        # As patient the name: ptbxl/NUMBER is the patient of that number there, not the record.
        present = _dx(header)
        yield Ecg(key, name, None, present, used if present & rhythms else used - sinus, partial(_read_file, header))


def ludb(folder: Path) -> Iterator[Ecg]:
    """LUDB: `ludb.csv` with the cardiologists' words by column, and WFDB files ID.hea. One ECG a patient.

    Hypertrophy is left open: it is said of more than half of them, by other criteria than elsewhere.
    """
    if not (folder / "ludb.csv").is_file():
        raise NoSource(f"{folder} has no ludb.csv.", "Name the folder of LUDB.")
    whole = frozenset(_code_of(word) for said in LUDB.values() for words in said.values() for word in words)
    rows = _rows(folder / "ludb.csv")
    missing = [column for column in ("ID", *LUDB) if rows and column not in rows[0]]
    if missing:
        raise NoSource(f"ludb.csv has no column {missing[0]}.", "Take the file as LUDB publishes it.")
    for row in rows:
        header = folder / f"{row['ID'].strip()}.hea"
        if not header.is_file():
            continue
        stated = [(column, line.strip().lower()) for column in LUDB for line in row[column].splitlines()]
        present = frozenset(
            _code_of(word)
            for column, line in stated
            for begin, words in LUDB[column].items()
            if line.startswith(begin)
            for word in words
        )
        open_words = LUDB_OPEN if any(line.startswith("undefined ischemia") for _, line in stated) else ()
        assessed = (whole - {_code_of(word) for word in open_words}) | present
        key = f"ludb/{header.stem}"
        yield Ecg(key, key, None, present, assessed, partial(_read_file, header))


def code(folder: Path) -> Iterator[Ecg]:
    """CODE: `exams.csv` and HDF5 files with `exam_id` and `tracings` (N, 4096, 12) at 400 Hz. Six statements."""
    rows = {int(r["exam_id"]): r for r in _rows(folder / "exams.csv")} if (folder / "exams.csv").is_file() else {}
    files = sorted([*folder.glob("*.hdf5"), *folder.glob("*.h5")])
    if not rows or not files:
        raise NoSource(f"{folder} lacks exams.csv or the HDF5 files with the tracings.", "Name the folder of CODE.")
    codes = {column: vocabulary()[word].code for column, word in CODE_COLUMNS.items()}
    whole = frozenset(codes.values())
    for file in files:
        for exam, row in _rows_of(file, "exam_id").items():
            said = rows.get(exam)
            if said is not None:
                present = frozenset(c for column, c in codes.items() if said[column].strip().lower() in ("1", "true"))
                read = partial(_read_tracing, file, row)
                yield Ecg(f"code/{exam}", f"code/{said['patient_id']}", None, present, whole, read)


def unlabelled(file: Path) -> Iterator[Ecg]:
    """An HDF5 file whose `signal` (N, leads, samples) has attributes leads and sampling_rate_hz.

    Its unit is not known.
    """
    if not file.is_file():
        raise NoSource(f"{file} is not there.", "Name an HDF5 file with a dataset `signal`.")
    with h5py.File(file) as h5:
        count = len(h5["signal"])
    for row in range(count):
        key = f"{file.stem}/{row}"
        read = partial(_read_row, file, "signal", row)
        yield Ecg(key, key, None, frozenset(), frozenset(), read, voltages=False)


def cinc2011(file: Path) -> Iterator[Ecg]:
    """CinC 2011 as `unlabelled` reads it, but with aVL and aVF under their own names: the file has them exchanged."""
    for row, ecg in enumerate(unlabelled(file)):
        yield replace(ecg, read=partial(_read_exchanged, file, row))


Kind = Callable[[Path], Iterator[Ecg]]
KINDS: dict[str, Kind] = {
    "ptbxl": ptbxl,
    "physionet": physionet,
    "ludb": ludb,
    "code": code,
    "unlabelled": unlabelled,
    "cinc2011": cinc2011,
}


def _code_of(word: str) -> str:
    return vocabulary()[word].code


def _codes(scp_codes: AbstractSet[str]) -> frozenset[str]:
    """Statements of PTB-XL codes; one may mean several (AV block in labels.csv does not give the degree)."""
    return frozenset(code for scp in scp_codes for code in _statements(scp))


@cache
def _statements(scp: str) -> tuple[str, ...]:
    return tuple(s.code for s in vocabulary().statements if scp in s.scp) or (SCP + scp,)


@cache
def _dx(header: Path) -> frozenset[str]:
    words = vocabulary()
    for line in header.read_text(encoding="utf-8", errors="replace").splitlines():
        name, _, value = line.lstrip("# ").partition(":")
        if line.startswith("#") and name.strip() == "Dx":
            return frozenset(words[w.strip()].code for w in value.split(",") if w.strip() not in ("", "Unknown"))
    return frozenset()


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _rows_of(file: Path, dataset: str) -> dict[int, int]:
    with h5py.File(file) as h5:
        return {int(number): row for row, number in enumerate(h5[dataset][()])}


def _read_file(path: Path) -> Signal:
    record = read_recording(path)
    return record.signal_mv, record.fs_hz, record.leads


def _read_row(file: Path, dataset: str, row: int) -> Signal:
    with h5py.File(file) as h5:
        signal = h5[dataset]
        leads = tuple(str(lead) for lead in signal.attrs["leads"])
        named = {lead.upper(): lead for lead in LEADS_12}
        return (
            signal[row].astype(np.float32) / 1000,
            float(signal.attrs["sampling_rate_hz"]),
            tuple(named.get(lead.upper(), lead) for lead in leads),
        )


def _read_exchanged(file: Path, row: int) -> Signal:
    signal, fs_hz, leads = _read_row(file, "signal", row)
    return signal, fs_hz, tuple(EXCHANGED.get(lead, lead) for lead in leads)


def _read_tracing(file: Path, row: int) -> Signal:
    with h5py.File(file) as h5:
        signal = h5["tracings"][row].T.astype(np.float32)
    # Shorter ECGs lie in the middle of 4096 samples, zeros around them.
    filled = np.flatnonzero(signal.any(0))
    return (signal[:, filled[0] : filled[-1] + 1] if len(filled) else signal), 400.0, LEADS_12
