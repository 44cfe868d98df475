DROP TABLE command_step, command;
