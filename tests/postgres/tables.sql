DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tools') THEN
        CREATE ROLE tools LOGIN PASSWORD 'CANARY-7f3a9c-password';
        CREATE ROLE files LOGIN PASSWORD 'CANARY-7f3a9c-password';
        GRANT pg_read_server_files TO files;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

CREATE TABLE notes (id bigserial PRIMARY KEY, owner text NOT NULL, title text NOT NULL UNIQUE);
INSERT INTO notes (owner, title) VALUES ('ada', 'olives'), ('ada', '100% wool'), ('bob', 'bass');
-- It may write: what keeps it from writing is how it is opened.
GRANT ALL ON ALL TABLES IN SCHEMA public TO tools;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO tools;

-- What a statement of `sql!` cannot say, behind names that it can.
CREATE FUNCTION grow() RETURNS bigint LANGUAGE sql AS
    $$ INSERT INTO notes (owner, title) VALUES ('eve', 'grown') RETURNING id $$;
CREATE FUNCTION set_for(name text, value text, this_transaction boolean) RETURNS text LANGUAGE sql AS
    $$ SELECT set_config(name, value, this_transaction) $$;
CREATE FUNCTION get_of(name text) RETURNS text LANGUAGE sql AS $$ SELECT current_setting(name) $$;
CREATE FUNCTION nap(seconds float) RETURNS text LANGUAGE sql AS $$ SELECT pg_sleep(seconds)::text $$;
CREATE FUNCTION lock_it() RETURNS text LANGUAGE sql AS $$ SELECT pg_advisory_lock(7)::text $$;
CREATE FUNCTION passwords() RETURNS text LANGUAGE sql AS $$ SELECT pg_read_file('/etc/passwd') $$;
CREATE VIEW prepared AS SELECT name FROM pg_prepared_statements;
GRANT SELECT ON prepared TO tools;
