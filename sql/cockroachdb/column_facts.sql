-- Facts about one column: $1::oid table, $2::smallint attribute number. No domains; order is always bytewise
-- or by a collation that is part of the type, and always deterministic. A role without rights on the database
-- sees no row of pg_namespace, so nothing may depend on one; types made by users have OIDs from 100000 on.
-- pg_collation spells the locale in another way than the column does, under another OID.
select format_type(a.atttypid, a.atttypmod) as type_name,
       t.typname as base_name,
       t.oid < 100000 as built_in,
       coalesce(quote_ident(ic.collation_name), '') as collation_name,
       true as is_deterministic,
       coalesce(quote_ident(rn.nspname) || '.', '') || quote_ident(r.relname) as table_name,
       quote_ident(a.attname) as column_name,
       r.relkind = 'v' as of_view
from pg_catalog.pg_attribute a
join pg_catalog.pg_class r on r.oid = a.attrelid
left join pg_catalog.pg_namespace rn on rn.oid = r.relnamespace
join pg_catalog.pg_type t on t.oid = a.atttypid
left join information_schema.columns ic
  on ic.table_schema = rn.nspname and ic.table_name = r.relname and ic.column_name = a.attname
where a.attrelid = $1::oid and a.attnum = $2::smallint;
