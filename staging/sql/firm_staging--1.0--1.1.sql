-- What changed between runs of a job.
\echo Use "ALTER EXTENSION firm_staging UPDATE TO '1.1'" to load this file. \quit

create function firm_digest_subtract(a text, b text) returns text
  as 'MODULE_PATHNAME' language c immutable strict parallel safe;
comment on function firm_digest_subtract(text, text) is
  'digest of what is left of a set without a part of it: digest(found) = firm_digest_subtract(digest(unique), digest(missing))';

-- Only complete runs are compared: an ID that a partial run did not resolve is neither missing nor found.
create view firmquery.run_history as
  select run_id, job, started_at,
    lag(run_id) over (partition by job order by started_at, run_id) as previous_run_id,
    row_number() over (partition by job order by started_at desc, run_id desc) as runs_ago
  from firmquery.run
  where status = 'complete';
comment on view firmquery.run_history is
  'the complete runs of each job in order, each with the run before it; runs_ago is 1 for the latest';

create view firmquery.newly_missing as
  select h.job, h.run_id, h.started_at, m.id,
    exists (select from firmquery.result r where r.run_id = h.previous_run_id and r.id = m.id) as was_found
  from firmquery.run_history h
  join firmquery.missing m on m.run_id = h.run_id
  where h.previous_run_id is not null
    and not exists (select from firmquery.missing p where p.run_id = h.previous_run_id and p.id = m.id);
comment on view firmquery.newly_missing is
  'IDs that are missing in a run and were not in the run of the job before it; was_found: that run had rows for the ID (otherwise it was not asked for)';

create view firmquery.recovered as
  select h.job, h.run_id, h.started_at, p.id
  from firmquery.run_history h
  join firmquery.missing p on p.run_id = h.previous_run_id
  where exists (select from firmquery.result r where r.run_id = h.run_id and r.id = p.id);
comment on view firmquery.recovered is
  'IDs that were missing in the run of the job before and have rows in this one';

create view firmquery.missing_streak as
  select job, id, count(*) as runs, min(started_at) as since
  from (
    select h.job, m.id, h.started_at, h.runs_ago,
      row_number() over (partition by h.job, m.id order by h.runs_ago) as times
    from firmquery.run_history h
    join firmquery.missing m on m.run_id = h.run_id
  ) missed
  where runs_ago = times
  group by job, id;
comment on view firmquery.missing_streak is
  'for each ID that is missing in the latest run of its job: in how many runs without a break, and since when; "where runs >= 3" is missing for 3 runs';
