"""Damaged files of every format: each must become a Record or an UnreadableRecording, within 5 s and 1 GB.

    .venv/bin/python -m benchmarks.files.fuzz [--mutations 500] [--only DICOM EDF] [--seed 0]

Real files of ../shared/data/formats where there are any, else files that the tests encode. Each reader works in a
process of its own: a crash or a file that takes too long ends that one, is named, and the next file goes on.
Seconds are of processor time, so that other programs do not count; 60 s by the clock are too slow in any case.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks.report import arguments
from cessl_gui.core.errors import UnreadableRecording

SECONDS, BYTES = 5.0, 1 << 30
BY_THE_CLOCK = 60.0
DATA = Path(os.environ.get("CESSL_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
EXTREME = (0, 1, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
NUMBERS = (b"0", b"-1", b"99999999", b"1e308", b"nan", b"65536", b"")


def seeds(folder: Path) -> dict[str, list[Path]]:
    """A few whole files of each format."""
    formats = DATA / "formats"
    real = {
        "WFDB": sorted((formats / "wfdb").glob("*.hea")),
        "GE MUSE XML": sorted((formats / "muse").glob("*.xml")),
        "HL7 aECG": sorted((formats / "aecg").glob("*.xml")),
        "Philips": sorted((formats / "philips").glob("*")),
        "DICOM": sorted((formats / "dicom").glob("*")),
        "EDF": sorted((formats / "edf").glob("*")),
        "SCP-ECG": sorted((formats / "scp").glob("*.scp")),
        "CSV": sorted((formats / "csv").glob("*")),
    }
    return {**{name: files for name, files in real.items() if files}, **made(folder)}


def made(folder: Path) -> dict[str, list[Path]]:
    """Files of the formats of which there are no real ones."""
    import h5py
    import scipy.io

    from tests.ecg.readers import test_atc, test_edf, test_ishne, test_kit, test_pdf, test_text_xml

    rows = np.random.default_rng(0).integers(-900, 900, (12, 900)).astype("i2")
    np.save(folder / "a.npy", rows)
    np.savez(folder / "a.npz", signal_mv=rows / 1000, fs_hz=500.0)
    scipy.io.savemat(folder / "a5.mat", {"ecg": rows, "fs": 500.0}, do_compression=True)
    scipy.io.savemat(folder / "a4.mat", {"ecg": rows, "fs": 500.0}, format="4")
    with h5py.File(folder / "a.h5", "w") as file:
        file.create_dataset("signals", data=rows, compression="gzip")
        file.attrs.update({"fs": 500, "unit": "uV"})
    places = {name: folder / name for name in ("cardiosoft", "schiller", "mortara")}
    for place in places.values():
        place.mkdir()
    text = {name: [getattr(test_text_xml, name)(place, rows[:3])] for name, place in places.items()}
    times = [0.2 * i for i in range(9)]
    return {
        "ISHNE": [test_ishne.ishne(folder, rows[:3])],
        "ATC": [test_atc.atc(folder, rows[:6])],
        "EDF+D": [test_edf.edf(folder, rows[:3], kind="EDF+D", times=times)],
        "BDF": [test_edf.edf(folder, rows[:3], bits=24, name="b.bdf")],
        "HDF5": [folder / "a.h5"],
        "MFER": [test_kit.mfer(folder, rows)],
        "Kardia JSON": [test_kit.kardia(folder, rows[:6])],
        "EDAN": [test_kit.edan(folder, rows)],
        "PDF": [test_pdf.page(folder, *test_pdf.samples())],
        "NPY, NPZ, MATLAB": [folder / name for name in ("a.npy", "a.npz", "a5.mat", "a4.mat")],
        **text,
    }


def mutated(data: bytes, random: np.random.Generator) -> bytes:
    """A file with one kind of damage: bytes flipped, cut, doubled, emptied, fields and numbers replaced."""
    kind = random.integers(6)
    # Most of what decides lies at the beginning.
    place = int(random.integers(min(len(data), 2000) if random.random() < 0.5 else len(data)))
    length = int(random.integers(1, 1 + max(1, min(4000, len(data) - place))))
    if kind == 0:
        found = bytearray(data)
        for at in random.integers(len(data), size=random.integers(1, 60)):
            found[at] = random.integers(256)
        return bytes(found)
    if kind == 1:
        return data[:place]
    if kind == 2:
        return data[: place + length] + data[place:]
    if kind == 3:
        return data[:place] + bytes(length) + data[place + length :]
    if kind == 4:
        value = int(random.choice(EXTREME)).to_bytes(4, random.choice(["little", "big"]))
        return data[:place] + value + data[place + 4 :]
    matches = list(re.finditer(rb"[0-9]+(?:\.[0-9]+)?", data[:20_000]))
    if not matches:
        return data[::-1]
    match = matches[random.integers(len(matches))]
    return data[: match.start()] + NUMBERS[random.integers(len(NUMBERS))] + data[match.end() :]


def work(name: str, files: list[Path], first: int, last: int, seed: int, pipe) -> None:
    """Read mutations first..last of one format, and tell the outcome of each."""
    import logging

    from cessl_gui.ecg.readers import find_recordings, read_recording

    logging.disable(logging.CRITICAL)
    for number in range(first, last):
        random = np.random.default_rng((seed, number))
        source = files[number % len(files)]
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / source.name
            if source.suffix == ".hea":  # what belongs to the header
                for beside in source.parent.glob(f"{source.stem}*"):
                    (Path(folder) / beside.name).write_bytes(beside.read_bytes())
            target.write_bytes(mutated(source.read_bytes(), random))
            pipe.send(("begin", number, ""))
            outcome, words, begun = "record", "", time.process_time()
            try:
                for path in find_recordings([target])[:1]:
                    read_recording(path)
            except UnreadableRecording as error:
                outcome = "refused" if error.what and error.todo else "refused without a word"
                if " could not be read (" in error.what:
                    outcome, words = "refused in general", error.what
            except BaseException as error:
                outcome, words = "foreign exception", repr(error)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            pipe.send((outcome, number, f"{time.process_time() - begun} {peak} {words}"))


def fuzz(name: str, files: list[Path], mutations: int, seed: int) -> dict:
    """What came of so many mutations of the files of one format."""
    counts, named, slowest, peak, number = Counter(), [], 0.0, 0, 0
    context = multiprocessing.get_context("spawn")
    while number < mutations:
        ours, theirs = context.Pipe()
        child = context.Process(target=work, args=(name, files, number, mutations, seed, theirs), daemon=True)
        child.start()
        theirs.close()
        waiting = BY_THE_CLOCK  # the start of Python and its imports
        while number < mutations:
            try:
                told = ours.poll(waiting) and ours.recv()
            except EOFError:
                told = None
            if not told:
                counts["crash" if not child.is_alive() else "too slow"] += 1
                named.append(f"mutation {number}: {'crash' if not child.is_alive() else 'too slow'}")
                number += 1
                break
            outcome, number, words = told
            if outcome == "begin":
                continue
            seconds, bytes_, words = words.split(" ", 2)
            took = float(seconds)
            slowest, peak = max(slowest, took), max(peak, int(bytes_))
            counts[outcome] += 1
            counts["over 5 s"] += took > SECONDS
            if outcome not in ("record", "refused"):
                named.append(f"mutation {number}: {outcome} {words[:120]}")
            number += 1
        child.kill()
        child.join()
    counts["over 1 GB"] = int(peak > BYTES)
    return {"format": name, **+counts, "slowest_s": round(slowest, 2), "peak_mb": peak >> 20, "named": named[:10]}


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--mutations", type=int, default=500)
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, files in seeds(Path(folder)).items():
            if args.only and name not in args.only:
                continue
            row = fuzz(name, files, args.mutations, args.seed)
            bad += sum(row.get(key, 0) for key in ("crash", "too slow", "foreign exception", "over 5 s", "over 1 GB"))
            print(json.dumps(row), flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
