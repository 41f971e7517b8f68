"""Which records a list shows and in which order: computed in columns, so that 100,000 take milliseconds."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from cessl_gui.bridge.reader.sight import ALWAYS, OFF
from cessl_gui.core.reading.standing import LIKELY_FROM
from cessl_gui.core.statements.contradictions import EXCLUSIVE_PAIRS
from cessl_gui.core.types import ReadingState, State
from cessl_gui.store.columns.label_table import BYTES, NOT_ASSESSED, LabelTable

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

UNASSESSED = "not assessed"
UNREAD, CONFIRMED = (ReadingState.NEW, ReadingState.IN_PROGRESS), ReadingState.CONFIRMED


class Column(enum.StrEnum):
    """What a list can show and sort by."""

    RECORD = "record"
    REASON = "reason"
    STATE = "state"
    FINDING = "finding"
    MODEL = "model"
    DISAGREEMENT = "disagreement"
    AGE = "age"
    SEX = "sex"
    DATE = "date"
    RATE = "rate"
    QTC = "qtc"
    SOURCE = "source"


FIGURES = {Column.RATE: "rate", Column.QTC: "qtc_fridericia"}


@dataclass(frozen=True)
class Filter:
    """Which records to show.

    text        : part of the record's name, its patient's key or its path
    states      : reading states; () is any
    code        : a statement, of which the probability is shown and sorted by; "" is the likeliest one
    said        : what is said of it: a State, UNASSESSED or "" for any
    unpredicted : only those that the active model does not judge
    disagreeing : only those of which reader and model, or file, differ
    """

    text: str = ""
    states: tuple[ReadingState, ...] = ()
    code: str = ""
    said: str = ""
    unpredicted: bool = False
    disagreeing: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Filter:
        """raises : KeyError, ValueError, TypeError for what is no filter"""
        return cls(
            str(kept["text"]),
            tuple(ReadingState(state) for state in kept["states"]),
            str(kept["code"]),
            str(kept["said"]),
            bool(kept["unpredicted"]),
            bool(kept["disagreeing"]),
        )


class Worklist:
    """The records of a session, filtered and sorted. It stays as it is until arrange() is called again.

    filter     : what is shown
    sorted_by  : a column, and whether descending
    shows_all  : whether opinions that are hidden while reading blind are shown here all the same
    order      : int (shown records,), rows of the session's columns
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.filter = Filter()
        self.sorted_by: tuple[Column, bool] = (Column.RECORD, False)
        self.shows_all = False
        self.order = np.zeros(0, np.int64)
        self._place: np.ndarray | None = None
        self._only: np.ndarray | None = None
        self._folded: list[str] = []
        self._shown: np.ndarray | None = None
        self._disagree: np.ndarray | None = None
        self._to_compare: set[int] = set()  # rows of it that were labelled or moved since

    def __len__(self) -> int:
        return len(self.order)

    def arrange(self) -> None:
        """Filter and sort again."""
        mask = self.mask(self.filter)
        if self._only is not None:
            mask &= np.isin(np.arange(len(mask)), self._only)
        rows = np.flatnonzero(mask)
        rows = rows[np.argsort(self._session.columns().name_rank[rows], kind="stable")]
        column, descending = self.sorted_by
        if column != Column.RECORD:
            rows = rows[_sorted(self._key(column)[rows], descending)]
        elif descending:
            rows = rows[::-1]
        self._take(rows)

    def has_note(self, row: int) -> bool:
        """Whether there is a note on a record that may be seen now. row : of the session's columns"""
        return self._session.notes.has(self._session.columns().rows.ids[row])

    @property
    def is_restricted(self) -> bool:
        """Whether chosen records are shown in place of what the filter says."""
        return self._only is not None

    def restrict(self, ids: Iterable[str] | None) -> None:
        """Show only these records, whatever the filter; None lifts that."""
        if ids is None:
            self._only = None
        else:
            of = self._session.columns().rows.of
            self._only = np.array([row for i in ids if (row := of(i)) is not None], np.int64)
            self.filter = Filter(code=self.filter.code)
        self.arrange()

    def clear(self) -> None:
        """Show all records."""
        self.filter = Filter(code=self.filter.code)
        self.restrict(None)

    def _take(self, rows: np.ndarray) -> None:
        self.order, self._place = rows, None

    def id_at(self, place: int) -> str:
        return self._session.columns().rows.ids[self.order[place]]

    def place_of(self, record_id: str) -> int | None:
        """Where in the list a record stands; None where it is not shown."""
        row = self._session.columns().rows.of(record_id)
        if row is None:
            return None
        if self._place is None:
            self._place = np.full(len(self._session.columns()), -1, np.int64)
            self._place[self.order] = np.arange(len(self.order))
        place = int(self._place[row]) if row < len(self._place) else -1
        return place if place >= 0 else None

    def next_unread(self, place: int) -> int | None:
        """The first unread record after a place of the list, from its beginning if there is none; None without any."""
        unread = np.flatnonzero(self._session.columns().is_in(*UNREAD)[self.order])
        unread = unread[unread != place]
        if not len(unread):
            return None
        after = unread[unread > place]
        return int(after[0] if len(after) else unread[0])

    def count(self, wanted: Filter) -> int:
        return int(np.count_nonzero(self.mask(wanted)))

    # --- which ---------------------------------------------------------------------------------------------------

    def mask(self, wanted: Filter) -> np.ndarray:
        """bool (records,): which records pass a filter."""
        columns = self._session.columns()
        mask = columns.here.copy()
        if wanted.states:
            mask &= columns.is_in(*wanted.states)
        if wanted.code and wanted.said:
            labelled = self._labels().column(wanted.code)[: len(mask)]
            mask &= labelled == (NOT_ASSESSED if wanted.said == UNASSESSED else BYTES[wanted.said])
        if wanted.unpredicted:
            mask &= ~self._session.prediction_table().has()[: len(mask)]
        if wanted.disagreeing:
            mask &= self.disagree() & self.may_show()
        if wanted.text:
            mask &= self._matching(wanted.text.strip().casefold())
        return mask

    def _matching(self, text: str) -> np.ndarray:
        columns = self._session.columns()
        if len(self._folded) != len(columns):
            together = zip(columns.names, columns.sources, columns.patients, strict=True)
            self._folded = ["\n".join(words).casefold() for words in together]
        return np.fromiter((text in words for words in self._folded), bool, len(columns))

    def forget_texts(self) -> None:
        """Records have come: what is searched has to be made again."""
        self._folded, self._place = [], None
        self.forget_opinions()

    def forget_opinions(self) -> None:
        """What may be seen, or what is said, has changed in many records."""
        self._shown = self._disagree = None

    def follow(self, record_id: str) -> None:
        """A record was labelled, moved or shown."""
        row = self._session.columns().rows.of(record_id)
        if row is not None:
            self._to_compare.add(row)
        if self._shown is not None and row is not None and row < len(self._shown):
            self._shown[row] = self._session.prediction_shown(record_id)

    def shown(self) -> np.ndarray:
        """bool (records,): of which the opinions of model and file may be seen while reading blind."""
        if self._shown is None or len(self._shown) != len(self._session.columns()):
            self._shown = self._find_shown()
        return self._shown

    def _find_shown(self) -> np.ndarray:
        session, count = self._session, len(self._session.columns())
        if session.blind == OFF:
            return np.ones(count, bool)
        if session.blind == ALWAYS:
            return session.columns().is_in(ReadingState.CONFIRMED)
        return session.uncovered()[:count]

    def may_show(self) -> np.ndarray:
        """bool (records,): of which this list shows these opinions."""
        return np.ones(len(self._session.columns()), bool) if self.shows_all else self.shown().copy()

    def disagree(self) -> np.ndarray:
        """bool (records,): whether a confirmed reading and the model, or the file, say opposite things.

        As core.opinions, by which the words of one record are made.
        """
        count = len(self._session.columns())
        if self._disagree is None or len(self._disagree) != count:
            self._disagree = self._find_disagree(slice(0, count))
            self._to_compare.clear()
        while self._to_compare:
            row = self._to_compare.pop()
            self._disagree[row : row + 1] = self._find_disagree(slice(row, row + 1))
        return self._disagree

    def _find_disagree(self, rows: slice) -> np.ndarray:
        session = self._session
        labels, predictions = self._labels(), session.prediction_table()
        differs, confirmed = np.zeros(rows.stop - rows.start, bool), session.columns().is_in(CONFIRMED, rows=rows)
        if not confirmed.any():
            return differs
        headers, thresholds = session.header_table(), session.thresholds()
        for code in labels.codes:
            said = labels.column(code)[rows]
            present, absent = said == BYTES[State.PRESENT], said == BYTES[State.ABSENT]
            if code in predictions.codes:
                p, cut = predictions.column(code)[rows], thresholds.get(code, LIKELY_FROM)
                differs |= (present & (p < cut)) | (absent & (p >= max(cut, LIKELY_FROM)))
            if code in headers.codes:
                differs |= absent & (headers.column(code)[rows] == BYTES[State.PRESENT])
        for one, other in (*EXCLUSIVE_PAIRS, *((other, one) for one, other in EXCLUSIVE_PAIRS)):
            if one in labels.codes and other in headers.codes:
                in_file = [headers.column(code)[rows] == BYTES[State.PRESENT] for code in (one, other)]
                differs |= (labels.column(one)[rows] == BYTES[State.PRESENT]) & in_file[1] & ~in_file[0]
        return differs & confirmed

    # --- in which order ------------------------------------------------------------------------------------------

    def _key(self, column: Column) -> np.ndarray:
        """float64 (records,) to sort by, NaN for what comes last whichever way."""
        columns = self._session.columns()
        match column:
            case Column.REASON:
                return self._queue_key()
            case Column.STATE:
                return columns.reading.astype(float)
            case Column.FINDING:
                return self._finding_key()
            case Column.MODEL:
                return np.where(self.may_show(), self.probability(), np.nan)
            case Column.DISAGREEMENT:
                return np.where(self.disagree() & self.may_show(), 0.0, np.nan)
            case Column.AGE:
                return columns.ages.astype(float)
            case Column.SEX:
                return columns.sex_rank
            case Column.DATE:
                return np.where(columns.moments < 0, np.nan, columns.moments.astype(float))
            case Column.SOURCE:
                return columns.source_rank
        return self._session.figure_columns().values(FIGURES[column])

    def probability(self) -> np.ndarray:
        """float64 (records,): of the chosen statement, or the highest of all; NaN where there is none."""
        predictions, count = self._session.prediction_table(), len(self._session.columns())
        if self.filter.code:
            return predictions.column(self.filter.code)[:count]
        p = predictions.matrix()[:count]
        return np.asarray(np.fmax.reduce(p, axis=1)) if p.shape[1] else np.full(count, np.nan)

    def likeliest(self, row: int) -> tuple[str, float]:
        """The chosen statement, or the one with the highest probability, and that; ("", NaN) without prediction."""
        predictions = self._session.prediction_table()
        if self.filter.code:
            return self.filter.code, float(predictions.column(self.filter.code)[row])
        p = predictions.matrix()[row]
        if not len(p) or np.isnan(p).all():
            return "", float("nan")
        best = int(np.nanargmax(p))
        return next(code for code, column in predictions.codes.items() if column == best), float(p[best])

    def _queue_key(self) -> np.ndarray:
        """The places of the queue; what is not in it comes last."""
        key = np.full(len(self._session.columns()), np.nan)
        for place, record_id in enumerate(self._session.queue.places):
            row = self._session.columns().rows.of(record_id)
            if row is not None and row < len(key):
                key[row] = place
        return key

    def _finding_key(self) -> np.ndarray:
        """By the first finding in the order of the alphabet; then what has none, then what nobody has labelled."""
        labels, count = self._labels(), len(self._session.columns())
        known = self._session.vocabulary()
        codes = sorted(labels.codes, key=lambda code: known[code].abbreviation.casefold())
        key = np.full(count, np.nan)
        key[labels.has()[:count]] = len(codes)
        for rank, code in reversed(list(enumerate(codes))):
            said = labels.column(code)[:count]
            key[(said == BYTES[State.PRESENT]) | (said == BYTES[State.UNCERTAIN])] = rank
        return key

    def _labels(self) -> LabelTable:
        return self._session.label_table()


def _sorted(key: np.ndarray, descending: bool) -> np.ndarray:
    """The order of a key, what is equal as before; NaN last."""
    return np.argsort(-key if descending else key, kind="stable")


def folder_of(source: str) -> str:
    """The name of the folder that a recording lies in."""
    return PurePath(source).parent.name
