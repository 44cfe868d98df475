UPDATE watering_override SET undone_at = %(at)s WHERE id = %(id)s AND undone_at IS NULL
RETURNING id;
