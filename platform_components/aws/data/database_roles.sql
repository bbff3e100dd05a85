-- The roles of a database, run by its master user with psql:
--
--     psql -X -v ON_ERROR_STOP=1 -v owner=... -v runtime=... -v move=true -f database_roles.sql
--
-- The owner runs migrations and owns the schema. The runtime user reads and writes what the owner creates. Both
-- log in with IAM tokens only. Running it again changes nothing, so that it repairs a restored database.
--
-- RDS rejects the password of a member of rds_iam, also of an indirect one
-- (github.com/hashicorp/terraform-provider-postgresql/issues/120). Therefore the master user inherits the privileges
-- of the owner only inside the transaction. Since PostgreSQL 16 it is also a member, with the ADMIN option only, of
-- the roles that it created, and can't change this: from the moment in which they are members of rds_iam, it logs in
-- with IAM tokens only, too (github.com/movetokube/postgres-operator/issues/315).
--
-- With move=false, for an application that still logs in as the master user with its password, nobody can log in
-- as one of the roles. The objects of the master user stay its own, and the runtime user gets access to them and
-- to those that it creates later. After move=true, move=false makes the password valid again.

\set QUIET on
\pset tuples_only on
BEGIN;
-- Changing the owner of a table waits for its transactions, and new ones wait behind it. Then rather try again.
SET LOCAL lock_timeout = '10s';
SET LOCAL client_min_messages = warning;

-- Roles. The names of roles are valid in all databases of the instance.
SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY[:'owner', :'runtime']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec
SELECT format(CASE WHEN :'move'::boolean THEN 'GRANT rds_iam TO %I' ELSE 'REVOKE rds_iam FROM %I' END, name)
FROM unnest(ARRAY[:'owner', :'runtime']) AS name
WHERE pg_has_role(name, 'rds_iam', 'MEMBER') <> :'move'::boolean
\gexec

-- The database: no privileges for others. CREATE allows schemas and trusted extensions.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()),
       format('GRANT CONNECT, TEMPORARY, CREATE ON DATABASE %I TO %I', current_database(), :'owner'),
       format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), :'runtime')
\gexec

-- What the master user owns: all that an application created when it still logged in as the master user.
-- Members of extensions stay with their extension, and a table brings its indexes, its type and the sequences
-- of its columns.
CREATE TEMPORARY TABLE moved ON COMMIT DROP AS
SELECT class, kind, name
FROM (
    SELECT 'pg_namespace'::regclass AS class, oid, 'SCHEMA' AS kind, format('%I', nspname) AS name,
           oid AS namespace, nspowner AS owner
    FROM pg_namespace
    UNION ALL
    SELECT 'pg_class'::regclass, oid, CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, oid::regclass::text,
           relnamespace, relowner
    FROM pg_class
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND NOT EXISTS (
          SELECT FROM pg_depend
          WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype IN ('a', 'i')
            AND relkind = 'S' AND refclassid = 'pg_class'::regclass
      )
    UNION ALL
    SELECT 'pg_proc'::regclass, oid, 'ROUTINE', oid::regprocedure::text, pronamespace, proowner
    FROM pg_proc
    UNION ALL
    SELECT 'pg_type'::regclass, oid, 'TYPE', oid::regtype::text, typnamespace, typowner
    FROM pg_type
    WHERE typtype IN ('d', 'e', 'r')
       OR typtype = 'c' AND EXISTS (SELECT FROM pg_class WHERE pg_class.oid = typrelid AND relkind = 'c')
) AS object
WHERE owner = quote_ident(current_user)::regrole
  AND NOT EXISTS (
      SELECT FROM pg_namespace
      WHERE pg_namespace.oid = namespace AND (nspname = 'information_schema' OR nspname LIKE 'pg\_%')
  )
  AND NOT EXISTS (
      SELECT FROM pg_depend
      WHERE classid = class AND objid = object.oid AND deptype = 'e'
  );

-- The schema public: of the master user's database in PostgreSQL 15 and later.
SELECT nspowner = quote_ident(:'owner')::regrole AS is_owners, pg_has_role(nspowner, 'USAGE') AS is_masters
FROM pg_namespace WHERE nspname = 'public'
UNION ALL SELECT true, false
LIMIT 1
\gset public_
-- One row in pg_default_acl for each kind of object with default privileges.
SELECT count(*) >= 4 AS granted FROM pg_default_acl
WHERE defaclrole = quote_ident(:'owner')::regrole AND defaclnamespace = 0 AND defaclobjtype IN ('r', 'S', 'f', 'n')
  AND defaclacl::text LIKE '%' || :'runtime' || '%'
\gset defaults_
SELECT count(*) > 0 AS any FROM moved
\gset moved_

SELECT NOT :'defaults_granted'::boolean OR NOT :'move'::boolean OR :'moved_any'::boolean
       OR (NOT :'public_is_owners'::boolean AND :'public_is_masters'::boolean) AS needed,
       NOT :'public_is_owners'::boolean AND :'public_is_masters'::boolean AS public,
       NOT :'public_is_owners'::boolean AND NOT :'public_is_masters'::boolean AS foreign
\gset membership_
\if :membership_foreign
    \warn The schema public belongs to neither the master user nor the owner: its privileges stay as they are.
\endif
\if :membership_needed
    GRANT :"owner" TO CURRENT_USER;

    \if :membership_public
        \if :move
            ALTER SCHEMA public OWNER TO :"owner";
        \else
            GRANT USAGE, CREATE ON SCHEMA public TO :"owner";
        \endif
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
        GRANT USAGE ON SCHEMA public TO :"runtime";
    \endif

    -- What the owner creates from now on.
    ALTER DEFAULT PRIVILEGES FOR ROLE :"owner"
        GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"runtime";
    ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" GRANT USAGE, SELECT ON SEQUENCES TO :"runtime";
    ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" GRANT EXECUTE ON ROUTINES TO :"runtime";
    ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" GRANT USAGE ON SCHEMAS TO :"runtime";
    \if :move
    \else
        ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"runtime";
        ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO :"runtime";
        ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON ROUTINES TO :"runtime";
        ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO :"runtime";
    \endif

    -- Schemas first: the owner of an object needs CREATE on its schema. The master user keeps the privileges of
    -- the runtime user, because pods of the previous version are still logged in as the master user.
    SELECT CASE WHEN :'move'::boolean THEN format('ALTER %s %s OWNER TO %I', kind, name, :'owner') END,
           format('GRANT %s ON %s %s TO %I, %I', privileges, kind, name, :'runtime', current_user)
    FROM moved JOIN (VALUES ('SCHEMA', 1, 'USAGE'), ('TABLE', 2, 'SELECT, INSERT, UPDATE, DELETE'),
                            ('SEQUENCE', 2, 'USAGE, SELECT'), ('ROUTINE', 2, 'EXECUTE'), ('TYPE', 2, 'USAGE'))
                    AS granted (granted_kind, position, privileges) ON granted_kind = kind
    ORDER BY position, name
    \gexec
    -- The sequences of columns have moved with their tables, without the privileges.
    SELECT format('GRANT USAGE, SELECT ON SEQUENCE %s TO %I, %I', pg_class.oid::regclass, :'runtime', current_user)
    FROM pg_class
    JOIN pg_depend ON classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype IN ('a', 'i')
    JOIN moved ON refclassid = 'pg_class'::regclass AND kind = 'TABLE' AND refobjid = name::regclass
    WHERE relkind = 'S'
    \gexec

    REVOKE :"owner" FROM CURRENT_USER;
\endif
COMMIT;
\echo The roles of the database are ready.
