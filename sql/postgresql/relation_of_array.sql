-- Stands for {IDS}. $1: array of IDs; {type} as in create_ids_table.
(select list.ord, list.id from unnest($1::{type}[]) with ordinality as list (id, ord))
