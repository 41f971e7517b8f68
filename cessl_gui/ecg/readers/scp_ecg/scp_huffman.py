"""The entropy code of SCP-ECG: tables of a file (section 2), or the default one, and the numbers coded by them."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

DEFAULT = 19999  # instead of a count of tables
CODE = struct.Struct("<BBBhI")  # bits of the prefix, bits in all, 0: changes the table, value, prefix in reversed bits
LONGEST_PREFIX = 32


@dataclass(frozen=True)
class Code:
    """What a prefix stands for. extra: bits after it that are the value, none: the value is `value`."""

    value: int
    extra: int
    is_value: bool


class Damaged(ValueError):
    """Bits that are no code of the table, or a table that is none."""


class Table:
    """Codes by their prefix, written as text of 0 and 1."""

    def __init__(self, codes: dict[str, Code]) -> None:
        self.codes = codes
        self.lengths = sorted({len(prefix) for prefix in codes})


def default_table() -> Table:
    """0; then a bit more for each of +-1 to +-8; then 8 bits and 16 bits as they are."""
    codes = {"0": Code(0, 0, True)}
    for value in range(1, 9):
        codes["1" * value + "00"] = Code(value, 0, True)
        codes["1" * value + "01"] = Code(-value, 0, True)
    return Table({**codes, "1111111110": Code(0, 8, True), "1111111111": Code(0, 16, True)})


def tables(section: bytes) -> list[Table] | None:
    """The tables of section 2, without its header; None where there is none: values are 16 bits each.

    raises : Damaged
    """
    if len(section) < 2:
        return None
    count, at = int.from_bytes(section[:2], "little"), 2
    if count == DEFAULT:
        return [default_table()]
    found = []
    for _ in range(count):
        size, at = int.from_bytes(section[at : at + 2], "little"), at + 2
        if not size or at + size * CODE.size > len(section):
            raise Damaged("a table of codes is cut off")
        found.append(_table(section[at : at + size * CODE.size]))
        at += size * CODE.size
    return found or None


def _table(stored: bytes) -> Table:
    codes = {}
    for prefix_bits, bits, mode, value, reversed_code in CODE.iter_unpack(stored):
        if not 0 < prefix_bits <= LONGEST_PREFIX or not 0 <= bits - prefix_bits <= LONGEST_PREFIX:
            raise Damaged("a table of codes contradicts itself")
        prefix = "".join("01"[(reversed_code >> i) & 1] for i in range(prefix_bits))
        codes[prefix] = Code(value, bits - prefix_bits, mode != 0)
    return Table(codes)


def decode(data: bytes, count: int, of: list[Table] | None) -> np.ndarray:
    """Up to `count` numbers, int64; fewer where the data end before.

    raises : Damaged
    """
    if of is None:
        return np.frombuffer(data, "<i2", min(count, len(data) // 2)).astype(np.int64)
    bits, at, table = f"{int.from_bytes(data):0{8 * len(data)}b}" if data else "", 0, of[0]
    values: list[int] = []
    while len(values) < count and at < len(bits):
        for length in table.lengths:
            code = table.codes.get(bits[at : at + length])
            if code and at + length <= len(bits):
                break
        else:
            if len(bits) - at < table.lengths[-1]:  # the last code is cut off
                break
            raise Damaged("bits that are no code")
        at += length
        if not code.is_value:
            if not 0 < code.value <= len(of):
                raise Damaged("a change to a table that is not there")
            table = of[code.value - 1]
        elif not code.extra:
            values.append(code.value)
        else:
            if at + code.extra > len(bits):
                break
            value, at = int(bits[at : at + code.extra], 2), at + code.extra
            values.append(value - (1 << code.extra) * (value >> (code.extra - 1)))
    return np.array(values, np.int64)
