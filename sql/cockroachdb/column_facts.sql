-- Facts about one column: $1::oid table, $2::smallint attribute number. No domains; order is always bytewise
-- or by a collation that is part of the type, and always deterministic. A role without rights on the database
-- sees no row of pg_namespace, so nothing may depend on one; types made by users have OIDs from 100000 on.
select format_type(a.atttypid, a.atttypmod) as type_name,
       t.typname as base_name,
       t.oid < 100000 as built_in,
       case when co.collname is not null and co.collname <> 'default'
            then quote_ident(co.collname) else '' end as collation_name,
       true as is_deterministic,
       coalesce(quote_ident(rn.nspname) || '.', '') || quote_ident(r.relname) as table_name,
       quote_ident(a.attname) as column_name
from pg_catalog.pg_attribute a
join pg_catalog.pg_class r on r.oid = a.attrelid
left join pg_catalog.pg_namespace rn on rn.oid = r.relnamespace
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_collation co on co.oid = a.attcollation
where a.attrelid = $1::oid and a.attnum = $2::smallint;
