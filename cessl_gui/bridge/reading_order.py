"""Which record comes next in reading."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING

from cessl_gui.core.types import ReadingState

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

UNREAD = (ReadingState.NEW, ReadingState.IN_PROGRESS)


def next_unread(session: Session, record_ids: Sequence[str], after: str) -> str:
    """The first unread record of a list below `after`, else from its top; "" where all others are read.

    A deferred record waits until it is opened; an excluded one is not read at all.
    """
    at = record_ids.index(after) if after in record_ids else -1
    in_order = chain(islice(record_ids, at + 1, None), islice(record_ids, max(0, at)))
    return next((record_id for record_id in in_order if session.info(record_id).reading in UNREAD), "")
