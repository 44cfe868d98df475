"""Pages: each reads the store and renders a template; none computes what a law should."""
