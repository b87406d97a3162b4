-- Stands for {IDS}, as lookup_range_of_ids does for the placeholder: ord as in {table}.
(select list.ord + {low} - 1 as ord, list.id{collation} as id from unnest(array(select unnest(id::{type}[]) from {table} where ord between {low} and {high} order by ord)) with ordinality as list (id, ord))
