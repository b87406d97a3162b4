-- Stands for {IDS}. {rows}: as in rows_of_range.
(select ord, id from {rows})
