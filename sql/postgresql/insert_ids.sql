-- For servers that refuse COPY. $1: array of ord, $2: array of id; {type} as in create_ids_table.
insert into {table} (ord, id) select unnest($1::bigint[]), unnest($2::{type}[])
