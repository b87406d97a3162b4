-- In addition to role_and_grants.sql, for v22.1 and later; v21.2 has neither. Replace the same names. Run as an
-- administrator.

-- A staging table is made in the schema public, which may need its own grant.
grant usage, create on schema app.public to firmquery_reader;

-- Settings of the role, so that no job file can forget them. Each is optional: the program sets its own sessions up.
alter role firmquery_reader set experimental_enable_temp_tables = 'on';
alter role firmquery_reader set default_transaction_use_follower_reads = 'off';
alter role firmquery_reader set default_transaction_quality_of_service = 'background';

-- Take it back with, before the rest:
-- revoke usage, create on schema app.public from firmquery_reader;
