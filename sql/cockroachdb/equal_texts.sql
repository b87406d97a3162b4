-- Two texts that a collation holds equal, the shortest, of all those of one or two of the characters $1::text[], or of one
-- and two of the marks $2::text[] behind it. {collation}: COLLATE ...
with one as (select unnest($1::text[]) as c), mark as (select unnest($2::text[]) as c),
     texts as (select c as t from one
               union all select a.c || b.c from one a, one b
               union all select a.c || m.c || n.c from one a, mark m, mark n)
select min(t), max(t) from texts group by t{collation} having count(*) > 1 order by length(min(t)), 1 limit 1
