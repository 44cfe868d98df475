SELECT min(works_from) FROM saving_action WHERE works_from <= %(today)s;
