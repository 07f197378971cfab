
-- The official dumps hand everything to a role named postgres; so do these. Where that role is missing, they fail here.
DO $$
DECLARE
    space text;
    thing record;
BEGIN
    FOR space IN
        SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname IN ('auth', 'changes', 'dbo', 'edfi', 'tpdm', 'util')
    LOOP
        EXECUTE pg_catalog.format('ALTER SCHEMA %I OWNER TO postgres', space);
        FOR thing IN
            SELECT c.relname, c.relkind FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = space AND c.relkind IN ('r', 'v')
        LOOP
            EXECUTE pg_catalog.format('ALTER %s %I.%I OWNER TO postgres',
                CASE thing.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, space, thing.relname);
        END LOOP;
    END LOOP;
END $$;
ALTER TABLE public."DeployJournal" OWNER TO postgres;
