-- The collation of an expression, where that is one under which different bytes are equal. The probe is a query with
-- the expression as its only column; no row of it is read.
select operand.collation_name
from (select pg_catalog.pg_collation_for((select probe.* from (
{probe}
) as probe limit 0)) collate "C" as collation_name) as operand
join pg_catalog.pg_collation c on true
join pg_catalog.pg_namespace n on n.oid = c.collnamespace
where not coalesce((pg_catalog.to_jsonb(c) ->> 'collisdeterministic')::boolean, true)
  and operand.collation_name =
      case when pg_catalog.pg_collation_is_visible(c.oid) then '' else pg_catalog.quote_ident(n.nspname) || '.' end
      || pg_catalog.quote_ident(c.collname);
