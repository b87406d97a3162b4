-- What has changed since the run of the job before.
select h.previous_run_id, (select count(*) from firmquery.newly_missing where run_id = h.run_id),
  (select count(*) from firmquery.recovered where run_id = h.run_id)
from firmquery.run_history h
where h.run_id = $1
