SELECT at, state, source, detail
FROM command_step
WHERE command_id = %(id)s
ORDER BY at, array_position(
    ARRAY['requested', 'queued', 'sent', 'acknowledged', 'confirmed',
          'refused', 'failed', 'expired', 'cancelled'], state);
