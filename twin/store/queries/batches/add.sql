INSERT INTO batch_news (batch, readings, devices, heard_at)
VALUES (%(batch)s, %(readings)s, %(devices)s, %(heard_at)s)
