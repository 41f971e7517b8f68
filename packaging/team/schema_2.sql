-- Version 2: what members may choose to send as well, adopted models and signals, in parts of at most 1 MB.

-- digest: SHA-256 of all parts, one after the other. kind, of: a model and its version's id, or a signal and the content
-- of its recording. A file is whole when as many parts are here as its size asks for; whoever fetches it checks the digest.
CREATE TABLE cessl.files (
    digest text PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
    kind text NOT NULL CHECK (kind IN ('model', 'signal')),
    of text NOT NULL CHECK (length(of) BETWEEN 1 AND 200),
    size bigint NOT NULL CHECK (size BETWEEN 1 AND 536870912),
    pushed_by text NOT NULL DEFAULT session_user,
    pushed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX files_of ON cessl.files (of);

CREATE TABLE cessl.parts (
    digest text NOT NULL REFERENCES cessl.files (digest) ON DELETE CASCADE,
    number integer NOT NULL CHECK (number BETWEEN 0 AND 511),
    content bytea NOT NULL CHECK (length(content) BETWEEN 1 AND 1048576),
    PRIMARY KEY (digest, number)
);
ALTER TABLE cessl.parts ALTER COLUMN content SET STORAGE EXTERNAL; -- they are compressed already

CREATE VIEW cessl.whole_files AS
SELECT digest, kind, of, size FROM cessl.files AS f
WHERE (SELECT count(*) FROM cessl.parts AS p WHERE p.digest = f.digest) = (size + 1048575) / 1048576;

-- As in version 1, and the signals of removed recordings; also what nobody has finished sending for a month.
CREATE OR REPLACE FUNCTION cessl.erase_removed() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    erased bigint;
    gone text[] := ARRAY(
        SELECT DISTINCT pg_catalog.jsonb_array_elements_text(payload::pg_catalog.jsonb -> 'contents')
        FROM cessl.acts WHERE kind = 'removal' AND payload IS NOT NULL
    );
BEGIN
    UPDATE cessl.acts
    SET payload = NULL, salt = '',
        digest = pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(salt || ' ' || payload, 'UTF8')), 'hex')
    WHERE kind <> 'removal' AND payload IS NOT NULL AND record = ANY (gone);
    GET DIAGNOSTICS erased = ROW_COUNT;
    DELETE FROM cessl.recordings WHERE contents && gone;
    DELETE FROM cessl.files WHERE kind = 'signal' AND of = ANY (gone);
    DELETE FROM cessl.files AS f WHERE pushed_at < pg_catalog.now() - interval '30 days'
        AND NOT EXISTS (SELECT FROM cessl.whole_files AS w WHERE w.digest = f.digest);
    RETURN erased;
END
$$;

GRANT SELECT ON cessl.files, cessl.parts, cessl.whole_files TO cessl_reader;
GRANT INSERT (digest, kind, of, size) ON cessl.files TO cessl_reader;
GRANT INSERT ON cessl.parts TO cessl_reader;
