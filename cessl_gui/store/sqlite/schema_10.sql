-- What version 10 adds: one log of acts in the place of the event tables, and the tables of what holds today.
-- acts: append-only; the hash of each is over itself and the one before it of the same device. A payload goes only by a
-- removal, and leaves its digest. Sight (prediction, file, measurements): 1 seen, 0 not, NULL unknown.
-- All other tables of this script follow from acts, and can be made anew from them.

-- key: Ed25519, public; '' where none could be kept. id: start of the digest of key and nonce.
-- from_version: of the project whose events were taken over; 0 for a device at which people act.
CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    nonce TEXT NOT NULL,
    name TEXT NOT NULL,
    since_utc TEXT NOT NULL,
    from_version INTEGER NOT NULL
) STRICT;

-- id: sorts by time. number: 1, 2, 3 of its device. record: a content of a record, '' for the project.
-- step: what one action did has one, of 26 characters where undo takes it back; '' where nothing does.
-- takes_back: the act that no longer holds. payload: canonical JSON, see store/state.py; NULL: erased, digest stays.
CREATE TABLE acts (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    device TEXT NOT NULL REFERENCES devices (id),
    number INTEGER NOT NULL,
    reader TEXT NOT NULL,
    at_utc TEXT NOT NULL,
    kind TEXT NOT NULL,
    how TEXT NOT NULL,
    record TEXT NOT NULL,
    step TEXT NOT NULL,
    takes_back TEXT NOT NULL,
    prediction_visible INTEGER,
    file_visible INTEGER,
    measurements_visible INTEGER,
    payload TEXT,
    salt TEXT NOT NULL,
    digest TEXT NOT NULL,
    hash BLOB NOT NULL,
    UNIQUE (device, number)
) STRICT;
CREATE INDEX acts_by_record ON acts (record, id);
CREATE INDEX acts_by_kind ON acts (kind, id) WHERE record = '' OR kind = 'removal';
CREATE INDEX acts_by_target ON acts (takes_back) WHERE takes_back <> '';
CREATE INDEX acts_by_step ON acts (reader, id) WHERE length(step) = 26;

-- The latest act of each device, signed by that device, or by the one that took the events over.
CREATE TABLE heads (
    device TEXT PRIMARY KEY REFERENCES devices (id),
    number INTEGER NOT NULL,
    hash BLOB NOT NULL,
    signed_by TEXT NOT NULL,
    signature BLOB NOT NULL
) STRICT;

-- Acts that do not hold: an act that holds takes them back.
CREATE TABLE taken_back (
    act TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- The latest act of each reader on each statement; state NULL: not assessed. shown: the latest of people.
CREATE TABLE labels (
    record_id TEXT NOT NULL REFERENCES records (id),
    code TEXT NOT NULL,
    reader TEXT NOT NULL,
    state TEXT CHECK (state IN ('present', 'absent', 'uncertain')),
    act TEXT NOT NULL,
    shown INTEGER NOT NULL,
    PRIMARY KEY (record_id, code, reader)
) STRICT, WITHOUT ROWID;

-- reading: where this reader has put the record in the queue, '' if nowhere. shown: the latest of all readers.
-- confirmed: of the confirmations that hold; revealed: asked to see the opinions; seen and what follows: for good.
CREATE TABLE readings (
    record_id TEXT NOT NULL REFERENCES records (id),
    reader TEXT NOT NULL,
    reading TEXT NOT NULL,
    act TEXT NOT NULL,
    shown INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    revealed INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    file_seen INTEGER NOT NULL,
    measurements_seen INTEGER NOT NULL,
    PRIMARY KEY (record_id, reader)
) STRICT, WITHOUT ROWID;

-- value_ms: from the R peak of the median beat; NULL: as the program measures it.
CREATE TABLE marks (
    record_id TEXT NOT NULL REFERENCES records (id),
    mark TEXT NOT NULL,
    reader TEXT NOT NULL,
    value_ms REAL,
    act TEXT NOT NULL,
    shown INTEGER NOT NULL,
    PRIMARY KEY (record_id, mark, reader)
) STRICT, WITHOUT ROWID;

-- lead and the rest NULL: removed. first: the act that set it first, by which calipers are in order.
CREATE TABLE calipers (
    record_id TEXT NOT NULL REFERENCES records (id),
    caliper TEXT NOT NULL,
    reader TEXT NOT NULL,
    lead TEXT,
    start_s REAL,
    end_s REAL,
    start_mv REAL,
    end_mv REAL,
    marched INTEGER,
    act TEXT NOT NULL,
    first TEXT NOT NULL,
    PRIMARY KEY (record_id, caliper, reader)
) STRICT, WITHOUT ROWID;

CREATE TABLE notes (
    record_id TEXT NOT NULL REFERENCES records (id),
    reader TEXT NOT NULL,
    note TEXT NOT NULL,
    act TEXT NOT NULL,
    PRIMARY KEY (record_id, reader)
) STRICT, WITHOUT ROWID;

-- active_act: the act that made it the one that predicts, '' if none did; the latest of them is.
CREATE TABLE model_states (
    model_id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    status_act TEXT NOT NULL,
    active_act TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Recordings whose data a reader has removed, by every content they were met with.
CREATE TABLE removed (
    content TEXT PRIMARY KEY,
    act TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER acts_stay BEFORE UPDATE ON acts
WHEN NOT (
    NEW.payload IS NULL AND OLD.payload IS NOT NULL AND NEW.salt = '' AND length(NEW.digest) = 64
    AND EXISTS (SELECT 1 FROM removed WHERE content = OLD.record)
    AND OLD.kind <> 'removal'
    AND NEW.seq = OLD.seq AND NEW.id = OLD.id AND NEW.device = OLD.device AND NEW.number = OLD.number
    AND NEW.reader = OLD.reader AND NEW.at_utc = OLD.at_utc AND NEW.kind = OLD.kind AND NEW.how = OLD.how
    AND NEW.record = OLD.record AND NEW.step = OLD.step AND NEW.takes_back = OLD.takes_back
    AND NEW.prediction_visible IS OLD.prediction_visible AND NEW.file_visible IS OLD.file_visible
    AND NEW.measurements_visible IS OLD.measurements_visible AND NEW.hash = OLD.hash
)
BEGIN SELECT RAISE(ABORT, 'acts are never changed'); END;
CREATE TRIGGER acts_are_kept BEFORE DELETE ON acts
BEGIN SELECT RAISE(ABORT, 'acts are never deleted'); END;
CREATE TRIGGER devices_stay BEFORE UPDATE ON devices
BEGIN SELECT RAISE(ABORT, 'devices are never changed'); END;
CREATE TRIGGER devices_are_kept BEFORE DELETE ON devices
BEGIN SELECT RAISE(ABORT, 'devices are never deleted'); END;
