"""The table of records stays quick with 10,000 rows (in processor time: others may use the machine too)."""

import time
from dataclasses import replace

from PySide6.QtCore import Qt

from cessl_gui.core.types import Prediction
from cessl_gui.ui.worklist.record_table import PROBABILITY, RecordTable
from tests.ui.conftest import AF, ManyRecords


def test_sorting_10000_records_takes_under_50_ms(session):
    one = session.records()[0]
    infos = [replace(one, id=f"x{i}", name=f"ECG {i:05d}") for i in range(10_000)]
    predictions = {i.id: Prediction(i.id, "m1", {AF: (n * 7919 % 10_000) / 10_000}) for n, i in enumerate(infos)}
    table = RecordTable(ManyRecords(infos, predictions))
    table.code = AF
    took = []
    for order in (Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        begun = time.process_time()
        table.sort(PROBABILITY, order)
        took.append(time.process_time() - begun)
    p = [predictions[i].probabilities[AF] for i in table.ids]
    assert p == sorted(p, reverse=True)
    assert min(took) < 0.05
