-- {kind}: temporary or nothing; {table}: name; {type}: the key column's type without length or
-- collation: v21.2 cannot COPY into a collated column. The primary key makes a range of ord one short scan.
create {kind} table {table} (ord int8 primary key, id {type} not null)
