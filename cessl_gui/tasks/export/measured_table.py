"""What people and devices said of ECGs beyond labels, as rows of a table: notes, marks, calipers, measurements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.store.project import Project
from cessl_gui.store.tables.annotations import IMPORTED

# kind: mark (of the median beat, ms from its R peak), caliper (seconds of the recording, mV; marched: 1 or 0),
# device (quantity: value in /min, ms or degrees, as the recording states it),
# beat or stretch (marked on the page with a statement; no lead: all; from_file: 1 or 0), note (text)
MEASURED_COLUMNS = (
    *("record", "name", "kind", "mark", "ms_from_r_peak", "lead", "start_s", "end_s", "start_mv", "end_mv", "marched"),
    *("quantity", "value", "code", "statement", "from_file", "text", "reader", "at_utc"),
)


def measured_path(out: Path) -> Path:
    """Where the notes, marks, calipers and device measurements of an export to `out` are."""
    return out.with_name(f"{out.stem}_measured.csv")


def measured_rows(project: Project) -> list[dict]:
    """A row per note, per caliper, per beat, stretch and point of a median beat that is marked, per figure of a device.

    source : MEASURED_COLUMNS; devices' figures are those of Project.waveforms, so of records whose cache file is there
    """
    names = {info.id: info.name for info in project.records.all()}
    device = [
        {"kind": "device", "record_id": record_id, "quantity": name, "value": value}
        for record_id, figures in devices(project).items()
        for name, value in figures.items()
    ]
    points = [
        {"kind": "mark", "mark": row["mark"], "ms_from_r_peak": row["value_ms"], **row}
        for row in project.marks.all_current()
    ]
    calipers = [{"kind": "caliper", **row} for row in project.calipers.all_current()]
    notes = [{"kind": "note", "text": row["note"], **row} for row in project.notes.all_current()]
    rows = [
        {"record": row["record_id"], "name": names[row["record_id"]]}
        | {c: row[c] for c in MEASURED_COLUMNS if c in row}
        for row in (*points, *calipers, *device, *_marked(project), *notes)
    ]
    return sorted(rows, key=lambda row: (row["record"], row["kind"]))


def _marked(project: Project) -> list[dict[str, Any]]:
    """Beats and stretches that are marked on pages."""
    return [
        {
            **row,
            "kind": "beat" if row["end_s"] is None else "stretch",
            "statement": vocabulary()[row["code"]].name,
            "from_file": int(row["how"] == IMPORTED),
        }
        for row in project.annotations.all_current()
    ]


def devices(project: Project) -> dict[str, dict[str, float]]:
    """Record id -> what its device measured; records without are not there."""
    figures_of = {record_id: project.waveforms.device(record_id) for record_id in project.records.ids()}
    return {record_id: figures for record_id, figures in figures_of.items() if figures}


def device_statements(project: Project) -> dict[str, list[str]]:
    """Record id -> what its device stated; records without are not there."""
    stated = {record_id: project.waveforms.device_statements(record_id) for record_id in project.records.ids()}
    return {record_id: list(lines) for record_id, lines in stated.items() if lines}
