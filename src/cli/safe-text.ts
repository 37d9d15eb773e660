/** Text from others that must stay whole: what a terminal would act on is shown, not obeyed, and nothing is lost. */

/** Control and format characters (also those that turn the writing direction), broken and unassigned ones. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/gu;
const unsafeInLines = /[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/gu;

/** Whether a text holds something that must not reach a terminal as it is. */
export function isUnsafe(text: string): boolean {
  return text.search(unsafe) >= 0;
}

/** Such characters as `\u001b` or `\U0001f600`: escapes of JSON and YAML. @param keepLines newlines and tabs stay */
export function escapeUnsafe(text: string, keepLines = false): string {
  return text.replace(keepLines ? unsafeInLines : unsafe, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
  });
}

/** JSON that reads back as the same value, and holds nothing that a terminal would act on. */
export function jsonText(value: unknown, indent?: number): string {
  // Beyond the first plane JSON knows only pairs.
  return (JSON.stringify(value, null, indent) ?? 'null').replace(unsafeInLines, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
