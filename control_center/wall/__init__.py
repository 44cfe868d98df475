"""What the operator's wall shows, made ready for its templates: cards, panels, the time bar."""
