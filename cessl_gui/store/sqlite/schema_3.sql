-- What version 3 adds: the calipers a reader sets on a record's page. Append-only like label_events.
-- caliper: the same from its setting to its removal; lead and the rest NULL: removed. Seconds of the recording, mV.
-- marched: 1 where its interval is repeated over the page. kind: set, undo, redo.

CREATE TABLE caliper_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    record_id TEXT NOT NULL REFERENCES records (id),
    caliper TEXT NOT NULL,
    lead TEXT,
    start_s REAL,
    end_s REAL,
    start_mv REAL,
    end_mv REAL,
    marched INTEGER,
    reader TEXT NOT NULL,
    at_utc TEXT NOT NULL,
    kind TEXT NOT NULL
) STRICT;
CREATE INDEX caliper_events_by_record ON caliper_events (record_id, caliper, seq);

-- The latest event of each caliper that is not removed, in the order of their setting.
CREATE VIEW current_calipers AS
SELECT record_id, caliper, lead, start_s, end_s, start_mv, end_mv, marched, reader, at_utc FROM caliper_events AS e
WHERE lead IS NOT NULL AND seq = (
    SELECT MAX(seq) FROM caliper_events AS later WHERE later.record_id = e.record_id AND later.caliper = e.caliper
) ORDER BY (
    SELECT MIN(seq) FROM caliper_events AS first WHERE first.record_id = e.record_id AND first.caliper = e.caliper
);

CREATE TRIGGER caliper_events_stay BEFORE UPDATE ON caliper_events
BEGIN SELECT RAISE(ABORT, 'caliper events are never changed'); END;
CREATE TRIGGER caliper_events_are_kept BEFORE DELETE ON caliper_events
BEGIN SELECT RAISE(ABORT, 'caliper events are never deleted'); END;
