-- {kind}: temporary or nothing; {table}: name; {type}: the key column's type without length; {collation}: "" or
-- COLLATE ... The primary key makes a range of ord one short scan.
create {kind} table {table} (ord int8 primary key, id {type} {collation} not null)
