-- The least a role needs to run firmquery against CockroachDB, in every version from v21.2 on. Run as an administrator,
-- database by database. Replace: app (the database), app.public.firm (each table the query reads), firmquery_reader
-- (the role).
--
-- Which part is needed depends on the strategy:
--   array, in-list              part 1
--   temp-table, staging-table   part 1 and part 2
-- From v22.1 on there are also the grants and settings of role_and_grants_v22_1.sql.

-- Part 1: read. Nothing else is needed for --strategy array.
create role if not exists firmquery_reader with login;
grant select on table app.public.firm to firmquery_reader;

-- Part 2: a place for the list. v21.2 asks for CREATE on the database also for the first temporary table of a
-- session, because it makes the session's schema; versions that do not ask for it need this for staging-table only.
-- A database of its own for the lists is not enough: a temporary table lives in the session's current database.
grant create on database app to firmquery_reader;

-- What to expect:
-- show grants for firmquery_reader;
-- Take it back with:
-- revoke create on database app from firmquery_reader;
-- revoke select on table app.public.firm from firmquery_reader;
-- drop role firmquery_reader;
