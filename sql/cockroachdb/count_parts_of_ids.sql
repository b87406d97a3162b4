-- How many IDs the parts hold that begin in a range. {type} as in lookup_range_of_ids.
select coalesce(sum(array_length(id::{type}[], 1)), 0) from {table} where ord between {low} and {high}
