"""The columns of the worklist: their headings, what they stand for, and the words and marks of their cells."""

from __future__ import annotations

import math

from cessl_gui.bridge.worklist import Column
from cessl_gui.core.types import ReadingState, State

COLUMNS = tuple(Column)
HEADINGS = {
    Column.RECORD: "Record",
    Column.REASON: "Reason",
    Column.STATE: "State",
    Column.FINDING: "Your finding",
    Column.MODEL: "Model, cut-off ticked",
    Column.DISAGREEMENT: "Disagreement",
    Column.AGE: "Age",
    Column.SEX: "Sex",
    Column.DATE: "Date",
    Column.RATE: "Rate",
    Column.QTC: "QTcF",
    Column.SOURCE: "Source",
}
TIPS = {
    Column.REASON: "Why it is among the next of the queue; hidden while reading blind unless you chose to see it",
    Column.MODEL: "The chosen statement, or the likeliest one. Hidden, and last in the order, on ECGs read blind.",
    Column.DISAGREEMENT: "Where a confirmed reading and the model, or the file's diagnosis, say opposite things.",
    Column.RATE: "Ventricular rate, /min; ? where it is doubtful",
    Column.QTC: "QTc by Fridericia's formula, ms; ? where it is doubtful",
    Column.SOURCE: "The folder that the recording lies in",
}
NUMBERS = (Column.AGE, Column.RATE, Column.QTC)
OVER_89 = 89.5  # an age that is told as over 89
IN_MONTHS_BELOW = 3  # years
OFFSET = 1  # the first column holds the check boxes
NONE, HIDDEN, REFUSED = "–", "hidden", "no ECG"
MARKS = {State.PRESENT: "", State.UNCERTAIN: "?"}
STATE_ICONS = {
    ReadingState.NEW: "circle",
    ReadingState.IN_PROGRESS: "circle-half",
    ReadingState.DEFERRED: "clock",
    ReadingState.CONFIRMED: "check-circle-fill",
    ReadingState.EXCLUDED: "prohibit",
}


def column_at(section: int) -> Column | None:
    """The column of a section of the table; None for the check boxes."""
    return COLUMNS[section - OFFSET] if section >= OFFSET else None


def section_of(column: Column) -> int:
    return OFFSET + COLUMNS.index(column)


def years_words(years: float) -> str:
    """An age in years as a cell says it: "45", "> 89"; of small children "18 mo" or "3 d"; "" where it is not known."""
    if math.isnan(years):
        return ""
    if years == OVER_89 or years >= 300:  # which stands for an age that is not told
        return "> 89"
    if years % 1 == 0 or years >= IN_MONTHS_BELOW:
        return f"{int(years)}"
    months = round(years * 12)
    return f"{months} mo" if months else f"{round(years * 365.25)} d"


def heading(column: Column, sorted_by: tuple[Column, bool]) -> str:
    """What stands above a column; an arrow next to it says that the list is sorted by it, and which way."""
    by, is_descending = sorted_by
    return f"{HEADINGS[column]} {'↓' if is_descending else '↑'}" if column == by else HEADINGS[column]


def spoken(column: Column, words: str) -> str:
    """A cell for a screen reader."""
    return f"{HEADINGS[column]}: {words if words not in ('', NONE) else 'none'}"
