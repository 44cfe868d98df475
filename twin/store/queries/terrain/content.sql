SELECT content FROM terrain WHERE id = %(id)s
