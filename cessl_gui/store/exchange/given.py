"""Acts and devices as others give them, of which nothing is known: each value is of its kind, or they are none."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from cessl_gui.store.exchange.union import Known
from cessl_gui.store.log.acts import Act

# What a stranger's values can raise where they are read and where the database takes them.
UNFIT = (ValueError, LookupError, TypeError, ArithmeticError, RuntimeError, StopIteration, sqlite3.IntegrityError)
_sight = attrgetter("prediction_visible", "file_visible", "measurements_visible")
_texts = attrgetter(
    "id", "device", "reader", "at_utc", "kind", "how", "record", "step", "takes_back", "salt", "digest"
)  # fmt: skip


def act_of(values: Sequence[Any]) -> Act:
    """The act of these values, in the order of its fields; its hash is bytes, or hexadecimal.

    raises : one of UNFIT for what is no act
    """
    *before, hash_ = values
    act = Act(*[*before, _bytes(hash_)])
    if (
        not all(isinstance(one, str) and "\0" not in one for one in _texts(act))
        or type(act.number) is not int
        or any(one not in (0, 1, None) for one in _sight(act))
        or not isinstance(act.payload, str | None)
    ):
        raise ValueError("no act")
    return act


def known_of(values: Sequence[Any]) -> Known:
    """The device of these values; hash and signature are bytes, or hexadecimal.

    raises : one of UNFIT for what is no device
    """
    known = Known._make([*values[:7], _bytes(values[7]), values[8], _bytes(values[9])])
    texts, numbers = [*known[:5], known.signed_by], known[5:7]
    if not all(isinstance(one, str) for one in texts) or any(type(one) is not int for one in numbers):
        raise ValueError("no device")
    return known


def _bytes(value: Any) -> bytes:
    return bytes.fromhex(value) if isinstance(value, str) else bytes(memoryview(value))
