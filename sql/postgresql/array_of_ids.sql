-- Stands inside IN (...). $1: array of IDs; {type} as in create_ids_table.
select unnest($1::{type}[])
