-- Facts about a type alone, domains resolved: $1::oid type. The columns are those of column_facts.
with recursive chain as (
  select t.oid, t.typname, t.typnamespace, t.typtype, t.typbasetype, t.typcollation, 0 as depth
  from pg_catalog.pg_type t where t.oid = $1::oid
  union all
  select t.oid, t.typname, t.typnamespace, t.typtype, t.typbasetype, t.typcollation, c.depth + 1
  from chain c join pg_catalog.pg_type t on t.oid = c.typbasetype
  where c.typtype = 'd'
), base as (
  select * from chain order by depth desc limit 1
)
select pg_catalog.format_type(d.oid, null) as type_name,
       b.typname as base_name,
       bn.nspname = 'pg_catalog' as built_in,
       case when d.typcollation <> b.typcollation
            then pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(co.collname)
            else '' end as collation_name,
       coalesce((pg_catalog.to_jsonb(co) ->> 'collisdeterministic')::boolean, true) as is_deterministic,
       '' as table_name,
       '' as column_name,
       false as of_view
from chain d
cross join base b
join pg_catalog.pg_namespace bn on bn.oid = b.typnamespace
left join pg_catalog.pg_collation co on co.oid = d.typcollation
left join pg_catalog.pg_namespace cn on cn.oid = co.collnamespace
where d.depth = 0;
