-- Indexes that can walk a range of one column: $1::oid table, $2::smallint attribute number.
-- B-trees, valid, for all rows, led by the column in the column's own order: a *_pattern_ops index or one
-- under another collation is ordered differently and cannot serve BETWEEN.
select ic.relname as index_name, i.indisprimary as is_primary
from pg_catalog.pg_index i
join pg_catalog.pg_class ic on ic.oid = i.indexrelid
join pg_catalog.pg_am m on m.oid = ic.relam
join pg_catalog.pg_opclass o on o.oid = i.indclass[0]
join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
where i.indrelid = $1::oid
  and i.indkey[0] = $2::smallint
  and i.indisvalid
  and i.indpred is null
  and m.amname = 'btree'
  and o.opcname not like '%pattern\_ops'
  and i.indcollation[0] = a.attcollation
order by i.indisprimary desc, i.indisunique desc, ic.relname;
