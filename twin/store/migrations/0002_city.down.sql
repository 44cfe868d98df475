DROP TABLE light_index, link, stretch, street_section, light, supply_device, asset_version, asset,
    dataset, asset_kind;
