-- Indexes that can walk a range of one column: $1::oid table, $2::smallint attribute number.
-- indpred is null for partial indexes in old versions, so the definition decides; 'prefix' is the ordinary
-- kind of index.
select ic.relname as index_name, i.indisprimary as is_primary
from pg_catalog.pg_index i
join pg_catalog.pg_class ic on ic.oid = i.indexrelid
left join pg_catalog.pg_am m on m.oid = ic.relam
where i.indrelid = $1::oid
  and split_part(i.indkey::text, ' ', 1) = $2::smallint::text
  and i.indisvalid
  and pg_get_indexdef(i.indexrelid) not like '% WHERE %'
  and coalesce(m.amname, 'prefix') in ('prefix', 'btree')
order by i.indisprimary desc, i.indisunique desc, ic.relname;
