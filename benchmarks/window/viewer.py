"""How quick is the ECG page? `python -m benchmarks.window.viewer [--switches N]`

Record switch, pan and zoom of real 10 s records and of a generated 24 h Holter, at 1366 x 768 and 3840 x 2160 pixels,
on the platform that QT_QPA_PLATFORM names (offscreen, or xcb under Xvfb). Every time is from the act until the page is
painted and the event loop has nothing left to do. One JSON object per line. cpu_p95_ms is what this process itself
computed meanwhile: the figure to go by where other programs hold the processor too.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from benchmarks.report import arguments
from cessl_gui.core.types import Record
from cessl_gui.ecg.display.filters import DisplayFilter
from cessl_gui.ecg.hints import hints
from cessl_gui.ecg.quality import lead_notes
from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.ui.page.layout.layouts import LAYOUTS
from cessl_gui.ui.page.layout.traces import Pyramid
from cessl_gui.ui.page.page import EcgPage

SIZES = {"1366x768": (1366, 768), "3840x2160": (3840, 2160)}
HOLTER_S, HOLTER_HZ = 24 * 3600, 250.0


class Paintings(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return super().eventFilter(watched, event)


def milliseconds(acts, app: QApplication, page: EcgPage) -> list[tuple[float, float]]:
    """How long each act takes until the page is painted: by the clock, and of the processor's time."""
    times, paintings = [], Paintings(page.canvas)
    for act in acts:
        app.processEvents()  # what an act before has left is none of this one's
        painted, began, worked = paintings.count, time.perf_counter(), time.process_time()
        act()
        while paintings.count == painted:
            app.processEvents()
        times.append((1000 * (time.perf_counter() - began), 1000 * (time.process_time() - worked)))
    paintings.deleteLater()
    return times


def summary(what: str, times: list[tuple[float, float]], **more) -> None:
    values, worked = np.array(times).T
    row = {"what": what, "n": len(values), "median_ms": np.median(values), "p95_ms": np.quantile(values, 0.95)}
    row |= {"max_ms": values.max(), "cpu_p95_ms": np.quantile(worked, 0.95)}
    print(json.dumps({k: round(float(v), 2) if k.endswith("_ms") else v for k, v in row.items()} | more), flush=True)


def rss_mb() -> float:
    """Memory of this process now, in MB; 0 where the system does not say."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * resource.getpagesize() / 1e6 if status.exists() else 0.0


def holter() -> Record:
    """24 h of three leads: a beat of varying length and height, noise, a gap of an hour, three spikes of one sample."""
    rng = np.random.default_rng(0)
    t = np.arange(60 * int(HOLTER_HZ)) / HOLTER_HZ
    minute = sum(a * np.exp(-((((t % 0.83) - c) / w) ** 2)) for a, c, w in ((1.1, 0.3, 0.012), (0.25, 0.55, 0.05)))
    signal = np.empty((3, int(HOLTER_S * HOLTER_HZ)), np.float32)
    for lead in range(3):
        for start in range(0, signal.shape[1], len(t)):
            noise = rng.standard_normal(len(t), dtype=np.float32) * np.float32(0.02)
            signal[lead, start : start + len(t)] = minute * (1 - 0.2 * lead) * rng.uniform(0.8, 1.2) + noise
    signal[:, 10_000_000:10_900_000] = np.nan
    signal[:, [123_456, 5_000_001, 21_000_000]] = 5
    return Record("holter", "Holter (generated)", "", "", signal, HOLTER_HZ, ("I", "II", "V1"), synthetic=True)


def as_opened(record: Record) -> tuple:
    """A record as the window's threads hand it to the page: with notes and hints, no calipers."""
    notes = lead_notes(record)
    return record, notes, (), hints(record, notes)


