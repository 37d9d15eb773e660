import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { contrasts } from './contrast.js';
import {
  chromiumPath,
  type HallWithPages,
  hallWithPages,
  morning,
  openPage,
  startBrowser,
} from './support.js';

const tablet = { width: 800, height: 1280 };

describe.skipIf(chromiumPath === undefined)('the rating page', () => {
  let browser: Browser;
  let hall: HallWithPages;
  let page: Page;
  beforeAll(async () => {
    browser = await startBrowser();
  }, 60_000);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    hall = await hallWithPages();
    ({ page } = await openPage(browser, `${hall.url}/rating-page/`, tablet, { hasTouch: true }));
    await page.waitForSelector('.rating.idle');
  });
  afterEach(async () => {
    await page.context().close();
    await hall.close();
  });

  const invite = (ratingSession: string | null) =>
    hall.feed.show({
      windows: morning.windows.map((one) => (one.window === '5' ? { ...one, ratingSession } : one)),
    });
  const heading = () => page.$eval('h1', (one) => one.textContent);

  it('is silent until the hall invites, then asks neutrally: five levels of one size and colour', async () => {
    expect(await page.$$('button')).toHaveLength(0);
    expect(await page.$eval('.where', (one) => one.textContent)).toBe('5号窗口');
    invite('s1');
    await page.waitForSelector('.level');
    expect(await page.$$eval('.level', (all) => all.map((one) => one.textContent))).toEqual([
      '非常满意',
      '满意',
      '基本满意',
      '不满意',
      '非常不满意',
    ]);
    const looks = await page.$$eval('.level', (all) =>
      all.map((one) => {
        const { width, height } = one.getBoundingClientRect();
        const { color, backgroundColor, borderColor } = getComputedStyle(one);
        return `${Math.round(width)} ${Math.round(height)} ${color} ${backgroundColor} ${borderColor}`;
      }),
    );
    expect(new Set(looks).size).toBe(1);
    for (const { ratio, text } of await contrasts(page)) expect(ratio, text).toBeGreaterThanOrEqual(4.5);
  });

  it('takes a good rating at one touch, thanks, and is silent again', async () => {
    invite('s1');
    await page.tap('[data-level="5"]');
    await page.waitForFunction(() => document.querySelector('h1')?.textContent === '感谢您的评价');
    expect(hall.actions.rated).toEqual([
      { device: 'rating-page', window: '5', session: 's1', level: 5, reasons: [] },
    ]);
    await page.waitForSelector('.rating.idle');
  });

  it('asks for reasons of a bad one, of which any number may be given', async () => {
    invite('s1');
    await page.tap('[data-level="1"]');
    await page.tap('.reason >> nth=0');
    await page.tap('.reason >> nth=3');
    await page.tap('.reason >> nth=0');
    expect(await page.getAttribute('.reason >> nth=3', 'aria-pressed')).toBe('true');
    await page.tap('.submit');
    await page.waitForSelector('.rating.words');
    expect(hall.actions.rated).toEqual([
      { device: 'rating-page', window: '5', session: 's1', level: 1, reasons: ['turned-away'] },
    ]);
  });

  it('sends one rating for two touches', async () => {
    invite('s1');
    await page.waitForSelector('.level');
    await page.evaluate(() => {
      const key = document.querySelector<HTMLElement>('[data-level="4"]');
      key?.click();
      key?.click();
    });
    await page.waitForSelector('.rating.words');
    expect(hall.actions.rated).toHaveLength(1);
  });

  it('says so when the time for it is over, before or after the touch', async () => {
    invite('s1');
    await page.tap('[data-level="2"]');
    await page.waitForSelector('.reason');
    invite(null);
    await page.waitForFunction(() => document.querySelector('h1')?.textContent === '本次评价已结束');
    expect(hall.actions.rated).toEqual([]);
    invite('s2');
    await page.waitForSelector('.level');
    const message = { 'zh-CN': '评价时间已过', en: 'The time is over' };
    hall.actions.rateAnswer = { ok: false, code: 'rating.over', message };
    await page.tap('[data-level="5"]');
    await page.waitForFunction(() => document.querySelector('.hint')?.textContent === '评价时间已过');
    expect(await heading()).toBe('评价没有提交');
  });

  it('of the next visitor does not count for the one before', async () => {
    invite('s1');
    await page.tap('[data-level="1"]');
    await page.waitForSelector('.reason');
    invite('s2');
    await page.waitForFunction(() => document.querySelector('h1')?.textContent === '本次评价已结束');
    await page.waitForSelector('.level');
    await page.tap('[data-level="4"]');
    await page.waitForSelector('.rating.words');
    expect(hall.actions.rated.map(({ session }) => session)).toEqual(['s2']);
  });

  it('takes nothing while the controller is away', async () => {
    invite('s1');
    await page.waitForSelector('.level');
    const { port } = hall;
    await hall.close();
    await page.waitForSelector('.band:not([hidden])');
    expect(await page.$$('button:not(:disabled)')).toHaveLength(0);
    hall = await hallWithPages(port);
    invite('s1');
    await page.waitForSelector('.level:not(:disabled)');
  });
});
