"""Mutated WFDB files: what keeps its meaning must read the same mV, the rest be refused, warned or different."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.attack.recording import STORAGES, Ecg, Written, fitting, lines, load, write
from benchmarks.attack.watch import Tally, watched
from benchmarks.challenge import DATA
from cessl_gui.core.types import Record
from cessl_gui.ecg.leads import canonical_lead
from cessl_gui.ecg.readers import read_recording

UNITS = {  # spelling -> how many of them are a mV
    "uV": 1e3, "µV": 1e3, "μV": 1e3, "mV": 1, "MV": 1, "millivolt": 1, "microvolts": 1e3, "nV": 1e6, "V": 1e-3,
    "Volt": 1e-3, "mVolts": 1, "UV": 1e3,
}  # fmt: skip
ALIASES = {
    "I": ("DI", "Lead I", "I:"), "II": ("ii", "LII", "II (mV)"), "V1": ("C1", "V 1", "MDC_ECG_LEAD_V1", "ECG V1"),
    "V6": ("v6", "C6", "V6."), "AVR": ("VR", "avr", "aV R"),
}  # fmt: skip
NO_VOLTS = ("degC", "mmHg", "bpm", "%", "NU", "furlong", "L/min", "uA", "mS")
NO_NUMBERS = ("nan", "inf", "1e999", "0x10", "1,000", "--5", "1.2.3", "²", "1_000")


@dataclass
class Expected:
    """mv    : what leads read, None where they must be refused or warned about
    fs    : Hz, None where any
    named : whether each of these leads must be there; else only what stands under such a name is compared
    """

    mv: dict[str, np.ndarray] | None
    fs: float | None = None
    named: bool = True


def attack(seed: int, kept: int, changed: int, noise: int) -> list[Tally]:
    headers = sorted((DATA / "ptbxl" / "records100").glob("*.hea"))[:40]
    headers += sorted((DATA / "ludb").glob("*.hea"))[:20]
    rng = np.random.default_rng(seed)
    tallies = []
    for what, count, make in (
        ("WFDB files written otherwise", kept, _same),
        ("WFDB headers of another meaning", changed, _other),
        ("WFDB headers and data with random bytes", noise, _noise),
    ):
        tally = Tally(what)
        for number in range(count):
            ecg = load(headers[rng.integers(len(headers))])
            with tempfile.TemporaryDirectory() as folder:
                name, expected = make(rng, ecg, Path(folder))
                outcome = watched(lambda f=Path(folder), e=expected: _compared(f / "x.hea", e))
            answer = outcome.answer or {}
            wrong = answer.get("wrong", "")
            if make is _same and "refused" in answer:
                wrong = f"refused: {answer['refused']}"
            tally.take(f"{number} {name}", outcome, wrong)
        tallies.append(tally)
    return tallies


def _compared(path: Path, expected: Expected) -> dict:
    record = read_recording(path)
    wrong = ""
    if expected.fs and record.fs_hz != expected.fs:
        wrong = f"{record.fs_hz} Hz for {expected.fs}"
    elif expected.mv is not None:
        wrong = _difference(record, expected.mv, expected.named)
    if wrong and not any("checksum" in w or "not calibrated" in w or "left out" in w for w in record.warnings):
        return {"wrong": wrong}
    if expected.mv is None and not record.warnings:
        return {"wrong": "read without a warning"}
    return {"read": len(record.leads)}


def _difference(record: Record, mv: dict[str, np.ndarray], named: bool) -> str:
    for name, truth in mv.items():
        lead = canonical_lead(name)
        if not named and (lead not in record.leads or lead in record.derived):
            continue
        if lead not in record.leads:
            return f"{name} is not there"
        found = record.signal_mv[record.leads.index(lead)]
        if found.shape != truth.shape:
            return f"{name} has {found.shape} samples for {truth.shape}"
        worst = float(np.nanmax(np.abs(found - truth), initial=0.0))
        if np.isnan(found).any() or worst > 1e-6 + 1e-6 * np.abs(truth).max():
            return f"{name} is off by {worst:.3g} mV"
    return ""


def _same(rng: np.random.Generator, ecg: Ecg, folder: Path) -> tuple[str, Expected]:
    storage = str(rng.choice(list(STORAGES)))
    per_frame = int(rng.choice([1, 1, 1, 2, 4]))
    ecg = fitting(ecg, storage, int(rng.choice([400, 996, 1000])))
    order = rng.permutation(len(ecg.names)) if rng.random() < 0.4 else np.arange(len(ecg.names))
    ecg = replace(
        ecg, names=tuple(ecg.names[i] for i in order), stored=ecg.stored[:, order], gain=ecg.gain[order],
        baseline=ecg.baseline[order],
    )  # fmt: skip
    unit = str(rng.choice(list(UNITS)))
    latin = unit != "μV" and rng.random() < 0.4
    how = Written(
        storage=storage,
        unit=unit,
        factor=1 / UNITS[unit],
        encoding=str(rng.choice(["latin-1", "cp1252"])) if latin else str(rng.choice(["utf-8", "utf-8-sig"])),
        end=str(rng.choice(["\n", "\r\n", "\r", "\n\n"])),
        blank=str(rng.choice([" ", "\t", "   "])),
        comma=rng.random() < 0.2,
        whole=rng.random() < 0.7,
        offset=int(rng.choice([0, 0, 24, 512])),
        per_frame=per_frame,
        one_file_each=rng.random() < 0.3,
        comments=("Age: 60", "Straße, Händel: é") if rng.random() < 0.5 else (),
        length=rng.random() < 0.9 or storage == "212",
        names={lead: str(rng.choice(words)) for lead, words in ALIASES.items() if rng.random() < 0.3},
    )
    rows = lines(ecg, how)
    if how.comma and any(_ambiguous(row) for row in rows):
        how = replace(how, comma=False)
        rows = lines(ecg, how)
    if rng.random() < 0.2:
        rows.insert(int(rng.integers(len(rows))), "# between the lines")
    fs = ecg.fs // per_frame * per_frame
    if rng.random() < 0.15 and how.length and per_frame == 1 and not how.one_file_each and not how.offset:
        return "segments", _segments(rng, ecg, how, folder)
    write(folder, ecg, how, rows)
    return f"{how}", Expected(ecg.mv, fs)


def _ambiguous(row: str) -> bool:
    return bool(re.search(r"(^|[\s(])[1-9]\d{0,2},\d{3}(?!\d)", row))


def _segments(rng: np.random.Generator, ecg: Ecg, how: Written, folder: Path) -> Expected:
    """Parts with a unit and an order of their own."""
    cuts = sorted(rng.choice(np.arange(2, len(ecg.stored) // 2 - 2), 2, replace=False) * 2)
    bounds = [0, *map(int, cuts), len(ecg.stored)]
    rows = [f"x/3 {len(ecg.names)} {ecg.fs} {len(ecg.stored)}"]
    for number, (start, stop) in enumerate(pairwise(bounds)):
        order, unit = rng.permutation(len(ecg.names)), str(rng.choice(list(UNITS)))
        part = replace(
            ecg, names=tuple(ecg.names[i] for i in order), stored=ecg.stored[start:stop, order], gain=ecg.gain[order],
            baseline=ecg.baseline[order],
        )  # fmt: skip
        written = replace(how, unit=unit, factor=1 / UNITS[unit], encoding="utf-8", comma=False)
        write(folder, part, written, name=f"s{number}")
        rows.append(f"s{number} {stop - start}")
    (folder / "x.hea").write_text("\n".join(rows) + "\n")
    return Expected(ecg.mv, ecg.fs)


def _other(rng: np.random.Generator, ecg: Ecg, folder: Path) -> tuple[str, Expected]:
    how = Written()
    rows = lines(ecg, how)
    i = int(rng.integers(1, len(rows)))
    lead, fields = ecg.names[i - 1], rows[i].split(" ")
    told = f"{ecg.gain[i - 1]:.12g}({ecg.baseline[i - 1]:.0f})/mV"

    def field(number: int, text: str) -> None:
        fields[number] = text
        rows[i] = " ".join(fields)

    def record(number: int, text: str) -> None:
        first = rows[0].split()
        first[number] = text
        rows[0] = " ".join(first)

    truth, fs = dict(ecg.mv), float(ecg.fs)
    silent = Expected(None)
    factor = float(rng.choice([0.5, 2, 10, 0.001, 7.3]))

    def scaled() -> Expected:
        field(2, told.replace(f"{ecg.gain[i - 1]:.12g}", f"{ecg.gain[i - 1] * factor:.12g}"))
        return Expected(truth | {lead: truth[lead] / factor}, fs)

    def other_unit(unit: str, times: float) -> Expected:
        field(2, told.replace("mV", unit))
        return Expected(truth | {lead: truth[lead] / times}, fs)

    def shifted() -> Expected:
        by = int(rng.integers(-3000, 3000))
        field(2, told.replace("(", f"({ecg.baseline[i - 1] + by:.0f}@").split("@")[0] + ")/mV")
        return Expected(truth | {lead: truth[lead] - by / ecg.gain[i - 1]}, fs)

    def swapped() -> Expected:
        j = i % len(ecg.names) + 1
        one, two = ecg.names[i - 1], ecg.names[j - 1]
        field(8, two)
        rows[j] = rows[j].rsplit(" ", 1)[0] + f" {one}"
        # The gain stays in its place, and with it the values.
        return Expected(truth | {one: truth[two], two: truth[one]}, fs)

    def rate() -> Expected:
        new = int(rng.choice([125, 250, 360, 1000, 2000]))
        record(2, str(new))
        return Expected(truth, float(new))

    def say(change: Callable[[], None]) -> Expected:
        change()
        return silent

    def data() -> Expected:
        ecg.stored[int(rng.integers(len(ecg.stored))), i - 1] += int(rng.choice([-1, 1, 300]))
        return silent

    kinds: dict[str, Callable[[], Expected]] = {
        "gain": scaled,
        "unit uV": lambda: other_unit("uV", 1e3),
        "unit V": lambda: other_unit("V", 1e-3),
        "baseline": shifted,
        "names swapped": swapped,
        "rate": rate,
        "no volt": lambda: say(lambda: field(2, told.replace("mV", str(rng.choice(NO_VOLTS))))),
        "gain 0": lambda: say(lambda: field(2, told.replace(told.split("(")[0], "0"))),
        "gain no number": lambda: say(lambda: field(2, told.replace(told.split("(")[0], str(rng.choice(NO_NUMBERS))))),
        "baseline no number": lambda: say(lambda: field(2, f"{told.split('(')[0]}({rng.choice(NO_NUMBERS)})/mV")),
        "rate no number": lambda: say(lambda: record(2, str(rng.choice([*NO_NUMBERS[:4], "-1", "0", "1e9"])))),
        "length too long": lambda: say(lambda: record(3, str(len(ecg.stored) + int(rng.integers(1, 10**6))))),
        "length too short": lambda: say(lambda: record(3, str(int(rng.integers(1, len(ecg.stored)))))),
        "more signals": lambda: say(lambda: record(1, str(len(ecg.names) + int(rng.integers(1, 50))))),
        "another storage": lambda: say(lambda: _restored(rng, rows)),
        "a line gone": lambda: say(lambda: rows.pop(i)),
        "an unknown storage": lambda: say(lambda: field(1, str(rng.choice(["17", "0", "999", "16y", "-16"])))),
        "a file that is not there": lambda: say(
            lambda: field(0, str(rng.choice(["y.dat", "../x.dat", "/etc/passwd"])))
        ),
        "changed data": data,
    }
    kind = str(rng.choice(list(kinds)))
    expected = kinds[kind]()
    write(folder, ecg, how, rows)
    return kind, expected


def _restored(rng: np.random.Generator, rows: list[str]) -> None:
    storage = str(rng.choice([s for s in STORAGES if s != "16"]))
    for i in range(1, len(rows)):
        rows[i] = rows[i].replace(" 16 ", f" {storage} ", 1)


def _noise(rng: np.random.Generator, ecg: Ecg, folder: Path) -> tuple[str, Expected]:
    """Random bytes: what is read must be read as the `wfdb` package does, or with a warning."""
    how = Written()
    path = write(folder, ecg, how)
    target = path if rng.random() < 0.7 else path.with_suffix(".dat")
    data = bytearray(target.read_bytes())
    for _ in range(int(rng.integers(1, 4))):
        at, way = int(rng.integers(len(data))), rng.integers(3)
        if way == 0:
            data[at] = int(rng.integers(256))
        elif way == 1:
            del data[at]
        else:
            data.insert(at, int(rng.integers(32, 127)))
    target.write_bytes(data)
    name = f"{target.suffix} {at}"
    return name, _by_wfdb(path) if target == path else Expected(ecg.mv, ecg.fs)


def _by_wfdb(path: Path) -> Expected:
    """What another program reads there. Where it fails nobody knows better than we, and nothing is compared."""
    import wfdb

    try:
        read = wfdb.rdrecord(str(path.with_suffix("")))
        factor = {"mV": 1.0, "uV": 1e-3, "V": 1e3}
        rows = zip(read.sig_name, read.units, read.p_signal.T, strict=True)
        mv = {name: x * factor[unit] for name, unit, x in rows if unit in factor}
        return Expected(mv, float(read.fs), named=False)
    except Exception:
        return Expected({}, None, named=False)
