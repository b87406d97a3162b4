\pset null '<null>'
-- a run as "firmquery keep" loads it: `asked` are its IDs, `gone` those without a row
create function pg_temp.keep(name text, at timestamptz, asked text[], gone text[], status text default 'complete',
                             job text default 'default') returns void language sql as $$
  insert into firmquery.run (run_id, job, status, started_at, key_name, id_type, lines, blank, header, rejected,
    duplicates, unique_ids, found, missing, result_rows, input_digest, found_digest, missing_digest, report, manifest)
  select name, job, status, at, 'id', 'text', count(*), 0, 0, 0, 0, count(*), count(*) filter (where id <> all (gone)),
    count(*) filter (where id = any (gone)), count(*) filter (where id <> all (gone)), firm_digest(id),
    firm_digest(id) filter (where id <> all (gone)), firm_digest(id) filter (where id = any (gone)), '{}', '{}'
  from unnest(asked) id;
  insert into firmquery.missing select name, id from unnest(gone) id;
  insert into firmquery.result
  select name, row_number() over (), id, jsonb_build_object('id', id) from unnest(asked) id where id <> all (gone);
$$;
select pg_temp.keep('r1', '2026-01-01', '{a,b,c}', '{b,c}');
select pg_temp.keep('r2', '2026-01-02', '{a,b,c,d}', '{a,c,d}');
select pg_temp.keep('r3', '2026-01-03', '{a,b,c,d}', '{c}', 'partial');
select pg_temp.keep('r4', '2026-01-04', '{a,b,c}', '{a,b}');
select pg_temp.keep('other', '2026-01-05', '{a,b,c}', '{b}', job => 'other');
select * from firmquery.run_history order by job collate "C", runs_ago;
select job, run_id, id, was_found from firmquery.newly_missing order by job, run_id, id;
select job, run_id, id from firmquery.recovered order by job, run_id, id;
select job, id, runs, since at time zone 'UTC' as since from firmquery.missing_streak order by job, id;
-- a run that does not add up is refused, count by count
\set VERBOSITY terse
update firmquery.run set lines = lines + 1 where run_id = 'r1';
update firmquery.run set found = found + 1 where run_id = 'r1';
update firmquery.run set missing_digest = found_digest where run_id = 'r1';
update firmquery.run set input_digest = 'none' where run_id = 'r1';
\set VERBOSITY default
insert into firmquery.missing values ('no such run', 'a');
-- a run goes with all that belongs to it
delete from firmquery.run where job = 'default';
select (select count(*) from firmquery.missing) as missing, (select count(*) from firmquery.result) as result;
delete from firmquery.run;
-- all tables are dumped with their data
select count(*) as dumped from pg_extension, unnest(extconfig) where extname = 'firm_staging';
