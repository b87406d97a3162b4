-- Stands inside IN (...). {low}, {high}: first and last ord of the range.
select id from {table} where ord between {low} and {high}
