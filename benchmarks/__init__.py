"""What is measured, one file a row of the table."""
