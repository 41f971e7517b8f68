"""A real ECG as stored numbers, and how it can be written in WFDB's many ways. Written and read without our readers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

STORAGES = {"16": 16, "61": 16, "160": 16, "24": 24, "32": 32, "212": 12, "80": 8}  # bits of a value


@dataclass(frozen=True)
class Ecg:
    """stored : (samples, leads) whole numbers; (stored - baseline) / gain is in mV"""

    names: tuple[str, ...]
    stored: np.ndarray
    gain: np.ndarray
    baseline: np.ndarray
    fs: int

    @property
    def mv(self) -> dict[str, np.ndarray]:
        return dict(zip(self.names, ((self.stored - self.baseline) / self.gain).T, strict=True))


@dataclass(frozen=True)
class Written:
    """How it is written. lines may be changed after `header` made them."""

    storage: str = "16"
    unit: str = "mV"
    factor: float = 1.0  # of the gain, as the unit asks
    encoding: str = "utf-8"
    end: str = "\n"
    blank: str = " "
    comma: bool = False
    whole: bool = True  # baselines without decimals
    offset: int = 0
    per_frame: int = 1
    one_file_each: bool = False
    comments: tuple[str, ...] = ()
    length: bool = True
    checksums: bool = True
    names: dict[str, str] = field(default_factory=dict)


def load(header: Path) -> Ecg:
    """A record in the plain form: one file of format 16, gain(baseline)/mV."""
    first, *rows = [line.split() for line in header.read_text().splitlines() if line and not line.startswith("#")]
    rows = rows[: int(first[1])]
    if {row[1] for row in rows} != {"16"}:
        raise ValueError(header)
    stored = np.fromfile(header.with_name(rows[0][0]), "<i2").reshape(-1, len(rows)).astype(np.int64)
    gain, baseline = np.empty(len(rows)), np.empty(len(rows))
    for i, row in enumerate(rows):
        told = row[2].removesuffix("/mV")
        gain[i] = float(told.split("(")[0])
        baseline[i] = float(told.split("(")[1][:-1]) if "(" in told else float(row[4])
    return Ecg(tuple(row[-1] for row in rows), stored, gain, baseline, int(float(first[2])))


def fitting(ecg: Ecg, storage: str, samples: int) -> Ecg:
    """Its first samples, cut to what a storage format can hold."""
    most = 2 ** (STORAGES[storage] - 1) - 1
    return replace(ecg, stored=np.clip(ecg.stored[:samples], -most, most))


def encoded(values: np.ndarray, storage: str) -> bytes:
    if storage == "160":
        return (values + 32768).astype("<u2").tobytes()
    if storage == "80":
        return (values + 128).astype(np.uint8).tobytes()
    if storage == "24":
        return values.astype("<i4").reshape(-1, 1).view(np.uint8)[:, :3].tobytes()
    if storage == "212":
        flat = np.append(values, 0)[: len(values) + len(values) % 2].astype(np.int64) & 0xFFF
        one, two = flat[::2], flat[1::2]
        return np.stack([one & 255, (one >> 8) | (two >> 8 << 4), two & 255], 1).astype(np.uint8).tobytes()
    return values.astype({"16": "<i2", "61": ">i2", "32": "<i4"}[storage]).tobytes()


def lines(ecg: Ecg, how: Written, name: str = "x") -> list[str]:
    samples = len(ecg.stored)
    record = f"{name} {len(ecg.names)} {ecg.fs // how.per_frame}" + (
        f" {samples // how.per_frame}" if how.length else ""
    )
    rows = [record]
    for i, lead in enumerate(ecg.names):
        file = f"{name}_{i}.dat" if how.one_file_each else f"{name}.dat"
        storage = how.storage + (f"x{how.per_frame}" if how.per_frame > 1 else "")
        storage += f"+{how.offset}" if how.offset else ""
        gain = f"{ecg.gain[i] * how.factor:.12g}"
        baseline = f"{ecg.baseline[i]:.0f}" if how.whole else f"{ecg.baseline[i]:.3f}"
        if how.comma:
            gain, baseline = gain.replace(".", ","), baseline.replace(".", ",")
        bits = STORAGES[how.storage]
        checksum = int(ecg.stored[:, i].sum()) & 0xFFFF if how.checksums else 0
        checksum -= 65536 * (checksum > 32767)
        told = (file, storage, f"{gain}({baseline})/{how.unit}", bits, 0, ecg.stored[0, i], checksum, 0)
        rows.append(how.blank.join(map(str, (*told, how.names.get(lead, lead)))))
    return rows + [f"# {comment}" for comment in how.comments]


def write(folder: Path, ecg: Ecg, how: Written, rows: list[str] | None = None, name: str = "x") -> Path:
    """Write header and data; rows: the header's lines where they are not those of `lines`."""
    text = how.end.join(rows if rows is not None else lines(ecg, how, name)) + how.end
    path = folder / f"{name}.hea"
    path.write_bytes((b"\xef\xbb\xbf" if how.encoding == "utf-8-sig" else b"") + _bytes(text, how.encoding))
    blocks = ecg.stored.reshape(-1, how.per_frame, len(ecg.names)).transpose(0, 2, 1)
    ahead = b"\x55" * how.offset
    if how.one_file_each:
        for i in range(len(ecg.names)):
            data = ahead + encoded(blocks[:, i].reshape(-1), how.storage)
            (folder / f"{name}_{i}.dat").write_bytes(data)
    else:
        (folder / f"{name}.dat").write_bytes(ahead + encoded(blocks.reshape(-1), how.storage))
    return path


def _bytes(text: str, encoding: str) -> bytes:
    return text.encode("utf-8" if encoding == "utf-8-sig" else encoding)
