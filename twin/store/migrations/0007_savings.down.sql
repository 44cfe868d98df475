DROP TABLE saving, saving_action;
