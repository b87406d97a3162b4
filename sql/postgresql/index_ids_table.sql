-- After the load: the rows come in order, so building it is one pass.
create unique index on {table} (ord)
