"""Laws of watering: evapotranspiration, soil water, minutes, the plan of a night."""
