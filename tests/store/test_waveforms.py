"""A cache file that is not what was written is a lost one, and a full disk ends nothing."""

import io
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from cessl_gui.store.folder import cache_file
from cessl_gui.store.folder.waveforms import WaveformLost
from cessl_gui.store.project import Project
from tests.store.projects import SLOWEST_S, record


def cache(folder: Path) -> Path:
    return folder / "waveforms" / "r1" / "r1.h5"


def flip(path: Path, where: float, count: int = 64) -> None:
    content = bytearray(path.read_bytes())
    at = int(where * (len(content) - count))
    content[at : at + count] = bytes(b ^ 0xFF for b in content[at : at + count])
    path.write_bytes(content)


@pytest.mark.parametrize("where", [0.0, 0.01, 0.1, 0.3, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("count", [1, 64])
def test_changed_bytes_in_a_cache_are_noticed(folder, where, count):
    flip(cache(folder), where, count)
    with Project.open(folder) as project:
        try:
            read = project.waveforms.read("r1")
        except WaveformLost:
            return
        assert np.array_equal(read.signal_mv, record(1).signal_mv)
        assert read.device == {"qt": 380.0}


def rewritten(change):
    def harm(path: Path) -> None:
        with h5py.File(path, "r+") as file:
            signal = file["signal_mv"][()]
            del file["signal_mv"]
            change(file, signal, path)

    return harm


def external(file, signal, path):
    (path.parent / "raw").write_bytes(signal.tobytes())
    file.create_dataset("signal_mv", signal.shape, "f4", external=[("raw", 0, signal.nbytes)])


def linked(file, signal, path):
    with h5py.File(path.parent / "other.h5", "w") as other:
        other["x"] = signal
    file["signal_mv"] = h5py.ExternalLink("other.h5", "/x")


def virtual(file, signal, path):
    with h5py.File(path.parent / "other.h5", "w") as other:
        other["x"] = signal
    layout = h5py.VirtualLayout(signal.shape, "f4")
    layout[:] = h5py.VirtualSource(str(path.parent / "other.h5"), "x", signal.shape)
    file.create_virtual_dataset("signal_mv", layout)


STRANGE_CACHES = {
    "external storage": rewritten(external),
    "an external link": rewritten(linked),
    "a virtual dataset": rewritten(virtual),
    "a soft link": rewritten(lambda file, signal, path: file.update({"x": signal, "signal_mv": h5py.SoftLink("/x")})),
    "a shape that takes all memory": rewritten(
        lambda file, signal, path: file.create_dataset("signal_mv", (10**6, 10**6), "f4")
    ),
    "a shape without values": rewritten(
        lambda file, signal, path: file.create_dataset("signal_mv", signal.shape, "f4")
    ),
    "compressed": rewritten(
        lambda file, signal, path: file.create_dataset("signal_mv", data=signal, compression="gzip")
    ),
    "float64": rewritten(lambda file, signal, path: file.create_dataset("signal_mv", data=signal.astype("f8"))),
    "words": rewritten(lambda file, signal, path: file.create_dataset("signal_mv", data="words")),
    "a group": rewritten(lambda file, signal, path: file.create_group("signal_mv")),
    "a link": lambda path: (path.rename(path.with_name("x")), path.symlink_to("x")),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "nothing": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:3000]),
}


@pytest.mark.parametrize("harm", STRANGE_CACHES)
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")
def test_a_strange_cache_is_a_lost_one(folder, harm):
    STRANGE_CACHES[harm](cache(folder))
    began = time.process_time()
    with Project.open(folder) as project, pytest.raises(WaveformLost):
        project.waveforms.read("r1", unverified=True)
    assert time.process_time() - began < SLOWEST_S


@pytest.mark.parametrize("figure", [float("nan"), float("inf"), "long", [1, 2]])
def test_a_strange_figure_of_a_device_is_none(folder, figure):
    with h5py.File(cache(folder), "r+") as file:
        file["device"].attrs["qt"] = figure
    with Project.open(folder) as project:
        assert project.waveforms.device("r1") == {}


def test_a_cache_of_an_earlier_version_is_read_only_where_its_source_is_gone(folder):
    with h5py.File(cache(folder), "r+") as file:
        del file.attrs["signal_sha256"]
    with Project.open(folder) as project:
        with pytest.raises(WaveformLost):
            project.waveforms.read("r1")
        assert np.array_equal(project.waveforms.read("r1", unverified=True).signal_mv, record(1).signal_mv)


def test_a_disk_that_fills_in_the_midst_of_a_cache_file_ends_nothing(folder):
    code = (
        "import sys; from cessl_gui.store.project import Project; from cessl_gui.core.errors import ProjectError\n"
        "from tests.conftest import full_disk; from tests.store.projects import record\n"
        f"project = Project.open({str(folder)!r})\n"
        "for left in (0, 100, 1000, 3000, 20_000):\n"
        "    try:\n"
        "        with full_disk(left): project.waveforms.write(record(3))\n"
        "    except ProjectError as error: print(left, error)\n"
        "project.close()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines() if "could not be cached" in line] == [
        *("0", "100", "1000", "3000", "20000")
    ]
    assert not list((folder / "waveforms").rglob(".*"))


def test_a_short_file_written_at_once_is_what_hdf5_writes():
    short = replace(record(1), sha256="0" * 64, device={})
    at_once, by_hdf5 = io.BytesIO(), io.BytesIO()
    cache_file.write(at_once, short)
    cache_file._fill(cache_file._Sink(by_hdf5), short.signal_mv, (short.sha256, short.signal_sha256))
    assert at_once.getvalue() == by_hdf5.getvalue()


def test_a_cache_in_the_place_of_another_recording_of_the_same_file_is_a_lost_one(folder):
    with Project.open(folder) as project:
        one = replace(record(7), id="s1", source="/x/many.h5#0")
        other = replace(one, id="s2", source="/x/many.h5#1", signal_mv=-one.signal_mv)
        for each in (one, other):
            project.records.add(each)
            project.waveforms.write(each)
        first, second = (project.waveforms.path(each.id) for each in (one, other))
        content = first.read_bytes()
        first.write_bytes(second.read_bytes())
        second.write_bytes(content)
        for each in (one, other):
            for unverified in (False, True):
                with pytest.raises(WaveformLost):
                    project.waveforms.read(each.id, unverified=unverified)
