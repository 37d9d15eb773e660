/**
 * The far end of a PTY in a process of its own (a helper process that this test starts would inherit it, and could then
 * not see it go): prints what it is sent, says what it is told to say. Parent and child talk by messages.
 */
import { ptyCable } from '../../dist/simulator/index.js';

const pty = ptyCable({ link: process.argv[2] });
pty.farEnd.onBytes((bytes) => process.send({ printed: [...bytes] }));
process.on('message', ({ say, cut, join, stop }) => {
  if (say !== undefined) pty.farEnd.send(Uint8Array.from(say));
  if (cut) pty.cable.cut();
  if (join) pty.cable.join();
  // A printer without paper: the process that would read is held.
  if (stop) process.kill(process.pid, 'SIGSTOP');
  process.send({ done: true, port: pty.port });
});
process.on('disconnect', () => process.exit());
process.send({ done: true, port: pty.port });
