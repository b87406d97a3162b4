-- Facts about one column, domains resolved: $1::oid table, $2::smallint attribute number.
-- collisdeterministic is read through JSON because servers before version 12 do not have it.
with recursive chain as (
  select t.oid, t.typname, t.typnamespace, t.typtype, t.typbasetype, t.typtypmod, t.typcollation, 0 as depth
  from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
  where a.attrelid = $1::oid and a.attnum = $2::smallint and not a.attisdropped
  union all
  select t.oid, t.typname, t.typnamespace, t.typtype, t.typbasetype, t.typtypmod, t.typcollation, c.depth + 1
  from chain c join pg_catalog.pg_type t on t.oid = c.typbasetype
  where c.typtype = 'd'
), base as (
  select * from chain order by depth desc limit 1
)
select pg_catalog.format_type(a.atttypid, a.atttypmod) as type_name,
       b.typname as base_name,
       bn.nspname = 'pg_catalog' as built_in,
       case when a.attcollation <> 0 and a.attcollation <> b.typcollation
            then pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(co.collname)
            else '' end as collation_name,
       coalesce((pg_catalog.to_jsonb(co) ->> 'collisdeterministic')::boolean, true) as is_deterministic,
       pg_catalog.quote_ident(rn.nspname) || '.' || pg_catalog.quote_ident(r.relname) as table_name,
       pg_catalog.quote_ident(a.attname) as column_name,
       r.relkind = 'v' as of_view
from pg_catalog.pg_attribute a
join pg_catalog.pg_class r on r.oid = a.attrelid
join pg_catalog.pg_namespace rn on rn.oid = r.relnamespace
cross join base b
join pg_catalog.pg_namespace bn on bn.oid = b.typnamespace
left join pg_catalog.pg_collation co on co.oid = a.attcollation
left join pg_catalog.pg_namespace cn on cn.oid = co.collnamespace
where a.attrelid = $1::oid and a.attnum = $2::smallint and not a.attisdropped;
