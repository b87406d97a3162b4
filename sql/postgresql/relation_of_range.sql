-- Stands for {IDS}. {low}, {high}: first and last ord of the range.
(select ord, id from {table} where ord between {low} and {high})
