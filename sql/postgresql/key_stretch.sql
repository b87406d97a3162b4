-- Some values of the key column in its order. {where}: where they begin, of keys.{column}; {order}: asc or desc. By its
-- bare name ORDER BY would mean the text.
(select keys.{column}::text from {table} as keys where {where} order by keys.{column} {order} limit {rows})
