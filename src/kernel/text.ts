/** The languages that people in a hall are told things in. */
export type Language = 'zh-CN' | 'en';

/** The same words in each language. */
export type Text = Readonly<Record<Language, string>>;

/** Fills `{name}` in both languages. A name without a value stays as it is, so that it is seen. */
export function fillText(text: Text, values: Readonly<Record<string, string | number>>): Text {
  const fill = (template: string) =>
    template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  return { 'zh-CN': fill(text['zh-CN']), en: fill(text.en) };
}
