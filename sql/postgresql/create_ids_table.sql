-- {kind}: temporary or nothing; {table}: name; {type}: the key column's type without length; {collation}: "" or
-- COLLATE ... Indexed after the load.
create {kind} table {table} (ord integer not null, id {type} {collation} not null)
