-- What this session is allowed: one row; no parameters.
select current_setting('transaction_read_only') = 'on' as read_only;
