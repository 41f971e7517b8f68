"""The lines of numbers of a text table, some at a time: the texts of all its lines take many times its memory."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from cessl_gui.core.scratch import check
from cessl_gui.ecg.readers.recording import numbers

LOOKED_THROUGH = 1 << 20  # characters of a text that are taken at a time


def blocks(text: str) -> Iterator[str]:
    """A text in blocks of whole lines."""
    start = 0
    while start < len(text):
        stop = text.find("\n", start + LOOKED_THROUGH) + 1 or len(text)
        yield text[start:stop]
        check()
        start = stop


def values_of(body: str, separator: str, columns: int, *, decimal_comma: bool) -> np.ndarray:
    """(columns, rows) of the numbers; what is missing is NaN.

    raises : ValueError where rows differ in length, or a word is no number
    """
    first = body.split("\n", 1)[0].rstrip("\r")
    ends_in_one = first.endswith(separator) and first.count(separator) == columns
    found = []
    for block in blocks(body):
        plain = _plain(block.removesuffix("\n"), separator, ends_in_one)
        plain = (plain.replace(",", ".") if decimal_comma else plain).replace(separator, " ")
        if not {len(line.split()) for line in plain.split("\n")} <= {0, columns}:
            raise ValueError("its rows differ in length")
        found.append(numbers(plain))
    values = np.concatenate(found).reshape(-1, columns).T
    # One lead a line, as some programs write.
    return values.T if values.shape[1] <= 16 and values.shape[0] >= 200 else values


def _plain(body: str, mark: str, ends_in_one: bool) -> str:
    """Lines without quotes, and with nan where a cell is empty or says that it has no value."""
    body = body.replace('"', "")
    if mark in ",;\t":
        if mark != "\t":
            body = body.replace(" ", "").replace("\t", "")
        if ends_in_one:
            body = re.sub(rf"{mark}(?=\n|$)", "", body)
        if (
            f"{mark}{mark}" in body
            or f"{mark}\n" in body
            or f"\n{mark}" in body
            or body[:1] == mark
            or body[-1:] == mark
        ):
            body = re.sub(rf"(?:(?<={mark})|(?<=\n)|\A)(?={mark})|(?<={mark})(?=\n|\Z)", "nan", body)
    if re.search(r"[nN]", body):
        body = re.sub(r"(?i)\b(n/?a|null|none)\b", "nan", body)
    return body
