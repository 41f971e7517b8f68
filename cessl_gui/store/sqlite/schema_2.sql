-- What version 2 adds: the marks a reader sets on a record's median beat, beside ours. Append-only like label_events.
-- value_ms: from the R peak of the median beat; NULL takes the reader's mark back. kind: set, undo, redo.

CREATE TABLE measurement_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    record_id TEXT NOT NULL REFERENCES records (id),
    mark TEXT NOT NULL,
    value_ms REAL,
    reader TEXT NOT NULL,
    at_utc TEXT NOT NULL,
    kind TEXT NOT NULL
) STRICT;
CREATE INDEX measurement_events_by_mark ON measurement_events (record_id, mark, seq);

-- The latest event of each mark.
CREATE VIEW current_marks AS
SELECT record_id, mark, value_ms, reader, at_utc FROM measurement_events AS e
WHERE seq = (
    SELECT MAX(seq) FROM measurement_events AS later WHERE later.record_id = e.record_id AND later.mark = e.mark
) AND value_ms IS NOT NULL;

CREATE TRIGGER measurement_events_stay BEFORE UPDATE ON measurement_events
BEGIN SELECT RAISE(ABORT, 'measurement events are never changed'); END;
CREATE TRIGGER measurement_events_are_kept BEFORE DELETE ON measurement_events
BEGIN SELECT RAISE(ABORT, 'measurement events are never deleted'); END;
