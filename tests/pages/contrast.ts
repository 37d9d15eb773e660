/** Contrast as WCAG 2.1 measures it (1.4.3), of what a browser really shows. */
import type { Page } from 'playwright-core';

/** Every visible text of a page with its contrast and size; `large`: 24 px, or 18.66 px bold. */
export function contrasts(page: Page) {
  return page.evaluate(() => {
    const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = ([r = 0, g = 0, b = 0]: number[]) => {
      const [x, y, z] = [r, g, b].map((value) => {
        const share = value / 255;
        return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      }) as [number, number, number];
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = (element: Element | null): number[] => {
      for (let at = element; at !== null; at = at.parentElement) {
        const colour = channels(getComputedStyle(at).backgroundColor);
        if ((colour[3] ?? 1) > 0) return colour;
      }
      return [255, 255, 255];
    };
    const found: { text: string; ratio: number; pixels: number; isLarge: boolean }[] = [];
    for (const element of Array.from(document.body.querySelectorAll('*'))) {
      const text = Array.from(element.childNodes)
        .filter((node) => node.nodeType === Node.TEXT_NODE)
        .map((node) => node.textContent?.trim() ?? '')
        .join('');
      const box = element.getBoundingClientRect();
      if (text === '' || box.width === 0 || box.height === 0 || element.tagName === 'NOSCRIPT') continue;
      const style = getComputedStyle(element);
      const [a, b] = [luminance(channels(style.color)), luminance(behind(element))];
      const pixels = Number.parseFloat(style.fontSize);
      found.push({
        text,
        ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05),
        pixels,
        isLarge: pixels >= 24 || (pixels >= 18.66 && Number(style.fontWeight) >= 700),
      });
    }
    return found;
  });
}
