-- Stands inside IN (...). {rows}: as in rows_of_range.
select id from {rows}
