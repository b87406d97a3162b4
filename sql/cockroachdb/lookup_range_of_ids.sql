-- Stands inside IN (...). {low}, {high}: first and last ord of the range, which is whole parts; each row holds a
-- part's IDs as the text of an array of {type}. The planner expects ten rows of any array that it cannot see, and so
-- looks each ID up in the user's index, with statistics or without. {collation}: of the key column, which arrays
-- cannot have; nothing or COLLATE ...
select (unnest(array(select unnest(id::{type}[]) from {table} where ord between {low} and {high}))){collation}
