-- Stands for {IDS}, as lookup_array_of_ids does for the placeholder.
(select list.ord, list.id{collation} as id from unnest(array(select unnest($1::{type}[]))) with ordinality as list (id, ord))
