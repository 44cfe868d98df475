SELECT max(night) FROM watering_plan;
