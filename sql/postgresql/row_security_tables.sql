-- The tables with row-level security among those that the statements of this transaction have touched.
select c.oid::pg_catalog.regclass::text
from pg_catalog.pg_class c
where c.relrowsecurity
  and c.oid in (select l.relation from pg_catalog.pg_locks l
                where l.pid = pg_catalog.pg_backend_pid() and l.locktype = 'relation'
                  and l.database = (select d.oid from pg_catalog.pg_database d
                                    where d.datname = pg_catalog.current_database()))
order by 1