def walk(page: EcgPage, step_s: float, count: int):
    for index in range(count):
        yield lambda t0_s=page.sheet.t0_s + step_s * index: page.set_time(t0_s)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CESSL_DATA", "../shared/data")))
    parser.add_argument("--switches", type=int, default=1000)
    args = parser.parse_args()
    app = QApplication.instance() or QApplication([])
    print(json.dumps({"platform": app.platformName(), "cores": os.cpu_count()}))
    records = [read_recording(path) for path in find_recordings([args.data / "ludb"])]
    opened = [as_opened(record) for record in records]
    page = EcgPage()
    page.show()
    for size, pixels in SIZES.items():
        page.resize(*pixels)
        for name in ("3x4+1", "12x1"):
            page.set_layout(name)
            acts = [lambda one=one: page.set_record(*one) for one in opened]
            summary("record switch", milliseconds(acts, app, page), layout=name, size=size)
        page.set_speed(50)  # a page of 5 s, so that 10 s can be panned
        summary("pan 12 leads", milliseconds(walk(page, 0.05, 100), app, page), layout="12x1", size=size)
        zooms = [lambda s=s: page.set_speed(s) for s in (25, 50, 100, 50) * 25]
        summary("zoom 12 leads", milliseconds(zooms, app, page), layout="12x1", size=size)
        page.set_speed(25)
    layouts = [lambda n=n: page.set_layout(n) for n in list(LAYOUTS) * 10]
    page.resize(*SIZES["1366x768"])
    summary("layout switch", milliseconds(layouts, app, page), size="1366x768")
    leak(app, page, opened, args.switches)
    long_recording(app, page)
    page.close()


def leak(app: QApplication, page: EcgPage, records: list, switches: int) -> None:
    """Memory after the first fifth of the switches and after all of them, and whether references to None got lost."""
    began, references = 0.0, sys.getrefcount(None)
    for index in range(switches):
        page.set_record(*records[index % len(records)])
        page.canvas.repaint()
        app.processEvents()
        if index == switches // 5:
            began, references = rss_mb(), sys.getrefcount(None)
    row = {"what": "memory after record switches", "n": switches, "grown_mb": round(rss_mb() - began, 1)}
    print(json.dumps(row | {"references_to_none_lost": max(0, references - sys.getrefcount(None))}))


def long_recording(app: QApplication, page: EcgPage) -> None:
    before_mb = rss_mb()
    record = holter()
    pyramid, turns_ms, began = Pyramid(record), [], time.perf_counter()
    pyramid.start()
    while not pyramid.complete:
        turn = time.perf_counter()
        app.processEvents()
        turns_ms.append(1000 * (time.perf_counter() - turn))
    row = {"what": "pyramid of 24 h x 3 leads, in the background", "total_s": round(time.perf_counter() - began, 2)}
    print(json.dumps(row | {"longest_turn_of_the_event_loop_ms": round(max(turns_ms, default=0), 1)}), flush=True)
    page.set_layout("3x4+1")
    for size, pixels in SIZES.items():
        page.resize(*pixels)
        page.set_record(record)
        while not page.sheet.pyramid.complete:
            app.processEvents()
        for window_s in (10, 300, 7200, 86400):
            page.set_speed(250 / window_s)
            page.set_time(3600)
            times = milliseconds(walk(page, window_s / 50, 100), app, page)
            summary("pan 24 h x 3 leads", times, window_s=window_s, size=size)
        page.set_speed(25)
        page.set_filters(DisplayFilter(0.05, 40, 50))
        times = milliseconds(walk(page, 2.5, 100), app, page)
        summary("pan 24 h x 3 leads, filtered", times, window_s=10, size=size)
        page.set_filters(DisplayFilter())
        zooms = [lambda s=s: page.set_speed(250 / s) for s in (10, 60, 300, 1800, 7200, 86400) * 10]
        summary("zoom 24 h x 3 leads", milliseconds(zooms, app, page), size=size)
    page.set_record(None)
    used_mb = round(rss_mb() - before_mb)
    print(json.dumps({"what": "memory of the Holter", "mb": used_mb, "process_mb": round(rss_mb())}))


if __name__ == "__main__":
    main()
