UPDATE dataset SET report = %(report)s WHERE id = %(dataset)s
