"""MUSE pages as PDF: a page drawn as lines holds the samples. Needs pypdf (the extra `pdf`). A scan holds none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.leads import canonical_lead
from cessl_gui.ecg.readers.recording import UNPROVED, Facts, checked_rate, read_bytes, recording, sha256
from cessl_gui.ecg.readers.strips import Strip, joined

NAME = "PDF (MUSE)"
LARGEST_PDF, LARGEST_PAGE = 1 << 25, 1 << 23  # bytes; of a page, unpacked
MOST_PAGES = 5
MM_PER_POINT = 25.4 / 72
LEAST_POINTS = 200  # a line of fewer is a grid line, a letter or a calibration pulse
UNEVEN = 0.2  # of the step from point to point
BEFORE_MM, AFTER_MM = 5.0, 25.0  # where the name of a lead stands, from the beginning of its line
SPEED = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*mm\s*/\s*s", re.IGNORECASE)
GAIN = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*mm\s*/\s*mV", re.IGNORECASE)
FIGURES = {
    "rate": r"Vent\.?\s*rate\s*:?\s*([0-9]+)",
    "pr": r"PR\s*int\w*\.?\s*:?\s*([0-9]+)",
    "qrs": r"QRS\s*dur\w*\.?\s*:?\s*([0-9]+)",
    "qt": r"QT\s*/\s*QTc\w*\s*:?\s*([0-9]+)",
    "qtc": r"QT\s*/\s*QTc\w*\s*:?\s*[0-9]+\s*/\s*([0-9]+)",
}
# A number, or an operator; strings are passed over.
TOKEN = re.compile(
    rb"\((?:\\.|[^\\()])*\)|([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?![^\s\[\]/(<])|([A-Za-z*'\"]+)", re.DOTALL
)
POINT = re.compile(rb"[-+.0-9]+\s+[-+.0-9]+\s+[ml](?=\s)")
Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)


@dataclass(frozen=True)
class _Line:
    """A drawn line, in mm of the page: x, y of its points"""

    x: np.ndarray
    y: np.ndarray


def claims(head: bytes, path: Path) -> bool:
    return head.startswith(b"%PDF-")


def read(path: Path) -> Record:
    """Read the leads of the first page that is drawn as lines; each has a value only where the page shows it.

    raises : UnreadableRecording with the reason
    """
    try:
        import pypdf
    except ImportError as error:
        raise UnreadableRecording(f"{path.name} is a PDF, and pypdf is not installed.", "pip install pypdf") from error
    data = read_bytes(path, LARGEST_PDF)
    try:
        pages = pypdf.PdfReader(BytesIO(data)).pages
        for page in [pages[i] for i in range(min(len(pages), MOST_PAGES))]:
            contents = page.get_contents()
            content = contents.get_data() if contents is not None else b""
            lines = _traces(_lines(content)) if len(content) <= LARGEST_PAGE else []
            if lines:
                text, names = _text(page, content)
                return _record(path, data, lines, text, names)
    except UnreadableRecording:
        raise
    except Exception as error:  # whatever a damaged file brings about in pypdf
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise UnreadableRecording(f"{path.name} is damaged PDF ({reason}).", "Export it again.") from error
    raise UnreadableRecording(
        f"{path.name} holds no ECG drawn as lines: a scan or a report has no samples.",
        "Export the ECG in a format with its samples, such as XML or DICOM.",
    )


def _matrix(numbers: Iterable[float]) -> Matrix:
    a, b, c, d, e, f = map(float, numbers)
    return a, b, c, d, e, f


def _product(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _lines(content: bytes) -> list[_Line]:
    """All open lines of a page's content, in mm."""
    lines: list[_Line] = []
    kept: list[Matrix] = []
    matrix = IDENTITY
    operands: list[float] = []
    points: list[tuple[float, float]] = []

    def finish() -> None:
        if len(points) >= LEAST_POINTS:
            a, b, c, d, e, f = matrix
            x, y = np.array(points, np.float64).T
            lines.append(_Line((a * x + c * y + e) * MM_PER_POINT, (b * x + d * y + f) * MM_PER_POINT))
        points.clear()

    # Our own walk: pypdf takes seconds for the operations of such a page.
    for number, operator in TOKEN.findall(content):
        if number:
            operands.append(float(number))
            continue
        if operator in (b"l", b"m") and len(operands) >= 2:
            if operator == b"m":
                finish()
            points.append((operands[-2], operands[-1]))
        elif operator in (b"S", b"s", b"n", b"f", b"B"):
            finish()
        elif operator == b"q":
            kept.append(matrix)
        elif operator == b"Q" and kept:
            matrix = kept.pop()
        elif operator == b"cm" and len(operands) >= 6:
            matrix = _product(_matrix(operands[-6:]), matrix)
        operands.clear()
    finish()
    return lines


