"""Random signals for SCP-ECG records, and what is read back of them."""

import struct

import numpy as np

from tests.ecg.readers import scp_files as scp

NAMES = ("I", "II", "V1")


def counts(leads=3, samples=1200, seed=0, largest=400):
    return np.random.default_rng(seed).integers(-largest, largest, (leads, samples))


def stored(record, step_mv=0.0025, names=NAMES):
    return np.rint(record.signal_mv[[record.leads.index(name) for name in names]] / step_mv)


def beside(record, words):
    return [warning for warning in record.warnings if words in warning]


def own_tables():
    """Two tables that lead to each other: of 0 and +-1, and of 16 bits as they are."""

    def table(codes):
        entries = (
            struct.pack("<BBBhI", len(prefix), len(prefix) + extra, mode, value, int(prefix[::-1], 2))
            for prefix, extra, mode, value in codes
        )
        return struct.pack("<H", len(codes)) + b"".join(entries)

    small = [("0", 0, 1, 0), ("10", 0, 1, 1), ("110", 0, 1, -1), ("111", 0, 0, 2)]
    return struct.pack("<H", 2) + table(small) + table([("00", 16, 1, 0), ("1", 0, 0, 1)])


def coded_by_own_tables(values):
    bits, of = "", 1
    for value in values.tolist():
        wanted = 1 if abs(value) < 2 else 2
        bits += "" if wanted == of else ("111" if of == 1 else "1")
        of = wanted
        bits += {0: "0", 1: "10", -1: "110"}[value] if of == 1 else f"00{value % 65536:016b}"
    return scp.packed(bits)


def with_beats(step_nv=2500, seed=5, samples=1200):
    """Sections of a signal whose reference beat was subtracted at two of three beats, the signal, and what was left."""
    random = np.random.default_rng(seed)
    beat, residue = random.integers(-300, 300, (3, 200)), random.integers(-40, 40, (3, samples))
    beats = [(0, 41, 100, 240), (1, 1, 400, 1), (0, 631, 700, 790)]
    left = residue * (step_nv // 2500)
    signal = left.copy()
    for kind, first, fiducial, last in beats:
        if kind == 0:
            offset = 80 - fiducial  # of the reference beat's samples against the signal's, both from 1
            places = np.arange(first, last + 1)
            places = places[(places + offset >= 1) & (places + offset <= 200)]
            signal[:, places - 1] += beat[:, places + offset - 1]
    sections = {
        2: scp.DEFAULT_TABLE,
        3: scp.leads(NAMES, samples, flags=0b101),
        4: scp.beat_table(400, 80, beats),
        5: scp.coded(beat),
        6: scp.coded(residue, step_nv=step_nv),
    }
    return sections, signal, left, beats
