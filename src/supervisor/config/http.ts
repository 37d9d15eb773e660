/** The section `http`: where pages are served, and the bus that it makes. */
import { isIP } from 'node:net';
import * as v from 'valibot';
import type { DeviceConfig } from '../../devices/kind.js';
import { askingKinds, ticketKiosk } from '../../devices/pages.js';
import { findKind } from '../../devices/registry.js';
import { isMapping } from '../../kernel/json.js';
import { nearHint } from '../../kernel/near-name.js';
import { type Problem, pathOf } from './problems.js';

export const httpSchema = v.strictObject({
  address: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => isIP(text) !== 0, 'an IP address of this board, or 0.0.0.0 for all of them'),
      v.description('Address to listen on; 127.0.0.1: this board only, 0.0.0.0: the whole network'),
    ),
    '127.0.0.1',
  ),
  port: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535), v.description('TCP port')),
    8080,
  ),
  tokenFile: v.optional(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.description(
        'File with the token that opens pages for reading (one a line, the first is in use), mode 600',
      ),
    ),
  ),
  names: v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(),
          v.regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, 'a host name such as hall.local'),
        ),
      ),
      v.maxLength(16),
      v.description('Host names by which screens open the pages; addresses need none'),
    ),
    [],
  ),
});

type HttpConfig = v.InferOutput<typeof httpSchema>;

/** The bus of all pages; not written among `buses`, but made of the section `http`. */
export interface PageBusConfig extends HttpConfig {
  readonly type: 'page';
}

/** The bus that a document's valid `http` section makes. */
export function pageBusOf(http: HttpConfig): PageBusConfig {
  return { type: 'page', ...http };
}

/**
 * What tokens pages need: any, where other machines reach them; one of its own, where a page changes something and
 * anybody needs a token at all (the server's is for reading).
 */
export function checkPageTokens(
  http: PageBusConfig | undefined,
  devices: ReadonlyMap<string, DeviceConfig>,
  problems: Problem[],
): void {
  if (http === undefined) return;
  const fromOutside = !/^127\./.test(http.address) && http.address !== '::1';
  for (const [name, device] of devices) {
    const declaration = findKind(device.kind)?.protocols[device.protocol ?? ''];
    if (declaration?.buses.includes('page') !== true) continue;
    const path = pathOf('devices', name, 'tokenFile');
    const own = device.tokenFile;
    const asks = askingKinds.includes(device.kind);
    if (own !== undefined) {
      if (asks && own === http.tokenFile) {
        const message = `found the file of http.tokenFile, which is for reading; a ${device.kind} needs another`;
        problems.push({ path, message });
      }
    } else if (asks && (fromOutside || http.tokenFile !== undefined)) {
      const message = `missing: a ${device.kind} takes what people ask for, so it needs a token file of its own (http.tokenFile is for reading only)`;
      problems.push({ path, message });
    } else if (fromOutside && http.tokenFile === undefined) {
      const message = `missing: other machines reach pages at ${http.address}; set http.tokenFile, or tokenFile here, or http.address to 127.0.0.1`;
      problems.push({ path, message });
    }
  }
}

/** A kiosk offers only queues that are there, where this controller leads any. */
export function checkKioskQueues(
  calling: unknown,
  devices: ReadonlyMap<string, DeviceConfig>,
  problems: Problem[],
): void {
  const known = isMapping(calling) && isMapping(calling.queues) ? Object.keys(calling.queues) : undefined;
  if (known === undefined) return;
  for (const [name, { kind, queues }] of devices) {
    if (kind !== ticketKiosk.kind || !Array.isArray(queues)) continue;
    for (const [at, queue] of queues.entries()) {
      if (known.includes(String(queue))) continue;
      const message = `there is no queue "${String(queue)}" in calling.queues${nearHint(String(queue), known)}`;
      problems.push({ path: pathOf('devices', name, 'queues', at), message });
    }
  }
}
