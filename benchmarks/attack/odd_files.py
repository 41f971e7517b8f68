"""75 WFDB files that no program would write: each is read, or refused in a sentence, quickly and in little memory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.attack.watch import Tally, watched
from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.ecg.readers import find_recordings, read_recording

ROW = "x.dat 16 1000(0)/mV 16 0 0 0 0 "
TWO = f"{ROW}I\n{ROW}II\n"


def attack(_seed: int, most: int) -> Tally:
    tally = Tally("odd WFDB files")
    for name, make in list(_all())[:most]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.hea"
            (Path(folder) / "x.dat").write_bytes(np.arange(4000, dtype="<i2").tobytes())
            make(path)
            tally.take(name, watched(lambda f=Path(folder): _searched_and_read(f)))
    return tally


def _searched_and_read(folder: Path) -> dict:
    found, refused = find_recordings([folder]), []
    for path in found:
        try:
            read_recording(path)
        except UnreadableRecording as error:
            refused.append(str(error))
    return {"refused": refused} if refused else {"read": len(found)}


def _all() -> Iterator[tuple[str, Callable[[Path], None]]]:
    for name, text in _headers().items():
        yield name, lambda path, text=text: path.write_bytes(text if isinstance(text, bytes) else text.encode())
    yield from _FILES.items()


def _headers() -> dict[str, str | bytes]:
    many = 4000
    numbers = {
        f"{what} {number}": text.replace("@", number)
        for what, text in {
            "signals": "x @ 500 1000\n" + TWO,
            "rate": "x 2 @ 1000\n" + TWO,
            "length": "x 2 500 @\n" + TWO,
            "samples a frame": "x 2 500 1000\n" + TWO.replace(" 16 1000", " 16x@ 1000"),
            "skew": "x 2 500 1000\n" + TWO.replace(" 16 1000", " 16:@ 1000"),
            "offset": "x 2 500 1000\n" + TWO.replace(" 16 1000", " 16+@ 1000"),
            "gain": "x 2 500 1000\n" + TWO.replace("1000(0)", "@(0)"),
            "baseline": "x 2 500 1000\n" + TWO.replace("(0)", "(@)"),
            "segments": "x/@ 2 500 1000\n" + "y 500\n" * 2,
        }.items()
        for number in ("-1", "1e308", "100000000", "99999999999999999999")
    }
    storages = {
        f"storage {storage}": "x 2 500\n" + TWO.replace(" 16 ", f" {storage} ", 2)
        for storage in (0, 8, 61, 80, 160, 212, 310, 311, 508, 516, 524)
    }
    return {
        "nothing": "",
        "one letter": "x",
        "blank lines": "\n" * 100_000,
        "zeros": bytes(5000),
        "noise": np.random.default_rng(0).bytes(50_000),
        "UTF-16": ("x 2 500 1000\n" + TWO).encode("utf-16"),
        "a megabyte of comments": "#" + "x" * 1_100_000 + "\nx 2 500 1000\n" + TWO,
        "one name in 4,000 channels": f"x {many} 500 1\n" + f"{ROW}V1\n" * many,
        "one name in 900 channels": "x 900 500 2\n" + f"{ROW}V1\n" * 900,
        "20,000 segments": "x/20000 2 500 40000\n" + "y 2\n" * 20_000,
        "2,000 segments of itself": "x/2000 2 500 4000\n" + "x 2\n" * 2000,
        "a name of 900,000 letters": "x 2 500 1000\n" + ROW + "I" * 900_000 + f"\n{ROW}II\n",
        "digits without end": "x 2 " + "9" * 500_000 + " 1000\n" + TWO,
        "brackets without end": "x 2 500 1000\n" + TWO.replace("(0)", "(" * 200_000),
        "climbing": "x 2 500 1000\n" + TWO.replace("x.dat", "../../../../etc/passwd"),
        "a device": "x 2 500 1000\n" + TWO.replace("x.dat", "/dev/zero"),
        "itself as its data": "x 2 500 4\n" + TWO.replace("x.dat", "x.hea"),
        "date of nowhen": "x 2 500 1000 99:99:99 99/99/9999\n" + TWO,
        **numbers,
        **storages,
    }


def _sparse(path: Path) -> None:
    path.write_text("x 2 500\n" + TWO)
    with path.with_suffix(".dat").open("wb") as file:
        file.truncate(900 << 20)


def _mat(announced: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_text("x 12 500 5000\n" + "".join(f"x.mat 16+24 1000/mV 16 0 0 0 0 V{i}\n" for i in range(12)))
        head = np.array([30, announced, announced, 0, 4], "<i4").tobytes() + b"val\0"
        path.with_suffix(".mat").write_bytes(head + bytes(5000))

    return make


def _linked_to_itself(path: Path) -> None:
    path.symlink_to(path)


def _pipe(suffix: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_text("x 2 500 1000\n" + TWO)
        path.with_suffix(suffix).unlink()
        os.mkfifo(path.with_suffix(suffix))

    return make


def _data_folder(path: Path) -> None:
    path.write_text("x 2 500 1000\n" + TWO)
    path.with_suffix(".dat").unlink()
    path.with_suffix(".dat").mkdir()


def _round_trip(path: Path) -> None:
    path.write_text("x/1 2 500 1000\ny 1000\n")
    path.with_name("y.hea").write_text("y/1 2 500 1000\nx 1000\n")


_FILES: dict[str, Callable[[Path], None]] = {
    "a folder as a header": lambda path: path.mkdir(),
    "a folder as its data": _data_folder,
    "a pipe as a header": _pipe(".hea"),
    "a pipe as its data": _pipe(".dat"),
    "a link to itself": _linked_to_itself,
    "two that are segments of each other": _round_trip,
    "900 MB without length": _sparse,
    ".mat of 2 x 2": _mat(2),
    ".mat of 2^31": _mat(2**31 - 1),
    ".mat of -1": _mat(-1),
    "no data": lambda path: (path.write_text("x 2 500 1000\n" + TWO), path.with_suffix(".dat").unlink()),
    "a name that is not UTF-8": lambda path: (
        path.write_text("x 2 500 1000\n" + TWO),
        path.rename(os.fsdecode(os.fsencode(path.parent) + b"/\xff.hea")),
    ),
}
