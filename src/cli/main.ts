#!/usr/bin/env node
import { endWithOutput } from './output.js';
import { runCommand } from './run-command.js';

endWithOutput();
process.exitCode = await runCommand(process.argv.slice(2));
