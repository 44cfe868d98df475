DELETE FROM light_index
