package let placeholderPostgresClient = 0
