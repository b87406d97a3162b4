-- What the backend $1 waits for, and who is in its way: a row for each, the oldest transaction first; pid 0 is a
-- prepared transaction. No row when it waits for no lock.
select w.what, b.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''), coalesce(a.state, ''),
       coalesce(to_char(a.xact_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), ''),
       coalesce(to_char(a.query_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), '')
from (select coalesce(relation::pg_catalog.regclass::text, locktype) as what
      from pg_catalog.pg_locks where pid = $1::int and not granted limit 1) w
cross join lateral (select distinct pid from unnest(pg_catalog.pg_blocking_pids($1::int)) as blocking (pid)) b
left join pg_catalog.pg_stat_activity a on a.pid = b.pid
order by a.xact_start nulls last, b.pid
