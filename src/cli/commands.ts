/** The commands of `hallward`, each in a file of its own that is loaded only when it is called. */
import type { CommandInput } from './command-input.js';
import { keepMemorySmall } from './little-memory.js';

type OptionDeclaration = { readonly type: 'string' | 'boolean'; readonly about: string };

/** A command as it is called and explained. */
export interface Command {
  readonly about: string;
  readonly usage: string;
  readonly positionals: number;
  readonly options: Readonly<Record<string, OptionDeclaration>>;
  readonly load: () => Promise<{ run(input: CommandInput): Promise<number> }>;
}

const brokerPort: OptionDeclaration = { type: 'string', about: 'port of the broker (default: a free one)' };
const language: OptionDeclaration = { type: 'string', about: 'zh-CN or en (default: from LANG)' };
const json: OptionDeclaration = { type: 'boolean', about: 'machine-readable output' };

/** Where the hub is, and who asks. */
const hubOptions: Readonly<Record<string, OptionDeclaration>> = {
  url: {
    type: 'string',
    about: 'mqtt://HOST[:1883] or mqtts://HOST[:8883] (default mqtt://127.0.0.1:1883)',
  },
  hall: { type: 'string', about: 'one hall (default: all)' },
  config: { type: 'string', about: "take hub, credentials and hall from a controller's configuration" },
  username: { type: 'string', about: 'user name at the hub' },
  'password-file': { type: 'string', about: 'file that holds the password, mode 600' },
  ca: { type: 'string', about: 'certificate authority of the hub (PEM)' },
  cert: { type: 'string', about: 'certificate for mutual TLS (PEM)' },
  key: { type: 'string', about: 'its private key, mode 600' },
};

