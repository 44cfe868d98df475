"""The one room that speaks SQL: schema, connections, writers and readers."""
