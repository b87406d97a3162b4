-- Ordinary tables of this role with a staging table's name, in the schema where such tables are made.
-- The pattern is a first sieve; the name is examined by the program.
select n.nspname, c.relname
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = current_schema()
  and c.relkind = 'r'
  and c.relpersistence = 'p'
  and pg_catalog.pg_get_userbyid(c.relowner) = current_user
  and c.relname like 'firmquery\_staging\_%'
order by c.relname
