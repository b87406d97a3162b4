-- How many rows a table had when it was last analysed: $1 schema, $2 name; negative or 0: never.
select c.reltuples::bigint
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1::text and c.relname = $2::text