export const commands: Readonly<Record<string, Command>> = {
  run: {
    about: 'run the controller in the foreground',
    usage: 'run [--config FILE]',
    positionals: 0,
    options: { config: { type: 'string', about: 'configuration (default /etc/hallward/hallward.yaml)' } },
    load: () => {
      // Before anything is loaded: what is loaded stays.
      keepMemorySmall();
      return import('./run.js');
    },
  },
  demo: {
    about: 'a virtual hall with an embedded broker: no hardware, no root, nothing left behind',
    usage: 'demo [--port N] [--language zh-CN|en] [--plain]',
    positionals: 0,
    options: {
      port: brokerPort,
      language,
      plain: { type: 'boolean', about: 'lines of text instead of the live view' },
    },
    load: () => import('./demo.js'),
  },
  simulate: {
    about: 'run a configuration with every wire simulated, and type what people and faults do',
    usage: 'simulate FILE [--port N] [--language zh-CN|en]',
    positionals: 1,
    options: {
      port: brokerPort,
      language,
    },
    load: () => import('./simulate.js'),
  },
  check: {
    about: 'check a configuration without touching hardware',
    usage: 'check FILE [--json]',
    positionals: 1,
    options: { json },
    load: () => import('./check.js'),
  },
  doctor: {
    about: 'try what a new installation gets wrong, and say what mends it',
    usage: 'doctor [--config FILE] [--touch] [--as USER --as-password-file F] [--json] [--language zh-CN|en]',
    positionals: 0,
    options: {
      config: { type: 'string', about: 'the configuration (default /etc/hallward/hallward.yaml)' },
      touch: { type: 'boolean', about: 'ask the chips on I2C, too, where no controller runs' },
      as: { type: 'string', about: 'a user who may send commands: proves that commands arrive' },
      'as-password-file': { type: 'string', about: 'file with the password of that user' },
      json,
      language,
    },
    load: () => import('./doctor.js'),
  },
  watch: {
    about: 'a live table of what the hub knows: faults, controllers, devices, windows',
    usage:
      'watch [--url URL] [--hall NAME] [--username U --password-file F] [--ca F] [--cert F --key F]\n' +
      '                      [--config FILE] [--plain | --once [--json] [--seconds N]] [--language zh-CN|en]',
    positionals: 0,
    options: {
      ...hubOptions,
      language,
      plain: { type: 'boolean', about: 'a line for each change instead of the table' },
      once: { type: 'boolean', about: 'print the table once and end' },
      seconds: { type: 'string', about: 'with --once: listen this long (health comes every 30 s)' },
      json,
    },
    load: () => import('./watch.js'),
  },
  learn: {
    about: 'show what a keypad sends as its keys are pressed, and write its table of keys',
    usage:
      'learn --bus NAME [--config FILE] | --path PORT [--baud-rate N | --find-baud-rate]\n' +
      '                      [--keys next,recall,skip,pause,done] [--rounds 3] [--record FILE]\n' +
      '                      [--plain | --seconds N] [--language zh-CN|en]',
    positionals: 0,
    options: {
      bus: { type: 'string', about: 'a serial or tcp bus of the configuration' },
      config: { type: 'string', about: 'the configuration (default /etc/hallward/hallward.yaml)' },
      path: { type: 'string', about: 'a port without a configuration: /dev/serial/by-id/…' },
      'baud-rate': { type: 'string', about: 'of that port (default 9600)' },
      'find-baud-rate': { type: 'boolean', about: 'try the common baud rates first' },
      keys: { type: 'string', about: 'the keys to ask for; 5,4,3,2,1 for rating buttons' },
      rounds: { type: 'string', about: 'how often each is to be pressed (default 3)' },
      record: { type: 'string', about: 'write everything that passes to this new file' },
      plain: { type: 'boolean', about: 'only listen, without asking; as without a terminal' },
      seconds: { type: 'string', about: 'only listen, this long (default 30)' },
      language,
    },
    load: () => import('./learn.js'),
  },
  command: {
    about: 'send one command to a controller and print its reply',
    usage:
      'command NAME [key=text | key:=JSON]… --hall NAME --controller NAME [--url URL] [--sign KEYFILE] [--json]\n' +
      '                        (or --config FILE of that controller; credentials as for watch)',
    positionals: 20,
    options: {
      controller: { type: 'string', about: 'the controller that is to do it' },
      sign: { type: 'string', about: 'Ed25519 private key (PEM) that signs free text' },
      ...hubOptions,
      language,
      json,
    },
    load: () => import('./command.js'),
  },
  config: {
    about: "read, compare and push a controller's configuration over MQTT; go back; make signing keys",
    usage:
      'config get [--revision N | --history | --reported] --hall NAME --controller NAME\n' +
      '       hallward config diff FILE [--sign KEYFILE]\n' +
      "       hallward config push FILE [--controller A,B | --controller 'row-*'] [--dry-run] [--sign KEYFILE] [--wait S]\n" +
      '       hallward config reset --to N | --to-file [--sign KEYFILE] [--dry-run]\n' +
      '       hallward config keygen NAME\n' +
      '       (--hall and --controller, or --config FILE of that controller; hub and credentials as for watch)',
    positionals: 2,
    options: {
      controller: { type: 'string', about: 'the controller; push: several with commas, and * for any' },
      revision: {
        type: 'string',
        about: 'get: an earlier revision; push: the number of this one (default: the next)',
      },
      history: { type: 'boolean', about: 'get: the last ten revisions' },
      reported: { type: 'boolean', about: 'get: the whole report, not only the document' },
      'dry-run': {
        type: 'boolean',
        about: 'push, reset: the controller says what it would touch; nothing is pushed',
      },
      sign: { type: 'string', about: 'Ed25519 private key (PEM) that signs the document' },
      wait: { type: 'string', about: 'seconds to wait for what becomes of it (default 60)' },
      'keep-going': { type: 'boolean', about: 'push to the others although the first did not take it' },
      offline: {
        type: 'boolean',
        about: 'push also to a controller that is away: it stands at the hub until then',
      },
      to: { type: 'string', about: "reset: the revision to go back to; 0: the board's own file" },
      'to-file': { type: 'boolean', about: "reset: to the board's own file" },
      ...hubOptions,
      language,
      json,
    },
    load: () => import('./config.js'),
  },
  verify: {
    about: "prove a hub's archive of ratings complete and unchanged",
    usage: 'verify FILE [--head FILE|JSON] [--key PUBFILE] [--json] [--language zh-CN|en]',
    positionals: 1,
    options: {
      head: {
        type: 'string',
        about:
          "the head of the chain, as it stands at the board's topic ratings: a file with it, or the JSON itself",
      },
      key: {
        type: 'string',
        about: "the board's public key (board.pub), got by another way than the archive",
      },
      json,
      language,
    },
    load: () => import('./verify.js'),
  },
  kinds: {
    about: 'the kinds of devices, their protocols and options',
    usage: 'kinds [KIND] [--json]',
    positionals: 1,
    options: { json },
    load: () => import('./kinds.js'),
  },
  faults: {
    about: 'the fault catalogue',
    usage: 'faults [--json] [--language zh-CN|en]',
    positionals: 0,
    options: { json, language },
    load: () => import('./faults.js'),
  },
  schema: {
    about: 'the JSON Schema of the configuration',
    usage: 'schema',
    positionals: 0,
    options: {},
    load: () => import('./schema.js'),
  },
  asyncapi: {
    about: 'the AsyncAPI 3 document of all topics, events and commands',
    usage: 'asyncapi',
    positionals: 0,
    options: {},
    load: () => import('./asyncapi.js'),
  },
};
