-- Keys of the orders that a plan has given for one night.
SELECT idempotency_key FROM command
WHERE person = %(person)s AND starts_with(idempotency_key, %(night)s);
