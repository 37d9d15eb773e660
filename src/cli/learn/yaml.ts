/** A proposal as a piece of configuration. */
import type { Proposal } from '../../protocols/key-learning.js';
import { kindOf, type LearnSettings } from './settings.js';

/** Where the window is not known. */
const standInWindow = '1';

/** YAML with the sections that are new: `devices`, and `buses` where the bus stood in no configuration. */
export function yamlOf(
  proposal: Proposal,
  {
    busName,
    bus,
    isConfigured,
    device,
    language,
  }: Pick<LearnSettings, 'busName' | 'bus' | 'isConfigured' | 'device' | 'language'>,
): string {
  const lines: string[] = [];
  if (!isConfigured && bus.type === 'serial') {
    const { path, baudRate } = bus;
    lines.push('buses:', `  ${busName}: { type: serial, path: ${quoted(path)}, baudRate: ${baudRate} }`);
  }
  lines.push('devices:', `  ${device.name}:`, `    kind: ${kindOf(proposal.purpose)}`);
  if (proposal.protocol === 'serial-keys' || !proposal.namesWindow) {
    const remark = language === 'en' ? 'set this: the window it stands at' : '请改为所在窗口';
    const window = device.window ?? standInWindow;
    lines.push(`    window: ${quoted(window)}${device.window === null ? ` # ${remark}` : ''}`);
  }
  lines.push(`    bus: ${busName}`, `    protocol: ${proposal.protocol}`);
  if (proposal.protocol === 'serial-lines') lines.push(`    pattern: ${quoted(proposal.pattern)}`);
  else {
    lines.push('    keys:');
    for (const [key, hex] of proposal.keys) {
      lines.push(`      ${/^\d/.test(key) ? quoted(key) : key}: ${quoted(hex)}`);
    }
    if (proposal.ignore.length > 0) {
      const remark = language === 'en' ? 'neither a press nor noise' : '不算按键，也不算干扰';
      lines.push(`    ignore: # ${remark}`, ...proposal.ignore.map((hex) => `      - ${quoted(hex)}`));
    }
  }
  return `${lines.join('\n')}\n`;
}

/** JSON's text is YAML's, in double quotes. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
