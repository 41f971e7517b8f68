-- Version 1 of a team's server: the acts of all, as each device has chained them. Run by the owner of the database
-- (cessl team-server URL). Nobody can change or delete an act through the roles below; a lead can have payloads erased.

CREATE SCHEMA cessl;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cessl_reader') THEN CREATE ROLE cessl_reader NOLOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cessl_lead') THEN
        CREATE ROLE cessl_lead NOLOGIN IN ROLE cessl_reader;
    END IF;
END
$$;

-- version: of this schema. patient_secret: the fingerprint of the secret that hides patients, from which it cannot be told.
CREATE TABLE cessl.team (
    key text PRIMARY KEY,
    value text NOT NULL CHECK (length(value) <= 10000)
);
INSERT INTO cessl.team VALUES ('version', '1');

CREATE TABLE cessl.devices (
    id text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    key text NOT NULL CHECK (length(key) <= 64),
    nonce text NOT NULL CHECK (length(nonce) <= 64),
    name text NOT NULL CHECK (length(name) <= 200),
    since_utc text NOT NULL CHECK (length(since_utc) <= 40),
    from_version integer NOT NULL
);

-- The columns of the table acts of a project. pushed_by, pushed_at: who brought it here, and when.
CREATE TABLE cessl.acts (
    id text NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64),
    device text NOT NULL REFERENCES cessl.devices (id),
    number bigint NOT NULL CHECK (number > 0),
    reader text NOT NULL CHECK (length(reader) <= 1000),
    at_utc text NOT NULL CHECK (length(at_utc) <= 40),
    kind text NOT NULL CHECK (length(kind) <= 64),
    how text NOT NULL CHECK (length(how) <= 64),
    record text NOT NULL CHECK (length(record) <= 200),
    step text NOT NULL CHECK (length(step) <= 64),
    takes_back text NOT NULL CHECK (length(takes_back) <= 64),
    prediction_visible smallint,
    file_visible smallint,
    measurements_visible smallint,
    payload text CHECK (length(payload) <= 1000000),
    salt text NOT NULL CHECK (length(salt) <= 64),
    digest text NOT NULL CHECK (length(digest) <= 64),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    pushed_by text NOT NULL DEFAULT session_user,
    pushed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (device, number)
);
CREATE INDEX acts_by_record ON cessl.acts (record);
CREATE INDEX acts_removing ON cessl.acts (id) WHERE kind = 'removal';

-- The signed head of each device, as far as its acts are here.
CREATE TABLE cessl.heads (
    device text PRIMARY KEY REFERENCES cessl.devices (id),
    number bigint NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    signed_by text NOT NULL CHECK (length(signed_by) <= 64),
    signature bytea NOT NULL CHECK (length(signature) <= 64)
);

-- What is known of each recording, a JSON object without its path, and the contents by which others find their own copy.
-- place: they are added one transaction after the other, so that whoever has seen up to a place has seen all before it.
CREATE TABLE cessl.recordings (
    digest text PRIMARY KEY CHECK (length(digest) = 64),
    place bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    contents text[] NOT NULL CHECK (cardinality(contents) BETWEEN 1 AND 1000),
    facts text NOT NULL CHECK (length(facts) <= 1000000)
);

-- Chains have no gaps, and an act that is here already is not written again.
CREATE FUNCTION cessl.chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last bigint;
BEGIN
    SELECT max(number) INTO last FROM cessl.acts WHERE device = NEW.device;
    last := coalesce(last, 0);
    IF NEW.number <= last THEN
        IF NOT EXISTS (SELECT FROM cessl.acts WHERE device = NEW.device AND number = NEW.number AND hash = NEW.hash) THEN
            RAISE EXCEPTION 'act % of device % is here already and is another one', NEW.number, NEW.device
                USING ERRCODE = 'CE001';
        END IF;
        RETURN NULL;
    END IF;
    IF NEW.number <> last + 1 THEN
        RAISE EXCEPTION 'act % of device % would leave a gap after %', NEW.number, NEW.device, last
            USING ERRCODE = 'CE002';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER acts_chain BEFORE INSERT ON cessl.acts FOR EACH ROW EXECUTE FUNCTION cessl.chain();

-- A head is of an act that is here, and goes forward only.
CREATE FUNCTION cessl.put_head(device_ text, number_ bigint, hash_ bytea, signed_by_ text, signature_ bytea)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    INSERT INTO cessl.heads
    SELECT device_, number_, hash_, signed_by_, signature_
    WHERE EXISTS (SELECT FROM cessl.acts WHERE device = device_ AND number = number_ AND hash = hash_)
    ON CONFLICT (device) DO UPDATE
    SET number = excluded.number, hash = excluded.hash, signed_by = excluded.signed_by, signature = excluded.signature
    WHERE cessl.heads.number < excluded.number
$$;

-- Erase the payloads and facts of all recordings that a removal names; their digests stay, so that chains can be checked.
CREATE FUNCTION cessl.erase_removed() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
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
    RETURN erased;
END
$$;

REVOKE ALL ON FUNCTION cessl.erase_removed() FROM PUBLIC;
REVOKE ALL ON FUNCTION cessl.put_head(text, bigint, bytea, text, bytea) FROM PUBLIC;
GRANT USAGE ON SCHEMA cessl TO cessl_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA cessl TO cessl_reader;
GRANT INSERT ON cessl.devices TO cessl_reader;
GRANT INSERT (digest, contents, facts) ON cessl.recordings TO cessl_reader;
GRANT INSERT (
    id, device, number, reader, at_utc, kind, how, record, step, takes_back, prediction_visible, file_visible,
    measurements_visible, payload, salt, digest, hash
) ON cessl.acts TO cessl_reader;
GRANT EXECUTE ON FUNCTION cessl.put_head(text, bigint, bytea, text, bytea) TO cessl_reader;
GRANT EXECUTE ON FUNCTION cessl.erase_removed() TO cessl_lead;
GRANT INSERT ON cessl.team TO cessl_lead;
