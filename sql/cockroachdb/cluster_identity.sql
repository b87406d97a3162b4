-- Which cluster this is, whatever node answers.
select crdb_internal.cluster_id()::string
