DELETE FROM batch_news WHERE batch <= %(before)s
