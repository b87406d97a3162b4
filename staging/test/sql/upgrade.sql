-- from 1.0 with runs in its tables to 1.1
drop extension firm_staging;
create extension firm_staging version '1.0';
insert into firmquery.run (run_id, status, started_at, key_name, id_type, lines, blank, header, rejected, duplicates,
  unique_ids, found, missing, result_rows, input_digest, found_digest, missing_digest, report, manifest)
values ('r1', 'complete', '2026-01-01', 'id', 'int', 1, 0, 0, 0, 0, 1, 0, 1, 0, 'dbd6a1e71414294c06eed105b82285fa',
  '00000000000000000000000000000000', 'dbd6a1e71414294c06eed105b82285fa', '{}', '{}');
insert into firmquery.missing values ('r1', '7');
select to_regclass('firmquery.missing_streak') is null as without_views;
alter extension firm_staging update to '1.1';
select extversion from pg_extension where extname = 'firm_staging';
select id, runs from firmquery.missing_streak;
select firm_digest_subtract(input_digest, missing_digest) = found_digest as proof from firmquery.run;
-- no way back, and no other version
alter extension firm_staging update to '1.0';
-- the functions in a schema of their own; the tables stay where they are
drop extension firm_staging;
create schema tools;
create extension firm_staging schema tools;
select tools.firm_id_clean('007', 'int'), to_regclass('firmquery.run') is not null as tables;
drop extension firm_staging;
select to_regnamespace('firmquery') is null as gone;
create extension firm_staging;
