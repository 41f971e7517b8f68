-- What version 9 adds: what was measured of each record, so that it is there at once the second time.
-- version: of the code that measured; revision: how often the record had been revised. Others than today's do not count.
-- measured: JSON, see core/measurements.py.
-- label_events.measurements_visible: whether measured figures were in sight with a label; NULL: unknown, as before.

CREATE TABLE measurements (
    record_id TEXT PRIMARY KEY REFERENCES records (id),
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    measured TEXT NOT NULL
) STRICT;
CREATE INDEX record_revisions_by_record ON record_revisions (record_id);

ALTER TABLE label_events ADD COLUMN measurements_visible INTEGER;

DROP VIEW current_labels;
CREATE VIEW current_labels AS
SELECT record_id, code, state, reader, at_utc, prediction_visible, file_visible, measurements_visible, kind
FROM label_events AS e
WHERE reader <> 'header' AND seq = (
    SELECT MAX(seq) FROM label_events AS later
    WHERE later.record_id = e.record_id AND later.code = e.code AND later.reader <> 'header'
) AND state IS NOT NULL;
