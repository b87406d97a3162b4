-- The least a role needs to run firmquery against CockroachDB. Run as an administrator, database by database.
-- Replace: app (the database), app.public.firm (each table the query reads), firmquery_reader (the role).
--
-- Which part is needed depends on the strategy:
--   array, in-list   part 1
--   temp-table       part 1 and part 2 (old versions ask for CREATE on the database, see below)
--   staging-table    part 1 and part 2

-- Part 1: read. Nothing else is needed for --strategy array.
create role if not exists firmquery_reader with login;
grant select on table app.public.firm to firmquery_reader;

-- Part 2: a place for the list. v21.2 asks for CREATE on the database also for the first temporary table of a
-- session, because it makes the session's schema; versions that do not ask for it need this for staging-table only.
-- A database of its own for the lists is not enough: a temporary table lives in the session's current database.
grant create on database app to firmquery_reader;

-- From v22.1 on a staging table is made in the schema public, which may need its own grant:
-- grant usage, create on schema app.public to firmquery_reader;

-- Settings of the role, so that no job file can forget them. Each is optional: the program sets its own sessions up.
-- (ALTER ROLE ... SET exists from v21.2 on; a setting that a version does not have is refused by name.)
alter role firmquery_reader set experimental_enable_temp_tables = 'on';
alter role firmquery_reader set default_transaction_use_follower_reads = 'off';
-- alter role firmquery_reader set default_transaction_quality_of_service = 'background';  -- v22.1 and later

-- What to expect:
-- show grants for firmquery_reader;
-- Take it back with:
-- revoke create on database app from firmquery_reader;
-- revoke select on table app.public.firm from firmquery_reader;
-- drop role firmquery_reader;
