"""SCP-ECG records (EN 1064) that the tests encode, by the standard's own layout."""

import binascii
import struct

import numpy as np

NUMBERS = {"I": 1, "II": 2, "V1": 3, "V2": 4, "V3": 5, "V4": 6, "V5": 7, "V6": 8, "III": 61}
DEFAULT_TABLE = struct.pack("<H", 19999)


def differences(values, order):
    """Samples, or what stays of them as first or second differences."""
    values = np.asarray(values, np.int64)
    return np.concatenate([values[:order], np.diff(values, order)]) if order else values


def default_code(value):
    if value == 0:
        return "0"
    if abs(value) <= 8:
        return "1" * abs(value) + "0" + ("0" if value > 0 else "1")
    if -128 <= value < 128:
        return "1111111110" + f"{value % 256:08b}"
    return "1111111111" + f"{value % 65536:016b}"


def packed(bits):
    """Bits as bytes, an even number of them."""
    bits += "0" * (-len(bits) % 16)
    return int(bits, 2).to_bytes(len(bits) // 8) if bits else b""


def default_coded(values):
    return packed("".join(map(default_code, values.tolist())))


def plain(values):
    return values.astype("<i2").tobytes()


def coded(rows, step_nv=2500, interval_us=2000, order=2, decimated=0, code=default_coded):
    """Section 5 or 6."""
    leads = [code(differences(row, order)) for row in rows]
    sizes = struct.pack(f"<{len(leads)}H", *map(len, leads))
    return struct.pack("<HHBB", step_nv, interval_us, order, decimated) + sizes + b"".join(leads)


def leads(names, samples, flags=0b100, starts=None):
    """Section 3."""
    starts = starts or [1] * len(names)
    entries = (
        struct.pack("<IIB", start, start + samples - 1, NUMBERS[name])
        for name, start in zip(names, starts, strict=True)
    )
    return bytes([len(names), flags | len(names) << 3]) + b"".join(entries)


def tags(**more):
    """Section 1; a list of (tag, bytes), some twice."""
    entries = more.get("entries") or [
        (2, b"\0"),
        (2, b"P-4711\0"),
        (0, b"Doe\0"),
        (4, struct.pack("<HB", 61, 1)),
        (8, b"\x02"),
        (25, struct.pack("<HBB", 2011, 3, 9)),
        (26, bytes([14, 5, 59])),
        (25, b""),
    ]
    return b"".join(struct.pack("<BH", tag, len(value)) + value for tag, value in entries) + b"\xff\0\0"


def beat_table(length_ms, fiducial, beats, protected=()):
    """Section 4."""
    areas = b"".join(struct.pack("<II", *area) for area in protected)
    return (
        struct.pack("<3H", length_ms, fiducial, len(beats))
        + b"".join(struct.pack("<HIII", *beat) for beat in beats)
        + areas
    )


def statements(lines):
    """Section 8."""
    entries = (struct.pack("<BH", i, len(line) + 1) + line + b"\0" for i, line in enumerate(lines, 1))
    return struct.pack("<BHBB3BB", 0, 2011, 3, 9, 14, 6, 0, len(lines)) + b"".join(entries)


def measurements(waves=(40, 150, 200, 296, 600, 55, -1, 40), rr=850, types=b"", rate=71, qtc=433, formula=1):
    """Section 7."""
    blocks = struct.pack("<5H3h", *waves) + struct.pack("<5H3h", *[29999] * 8)
    rest = struct.pack("<H", len(types)) + types + struct.pack("<3HB", rate, 29999, qtc, formula) + b"\0\0"
    return struct.pack("<BBHH", 2, 1, rr, 29999) + blocks + bytes(10) + rest


def lead_measurements(*leads):
    """Section 10. leads : per lead its P duration, PR, QRS and QT"""
    held = struct.pack("<2H", len(leads), 0)
    for number, figures in enumerate(leads, 1):
        held += struct.pack("<2H4h", number, 2 * len(figures), *figures)
    return held


def record(folder, sections, order=None, versions=(20, 20), name="SCPECG", mark=b"SCPECG"):
    """Write a record; sections: number -> bytes; order: in which they lie in the file."""
    order = order or sorted(sections)
    pointers, at = {}, 6 + 16 + 10 * max(12, len(sections) + 1)
    for number in order:
        pointers[number] = (16 + len(sections[number]), at + 1)
        at += pointers[number][0]
    size = 16 + 10 * max(12, len(sections) + 1)
    numbers = [*range(12), *(n for n in sections if n > 11)]
    held = struct.pack("<HII", 0, size, 7)
    held += b"".join(struct.pack("<HII", n, *pointers.get(n, (0, 0))) for n in numbers[1:])
    body = section(0, held.ljust(size - 16, b"\0"), versions, mark)
    body += b"".join(section(number, sections[number], versions) for number in order)
    body = struct.pack("<I", len(body) + 6) + body
    path = folder / f"{name}.scp"
    path.write_bytes(struct.pack("<H", binascii.crc_hqx(body, 0xFFFF)) + body)
    return path


def section(number, held, versions=(20, 20), mark=b""):
    whole = struct.pack("<HIBB", number, len(held) + 16, *versions) + mark.ljust(6, b"\0") + held
    return struct.pack("<H", binascii.crc_hqx(whole, 0xFFFF)) + whole


def simple(rows, names=("I", "II", "V1"), step_nv=2500, **how):
    """The sections of a record of these counts without a reference beat."""
    return {
        1: tags(),
        2: DEFAULT_TABLE,
        3: leads(names, rows.shape[1]),
        6: coded(rows, step_nv=step_nv, **how),
    }
