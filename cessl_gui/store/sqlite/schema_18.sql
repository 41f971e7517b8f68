-- What version 18 adds: whose ids are written nearly alike. Patients of one bare spelling may be one patient; they are
-- held on one side of every split and never merged. Only of ids that are not written barely already.

CREATE TABLE patient_spellings (
    record_id TEXT PRIMARY KEY REFERENCES records (id),
    bare TEXT NOT NULL -- key of the id in small letters and digits alone, without leading zeros
) WITHOUT ROWID;
CREATE INDEX patient_spellings_by_bare ON patient_spellings (bare);
