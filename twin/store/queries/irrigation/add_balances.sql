INSERT INTO soil_balance (zone_id, day, et0_mm, rain_mm, irrigation_mm, eta_mm, percolation_mm,
                          stress, depletion_mm, depletion_high_mm, day_order)
SELECT zone_id, day, et0_mm, rain_mm, irrigation_mm, eta_mm, percolation_mm, stress, depletion_mm,
       depletion_high_mm, day_order
FROM incoming_balance
ON CONFLICT (zone_id, day) DO NOTHING;
