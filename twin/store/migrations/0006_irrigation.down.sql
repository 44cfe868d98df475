DROP TABLE watering_override, watering_plan, soil_balance, daily_weather, hydrozone;
