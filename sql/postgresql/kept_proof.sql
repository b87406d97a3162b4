-- What the tables hold of a run, to compare with its report: counts, and the digests of missing and found IDs.
select (select count(*) from firmquery.rejected where run_id = $1),
  (select count(*) from firmquery.result where run_id = $1), m.ids, m.digest, f.ids, f.digest
from (select count(*) as ids, {schema}.firm_digest(id) as digest from firmquery.missing where run_id = $1) m,
  (select count(*) as ids, {schema}.firm_digest(id) as digest
   from (select distinct id from firmquery.result where run_id = $1) found) f
