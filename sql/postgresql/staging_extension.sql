-- The schema of the extension's functions, and whether this version compares runs; no row when it is not there.
select n.nspname, to_regclass('firmquery.run_history') is not null
from pg_catalog.pg_extension e
join pg_catalog.pg_namespace n on n.oid = e.extnamespace
where e.extname = 'firm_staging'
