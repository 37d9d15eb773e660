/** A helper that does on request what helpers do in the field: answer, fail, hang, die, babble. */
import { writeFileSync } from 'node:fs';
import { HallwardError } from '../../dist/kernel/errors.js';
import { serveHelper } from '../../dist/transports/helpers/serve.js';

/** What a helper does that takes bytes only, by the first of them. */
function answer([what, ...rest]) {
  switch (what) {
    case 0:
      return Uint8Array.from(rest);
    case 1:
      return Buffer.from(String(process.pid));
    case 2:
      throw new HallwardError('wire.odd', 'garbled', 'odd', { errno: 5, text: 'x', none: null });
    case 3:
      return new Uint8Array(70_000);
    default:
      for (;;); // as a call that does not come back from the kernel
  }
}

serveHelper(({ begin, farewell, bytes }, tell) => {
  if (begin === 'refuse') throw new HallwardError('wire.denied', 'refused', 'no right', { system: 'EACCES' });
  if (begin === 'hang') for (;;);
  if (begin === 'crash') {
    process.nextTick(() => JSON.parse('{'));
    return new Promise(() => {});
  }
  const end = () => {
    if (farewell !== undefined) writeFileSync(farewell, 'ended');
  };
  if (bytes) return { answer, end };
  return {
    end,
    handle(message) {
      switch (message.what) {
        case 'echo':
          return message.value;
        case 'pid':
          return process.pid;
        case 'fail':
          throw new HallwardError('wire.odd', 'garbled', 'odd', { errno: 5, text: 'x', none: null });
        case 'fail plainly':
          throw new TypeError('not a wire');
        case 'tell':
          tell(message.value);
          return null;
        case 'tell and exit':
          tell(message.value);
          process.exit(3);
          break;
        case 'crash':
          setImmediate(() => {
            throw new RangeError('the wire is too long');
          });
          return new Promise(() => {});
        case 'silence':
          return new Promise(() => {});
        default:
          for (;;); // as a call that does not come back from the kernel
      }
    },
  };
});
