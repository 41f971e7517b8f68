"""What a test sees of the list in the Worklist room."""

from PySide6.QtCore import Qt

from cessl_gui.ui.worklist.columns import OFFSET, section_of


def names(view):
    return [view.table.index(place, OFFSET).data() for place in range(view.table.rowCount())]


def cell(view, record_id, column, role=Qt.ItemDataRole.DisplayRole):
    return view.table.index(view.table.row_of(record_id), section_of(column)).data(role)


def sort(view, column, descending=False):
    view.table.sort_by(column, descending)
