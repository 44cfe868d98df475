"""Laws shared by every saving: regression, its exact uncertainty, sufficiency, totals."""
