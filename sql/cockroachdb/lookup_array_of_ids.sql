-- Stands inside IN (...), as array_of_ids does. The planner counts a bound array's elements, and may read a table
-- without statistics, which it takes for small, as a whole; it expects ten rows of an array that a subquery makes.
select (unnest(array(select unnest($1::{type}[])))){collation}
