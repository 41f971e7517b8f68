-- What version 11 adds: what was decided where readers differ, and beats and stretches marked on the page. Both follow
-- from acts, as the tables before them, and can be made anew.

-- state NULL: the decision was taken back. The readers' own words stay in labels.
CREATE TABLE adjudications (
    record_id TEXT NOT NULL REFERENCES records (id),
    code TEXT NOT NULL,
    state TEXT CHECK (state IN ('present', 'absent', 'uncertain')),
    act TEXT NOT NULL,
    PRIMARY KEY (record_id, code)
) STRICT, WITHOUT ROWID;

-- code and the rest NULL: removed. end_s NULL: a beat. lead: '' for all.
CREATE TABLE annotations (
    record_id TEXT NOT NULL REFERENCES records (id),
    annotation TEXT NOT NULL,
    reader TEXT NOT NULL,
    code TEXT,
    start_s REAL,
    end_s REAL,
    lead TEXT,
    act TEXT NOT NULL,
    PRIMARY KEY (record_id, annotation, reader)
) STRICT, WITHOUT ROWID;