def _traces(lines: list[_Line]) -> list[_Line]:
    """The lines that go on evenly to the right, as samples do."""

    def is_even(line: _Line) -> bool:
        steps = np.diff(line.x)
        middle = np.median(steps)
        return bool(middle > 0 and np.abs(steps - middle).max() <= UNEVEN * middle)

    return [line for line in lines if is_even(line)]


def _text(page, content: bytes) -> tuple[str, list[tuple[float, float, str]]]:
    """The words of a page, and where the names of leads stand: x, y in mm."""
    from pypdf.generic import NameObject, StreamObject

    words = StreamObject()
    words.set_data(POINT.sub(b" ", content))
    page[NameObject("/Contents")] = words
    names: list[tuple[float, float, str]] = []

    def visit(text, matrix, text_matrix, *_) -> None:
        lead = canonical_lead(text)
        if lead in LEADS_12:
            at = _product(_matrix(text_matrix), _matrix(matrix))
            x, y = at[4], at[5]
            names.append((x * MM_PER_POINT, y * MM_PER_POINT, lead))

    return page.extract_text(visitor_text=visit), names


def _record(path: Path, data: bytes, lines: list[_Line], text: str, names: list[tuple[float, float, str]]) -> Record:
    speed, gain = SPEED.search(text), GAIN.search(text)
    if not speed or not gain:
        missing = "paper speed" if gain else "gain"
        raise UnreadableRecording(f"{path.name} does not state its {missing}.", "Export the ECG with its samples.")
    facts = Facts(device=_figures(text), warnings=[UNPROVED, "the zero of each lead is its median: a page has none"])
    left = min(line.x[0] for line in lines)
    strips: list[Strip] = []
    for line in sorted(lines, key=lambda line: -len(line.x)):
        near = [
            (abs(y - float(np.median(line.y))), name)
            for x, y, name in names
            if line.x[0] - BEFORE_MM <= x <= line.x[0] + AFTER_MM
        ]
        name = min(near)[1] if near else f"channel {len(strips) + 1}"
        step_s = (line.x[-1] - line.x[0]) / (len(line.x) - 1) / float(speed[1])
        if any(name in strip.names for strip in strips):  # the rhythm strip shows it longer
            continue
        mv = (line.y - np.median(line.y)) / float(gain[1])
        fs_hz = checked_rate(path, 1 / step_s)
        fs_hz = round(fs_hz) if abs(fs_hz / round(fs_hz) - 1) < 5e-3 else fs_hz
        strips.append(Strip([name], mv[None].astype(np.float32), fs_hz, (line.x[0] - left) / float(speed[1])))
    leads, signal = joined(path, strips, facts.warnings)
    return recording(path, sha256(data), NAME, signal, leads, strips[0].fs_hz, facts)


def _figures(text: str) -> dict[str, float]:
    matches = {name: re.search(pattern, text, re.IGNORECASE) for name, pattern in FIGURES.items()}
    figures = {name: float(match[1]) for name, match in matches.items() if match}
    axes = re.search(r"P-R-T\s*axes\s*:?\s*(-?[0-9]+)\s+(-?[0-9]+)\s+(-?[0-9]+)", text, re.IGNORECASE)
    names = ("p_axis", "qrs_axis", "t_axis")
    return figures | ({name: float(value) for name, value in zip(names, axes.groups(), strict=True)} if axes else {})
