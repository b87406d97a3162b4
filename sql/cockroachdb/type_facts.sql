-- Facts about a type alone: $1::oid type. The columns are those of column_facts.
select format_type(t.oid, null) as type_name,
       t.typname as base_name,
       t.oid < 100000 as built_in,
       '' as collation_name,
       true as is_deterministic,
       '' as table_name,
       '' as column_name,
       false as of_view
from pg_catalog.pg_type t
where t.oid = $1::oid;
