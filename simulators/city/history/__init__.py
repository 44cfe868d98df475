"""What the meters wrote before the present: two and a half years of daily energy."""
