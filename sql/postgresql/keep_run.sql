-- The run itself. $1: job, $2: report.json, $3: manifest.json.
insert into firmquery.run (run_id, job, status, started_at, key_name, id_type, lines, blank, header, rejected, duplicates,
  unique_ids, found, missing, unresolved, result_rows, input_digest, found_digest, missing_digest, unresolved_digest,
  report, manifest)
select report->>'run_id', $1, report->>'status', (report->>'started_at')::timestamptz, report->>'key', report->>'id_type',
  (input->>'lines')::bigint, (input->>'blank')::bigint, (input->>'header')::bigint, (input->>'rejected')::bigint,
  (input->>'duplicates')::bigint, (input->>'unique')::bigint, (result->>'found')::bigint, (result->>'missing')::bigint,
  (result->>'unresolved')::bigint, (result->>'rows')::bigint, input->>'digest', result->>'found_digest',
  result->>'missing_digest', result->>'unresolved_digest', report, $3::jsonb
from (select $2::jsonb as report, $2::jsonb->'input' as input, $2::jsonb->'result' as result) run
