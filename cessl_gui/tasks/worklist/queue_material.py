"""What the queue of a project is made from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cessl_gui.core.reading.people import first, is_again
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import ReadingState
from cessl_gui.store.columns.prediction_table import PredictionTable
from cessl_gui.store.columns.rows import Rows
from cessl_gui.store.log import counting_as
from cessl_gui.store.project import Project
from cessl_gui.tasks.patients import project_groups
from cessl_gui.tasks.worklist.queue import Material

SEED = "queue_seed"  # a setting: who the controls are stays the same for good
REPEAT_AFTER = timedelta(days=1)
OPEN = (ReadingState.NEW, ReadingState.IN_PROGRESS)


def queue_material(project: Project, reader: str) -> Material:
    """Take a snapshot for a reader. Where readers read apart, each has a queue of the own."""
    state, model = project.records.standings(), project.models.active()
    rows = Rows(state)  # known before: columns that grow are copied, and each query brings ids of its own
    predictions = project.predictions.all(model.id, rows) if model else PredictionTable(rows, "")
    refused = project.predictions.refused(model.id) if model else {}
    before = project.readers.confirmed_at(first(reader)) if is_again(reader) else None
    unread = [
        record_id
        for record_id, reading in state.items()
        if reading in OPEN and record_id not in refused and (before is None or _is_due(before.get(record_id)))
    ]
    return Material(
        unread=unread if before is None else (),
        groups=project_groups(project),
        panel=project.settings.panel(),
        predictions=predictions,
        thresholds=model.thresholds if model else {},
        header=project.labels.header_table(rows),
        found=project.labels.found(),
        disagreed={} if project.apart else _disagreed(project, unread),
        doubts={record_id: predictions[record_id].rests_on for record_id in predictions.from_few_leads()},
        repeatable=() if before is None else sorted(unread, key=lambda record_id: before[record_id]),
        begun=sum(reading not in OPEN for reading in state.values()),
        reader=reader,
        # Who reads apart, or once more, is to be compared with the others on the same ECGs.
        readers=() if project.apart or before is not None else project.readers.at_work(),
    )


def _disagreed(project: Project, unread: Sequence[str]) -> dict[str, str]:
    """Record id -> the statements that readers differ on and nobody has decided, of merged ones only what they count
    as."""
    merged = {code for code, _ in map(counting_as.pair, project.settings.get(counting_as.SETTING, []))}
    decided, wanted, found = project.adjudications.all_current(), set(unread), dict[str, list[str]]()
    for record_id, code in project.readers.differing():
        if record_id in wanted and code not in merged and code not in decided.get(record_id, {}):
            found.setdefault(record_id, []).append(vocabulary()[code].abbreviation)
    return {record_id: ", ".join(names) for record_id, names in found.items()}


def _is_due(confirmed_utc: str | None) -> bool:
    """Whether an ECG was read so long ago that the reader may have forgotten it."""
    if not confirmed_utc:
        return False
    try:
        return datetime.now(UTC) - datetime.fromisoformat(confirmed_utc) >= REPEAT_AFTER
    except (ValueError, TypeError):
        return False
